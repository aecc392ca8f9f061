/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp.h"

#include <string.h>

#include "x4/crypto/cpu.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/modp_batch.h"
#include "x4/crypto/modp_test.h"

struct x4s_modp {
    const x4s_allocator *allocator;
    uint64_t *combs; /* of all fields, one after the other */
    size_t combs_size;
    x4s_modp_field fields[x4c_modp_fields];
};

/* -------------------------------------------------------------------------- memory */

/* The user's memory is aligned for any type of C, and not for vectors. Where it began is before. */
typedef struct origin {
    void *start;
} origin;

static void *alloc_aligned(const x4s_allocator *allocator, size_t size)
{
    char *start = x4_alloc(allocator, size + x4c_modp_align);
    if (!start)
        return NULL;
    char *aligned = start + x4c_modp_align - (uintptr_t)start % x4c_modp_align;
    memcpy(aligned - sizeof(origin), &(origin){start}, sizeof(origin));
    return aligned;
}

static void free_aligned(const x4s_allocator *allocator, void *aligned, size_t size)
{
    origin found;
    if (!aligned)
        return;
    memcpy(&found, (char *)aligned - sizeof(found), sizeof(found));
    x4_free(allocator, found.start, size + x4c_modp_align);
}

x4s_modp_work *x4_modp_work_new(const x4s_allocator *allocator)
{
    return alloc_aligned(allocator, sizeof(x4s_modp_work));
}

void x4_modp_work_free(const x4s_allocator *allocator, x4s_modp_work *work)
{
    free_aligned(allocator, work, sizeof(*work));
}

/* -------------------------------------------------------------------------- life */

static bval make_combs(x4s_modp *modp, x4s_modp_work *work)
{
    for (unsigned i = 0; i < x4c_modp_fields; i++)
        modp->combs_size += x4_modp_comb_size(&modp->fields[i]);
    modp->combs = alloc_aligned(modp->allocator, modp->combs_size);
    uint64_t *next = modp->combs;
    for (unsigned i = 0; next && i < x4c_modp_fields; i++) {
        x4s_modp_field *field = &modp->fields[i];
        field->comb = next;
        x4_modp_make_comb(field, work);
        next += x4_modp_comb_size(field) / sizeof(*next);
    }
    return modp->combs != NULL;
}

static const char *test(const x4s_modp *modp, x4s_modp_work *work)
{
    static const x4s_modp_kernel *const kernels[] = {&x4_modp_across, &x4_modp_lanes4,
                                                     &x4_modp_lanes8};
    for (size_t i = 0; i < x4m_countof(kernels); i++)
        for (unsigned k = 0; k < x4c_modp_fields; k++)
            if (!x4_modp_test(&modp->fields[k], kernels[i], work))
                return "the vector unit's results differ from OpenSSL's";
    return NULL;
}

static const char *init(x4s_modp *modp, x4s_modp_work *work)
{
    for (unsigned i = 0; i < x4c_modp_fields; i++)
        if (!x4_modp_field_init(&modp->fields[i], i))
            return "out of memory";
    if (!make_combs(modp, work))
        return "out of memory";
    return test(modp, work);
}

x4s_modp *x4_modp_new(const x4s_allocator *allocator, const char **why)
{
    const x4s_cpu_words words = x4_cpu_words();
    *why = x4_cpu_lacks(&words);
    if (*why)
        return NULL;
    if (!allocator)
        allocator = &x4_libc_allocator;
    x4s_modp *modp = alloc_aligned(allocator, sizeof(*modp));
    x4s_modp_work *work = x4_modp_work_new(allocator);
    *why = "out of memory";
    if (modp) {
        modp->allocator = allocator;
        *why = work ? init(modp, work) : *why;
    }
    x4_modp_work_free(allocator, work);
    if (!*why)
        return modp;
    (void)x4_crypto_result(bfalse);
    x4_modp_free(modp);
    return NULL;
}

void x4_modp_free(x4s_modp *modp)
{
    if (!modp)
        return;
    free_aligned(modp->allocator, modp->combs, modp->combs_size);
    free_aligned(modp->allocator, modp, sizeof(*modp));
}

const x4s_modp_field *x4_modp_field_of(const x4s_modp *modp, x4e_group group)
{
    for (unsigned i = 0; modp && i < x4c_modp_fields; i++)
        if (modp->fields[i].group == group)
            return &modp->fields[i];
    return NULL;
}
