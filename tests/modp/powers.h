/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_MODP_POWERS_H
#define TESTS_MODP_POWERS_H

/*
 * Exponentiations by the kernels of x4/crypto/modp_kernel.h, and by OpenSSL.
 */

#include <openssl/bn.h>

#include "x4/crypto/modp_batch.h"

/* Bytes of the longest exponent, the lowest first. */
#define POWERS_EXPONENT (x4c_modp_words_max * 8)

extern const x4s_modp_kernel *const powers_kernels[3];

/* What a lane has and what comes of it. Only the lowest bits of the exponent count. */
struct power {
    uint8_t base[x4c_modp_bytes_max];
    uint8_t exponent[POWERS_EXPONENT];
    uint8_t result[x4c_modp_bytes_max];
};

/* What OpenSSL needs for a group. */
struct powers_openssl {
    BN_CTX *ctx;
    BN_MONT_CTX *mont;
    BIGNUM *prime;
    BIGNUM *base;
    BIGNUM *exponent;
    BIGNUM *result;
};

/* Asserts that there is memory. */
void powers_openssl_init(struct powers_openssl *openssl, const x4s_modp_field *field);
void powers_openssl_fini(struct powers_openssl *openssl);

/* power->result by OpenSSL; of 2 instead of the base if `comb` is set. */
void powers_expect(struct powers_openssl *openssl, const x4s_modp_field *field, struct power *power,
                   unsigned bits, bool comb);

/*
 * Whether the kernel has these results: kernel->width powers. `bits` is a multiple of 4; with
 * `comb` it is field->exponent_bits.
 */
bool powers_right(const x4s_modp_kernel *kernel, const x4s_modp_field *field, x4s_modp_work *work,
                  const struct power *powers, unsigned bits, bool comb);

#endif
