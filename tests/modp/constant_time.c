/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * That no branch and no address depends on an exponent or on what comes of it, for MemorySanitizer:
 * exponents are marked as not initialised, so that it reports and ends the program where one of the
 * two depends on them, as it would with memory that nobody has written to. What comes out must have
 * the mark as well: else it was lost on the way, and nothing was shown.
 */
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "x4/crypto/cpu.h"
#include "x4/crypto/modp_batch.h"

enum { COUNT = 9, SKIPPED = 77 };

static bool failed;

static void check(bool right, const x4s_modp_field *field, unsigned count, const char *what)
{
    if (right)
        return;
    printf("group %d, %u at a time: %s\n", (int)field->group, count, what);
    failed = true;
}

/* A field is made by OpenSSL, whose writing MemorySanitizer does not see. */
static void make_field(x4s_modp_field *field, unsigned i, x4s_modp_work *work)
{
    if (!x4_modp_field_init(field, i))
        abort();
    __msan_unpoison(field, sizeof(*field));
    const size_t size = x4_modp_comb_size(field);
    field->comb = aligned_alloc(x4c_modp_align, size);
    if (!field->comb)
        abort();
    x4_modp_make_comb(field, work);
    __msan_unpoison(field->comb, size);
}

/* Every byte of it depends on the exponent. */
static bool all_marked(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (__msan_test_shadow(data + i, 1) != 0)
            return false;
    return true;
}

/* MemorySanitizer does not see that the C library writes to it. */
static bool is_wiped(x4s_modp_work *work)
{
    const uint8_t *bytes = (const uint8_t *)work;
    __msan_unpoison(work, sizeof(*work));
    for (size_t i = 0; i < sizeof(*work); i++)
        if (bytes[i])
            return false;
    return true;
}

static void run(const x4s_modp_field *field, x4s_modp_work *work, unsigned count, bool base)
{
    static uint64_t exponents[COUNT][x4c_modp_exponent_words];
    static uint8_t bases[COUNT][x4c_modp_bytes_max];
    static uint8_t results[COUNT][x4c_modp_bytes_max];
    x4s_modp_power powers[COUNT];
    memset(bases, 0x5a, sizeof(bases));
    memset(results, 0, sizeof(results));
    memset(exponents, 0, sizeof(exponents));
    for (unsigned i = 0; i < count; i++) {
        __msan_poison(exponents[i], field->exponent_bits / 8);
        powers[i] = (x4s_modp_power){exponents[i], base ? bases[i] : NULL, results[i]};
    }
    x4_modp_run(field, work, powers, count);
    for (unsigned i = 0; i < count; i++)
        check(all_marked(results[i], field->bytes), field, count, "the mark does not come through");
    check(is_wiped(work), field, count, "something is left after the wiping");
}

/* That a branch is reported at all: it ends the process that does it. */
static void control(void)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        volatile int one = 1;
        close(STDERR_FILENO);
        __msan_poison((void *)(uintptr_t)&one, sizeof(one));
        if (one)
            fflush(NULL);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status == 0) {
        puts("a branch on what is marked is not found");
        failed = true;
    }
}

/* Not 77, its own default. */
const char *__msan_default_options(void);
const char *__msan_default_options(void)
{
    return "exit_code=1";
}

int main(void)
{
    const x4s_cpu_words words = x4_cpu_words();
    const char *lacks = x4_cpu_lacks(&words);
    if (lacks) {
        printf("skipped: %s\n", lacks);
        return SKIPPED;
    }
    control();
    static x4s_modp_field fields[x4c_modp_fields];
    x4s_modp_work *work = x4_modp_work_new(&x4_libc_allocator);
    if (!work)
        abort();
    for (unsigned i = 0; i < x4c_modp_fields; i++) {
        make_field(&fields[i], i, work);
        for (unsigned count = 1; count <= COUNT; count++) {
            run(&fields[i], work, count, true);
            run(&fields[i], work, count, false);
        }
        free(fields[i].comb);
    }
    x4_modp_work_free(&x4_libc_allocator, work);
    return failed ? 1 : 0;
}
