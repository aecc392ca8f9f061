/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_BATCH_H
#define X4_CRYPTO_MODP_BATCH_H

/*
 * Batches of exponentiations in one group, given to the kernels of modp_kernel.h so that the whole
 * takes the least time.
 */

#include "x4/crypto/modp.h"
#include "x4/crypto/modp_field.h"

/* 64-bit words of an exponent of ours, the lowest first: those of the longest and of its comb. */
#define x4c_modp_exponent_words 6

/* out = base ^ exponent mod p, both of field->bytes; base NULL: 2 ^ exponent. */
typedef struct x4s_modp_power {
    const uint64_t *exponent; /* x4c_modp_exponent_words */
    const uint8_t *base;
    uint8_t *out;
} x4s_modp_power;

/* NULL for a group that OpenSSL is for, and where modp is NULL. */
const x4s_modp_field *x4_modp_field_of(const x4s_modp *modp, x4e_group group);

/* What one thread works on, or NULL without memory; wiped after each batch and when released. */
x4s_modp_work *x4_modp_work_new(const x4s_allocator *allocator) x4m_must_use;
void x4_modp_work_free(const x4s_allocator *allocator, x4s_modp_work *work);

/* All have a base, or none has. What was worked on is wiped. */
void x4_modp_run(const x4s_modp_field *field, x4s_modp_work *work, const x4s_modp_power *powers,
                 size_t count);

/* How many more would take no more time. */
size_t x4_modp_idle(const x4s_modp_field *field, size_t count);

/* A new exponent: of field->exponent_bits, of which the highest is set. bfalse: no random bytes. */
bval x4_modp_exponent(const x4s_modp_field *field, uint64_t *exponent) x4m_must_use;

#endif
