/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_test.h"

#include <string.h>

#include <openssl/bn.h>

#include "x4/crypto/modp_field.h"

/* What one lane has. Nothing here is secret. */
typedef struct test_case {
    uint8_t base[x4c_modp_bytes_max];
    uint64_t exponent[x4c_modp_words_max];
} test_case;

/* A generator of Marsaglia's ("Xorshift RNGs", 2003): the same numbers at each start. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Lane 0 has the greatest base that there is and only ones in its exponent. */
static void make_case(const x4s_modp_field *field, unsigned lane, test_case *made)
{
    uint64_t state = 0x9e3779b97f4a7c15 + lane;
    memset(made, 0, sizeof(*made));
    for (unsigned i = 0; i < field->bytes; i++)
        made->base[i] = lane ? (uint8_t)(next(&state) >> 32) : UINT8_MAX;
    for (unsigned i = 0; i < field->exponent_bits; i += 64)
        made->exponent[i / 64] = lane ? next(&state) : UINT64_MAX;
    if (field->exponent_bits % 64)
        made->exponent[field->exponent_bits / 64] &= (UINT64_C(1) << field->exponent_bits % 64) - 1;
}

static void enter_case(const x4s_modp_field *field, unsigned width, unsigned lane,
                       x4s_modp_work *work)
{
    test_case made;
    make_case(field, lane, &made);
    x4_modp_read(field, work->value + lane, width, made.base);
    for (unsigned i = 0; i < x4c_modp_words_max; i++)
        work->exponent[i * width + lane] = made.exponent[i];
}

/* The lowest `bits` bits of the exponent. */
static bval exponent_of(const test_case *made, unsigned bits, BIGNUM *exponent)
{
    uint8_t bytes[sizeof(made->exponent)];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(made->exponent[i / 8] >> (8 * (i % 8)));
    return BN_lebin2bn(bytes, sizeof(bytes), exponent) &&
           (BN_num_bits(exponent) <= (int)bits || BN_mask_bits(exponent, (int)bits) == 1);
}

/* Whether the value of a lane is base ^ exponent; without base 2 ^ exponent. */
static bval is_right(const x4s_modp_field *field, const x4s_modp_work *work, unsigned width,
                     unsigned lane, bval base, unsigned bits, BN_CTX *ctx)
{
    test_case made;
    uint8_t got[x4c_modp_bytes_max];
    uint8_t expected[x4c_modp_bytes_max];
    make_case(field, lane, &made);
    x4_modp_write(field, got, work->value + lane, width);

    BN_CTX_start(ctx);
    BIGNUM *prime = BN_CTX_get(ctx);
    BIGNUM *number = BN_CTX_get(ctx);
    BIGNUM *exponent = BN_CTX_get(ctx);
    bval ok = exponent && x4_modp_prime(field, prime) && exponent_of(&made, bits, exponent) &&
              (base ? BN_bin2bn(made.base, (int)field->bytes, number) != NULL
                    : BN_set_word(number, 2) == 1) &&
              BN_mod_exp(number, number, exponent, prime, ctx) == 1 &&
              BN_bn2binpad(number, expected, (int)field->bytes) == (int)field->bytes &&
              memcmp(got, expected, field->bytes) == 0;
    BN_CTX_end(ctx);
    return ok;
}

/* 64 bits of the exponent: the kernel's steps are the same from there on. */
#define POWER_BITS 64

bval x4_modp_test(const x4s_modp_field *field, const x4s_modp_kernel *kernel, x4s_modp_work *work)
{
    BN_CTX *ctx = BN_CTX_new();
    bval ok = ctx != NULL;
    for (int base = 0; ok && base <= 1; base++) {
        const unsigned bits = base ? POWER_BITS : field->exponent_bits;
        for (unsigned lane = 0; lane < kernel->width; lane++)
            enter_case(field, kernel->width, lane, work);
        if (base)
            kernel->power(field, work, bits);
        else
            kernel->comb(field, work);
        for (unsigned lane = 0; ok && lane < kernel->width; lane++)
            ok = is_right(field, work, kernel->width, lane, base != 0, bits, ctx);
    }
    BN_CTX_free(ctx);
    return ok;
}
