/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_field.h"

#include <string.h>

#include <openssl/bn.h>

#include "x4/core/memory.h"

/*
 * Bits of an exponent: the least numbers of dh_groups.c and one more, since the highest bit is
 * always set, rounded up to a whole window.
 */
static const struct {
    x4e_group group;
    BIGNUM *(*prime)(BIGNUM *);
    unsigned limbs;
    unsigned bytes;
    unsigned exponent_bits;
} rows[x4c_modp_fields] = {
    {x4c_group_modp1024, BN_get_rfc2409_prime_1024, 20, 128, 164},
    {x4c_group_modp1536, BN_get_rfc3526_prime_1536, 30, 192, 244},
    {x4c_group_modp2048, BN_get_rfc3526_prime_2048, 40, 256, 228},
    {x4c_group_modp3072, BN_get_rfc3526_prime_3072, 60, 384, 276},
    {x4c_group_modp4096, BN_get_rfc3526_prime_4096, 80, 512, 328},
};

bval x4_modp_prime(const x4s_modp_field *field, BIGNUM *prime)
{
    for (unsigned i = 0; i < x4c_modp_fields; i++)
        if (rows[i].group == field->group)
            return rows[i].prime(prime) != NULL;
    return bfalse;
}

void x4_modp_read(const x4s_modp_field *field, uint64_t *limbs, unsigned width,
                  const uint8_t *bytes)
{
    const uint8_t *next = bytes + field->bytes;
    const unsigned count = width == 1 ? x4m_modp_stride(field->limbs) : field->limbs;
    uint64_t held = 0;
    unsigned bits = 0;
    for (unsigned i = 0; i < count; i++) {
        while (bits < x4c_modp_bits && next > bytes) {
            held |= (uint64_t) * --next << bits;
            bits += 8;
        }
        limbs[i * width] = held & x4c_modp_mask;
        held = bits > x4c_modp_bits ? held >> x4c_modp_bits : 0;
        bits = bits > x4c_modp_bits ? bits - x4c_modp_bits : 0;
    }
}

void x4_modp_write(const x4s_modp_field *field, uint8_t *bytes, const uint64_t *limbs,
                   unsigned width)
{
    uint8_t *next = bytes + field->bytes;
    uint64_t held = 0;
    unsigned bits = 0;
    for (unsigned i = 0; i < field->limbs; i++) {
        held |= limbs[i * width] << bits;
        bits += x4c_modp_bits;
        while (bits >= 8 && next > bytes) {
            *--next = (uint8_t)held;
            held >>= 8;
            bits -= 8;
        }
    }
    while (next > bytes) {
        *--next = (uint8_t)held;
        held >>= 8;
    }
}

static bval read_number(const x4s_modp_field *field, uint64_t *limbs, const BIGNUM *number)
{
    uint8_t bytes[x4c_modp_bytes_max];
    if (BN_bn2binpad(number, bytes, (int)field->bytes) != (int)field->bytes)
        return bfalse;
    x4_modp_read(field, limbs, 1, bytes);
    return btrue;
}

/* 2^power mod p */
static bval read_power(const x4s_modp_field *field, uint64_t *limbs, const BIGNUM *prime,
                       unsigned power, BN_CTX *ctx)
{
    BIGNUM *number = BN_new();
    const bval ok = number && BN_set_bit(number, (int)power) == 1 &&
                    BN_mod(number, number, prime, ctx) == 1 && read_number(field, limbs, number);
    BN_free(number);
    return ok;
}

static void shift_above(x4s_modp_field *field)
{
    const unsigned row = x4m_modp_stride(field->limbs) + 8;
    for (unsigned r = 0; r < x4c_modp_shifts; r++)
        memcpy(field->shifted + r * row + r, field->above, field->limbs * sizeof(uint64_t));
}

static bval compute(x4s_modp_field *field, BIGNUM *prime, BN_CTX *ctx)
{
    if (!x4_modp_prime(field, prime))
        return bfalse;
    const unsigned bits = x4c_modp_bits * field->limbs; /* of R */
    field->one[0] = 1;
    const bval ok = read_power(field, field->unit, prime, bits, ctx) &&
                    read_power(field, field->two, prime, bits + 1, ctx) &&
                    read_power(field, field->enter, prime, 2 * bits, ctx) &&
                    BN_add_word(prime, 1) == 1 && read_number(field, field->above, prime);
    if (ok)
        shift_above(field);
    return ok;
}

bval x4_modp_field_init(x4s_modp_field *field, unsigned i)
{
    const unsigned columns = (rows[i].exponent_bits + x4c_modp_teeth - 1) / x4c_modp_teeth;
    *field = (x4s_modp_field){
        .group = rows[i].group,
        .limbs = rows[i].limbs,
        .bytes = rows[i].bytes,
        .exponent_bits = rows[i].exponent_bits,
        .columns = columns + columns % 2,
    };
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *prime = BN_new();
    const bval ok = ctx && prime && compute(field, prime, ctx);
    BN_free(prime);
    BN_CTX_free(ctx);
    return ok;
}

size_t x4_modp_comb_size(const x4s_modp_field *field)
{
    return (size_t)field->columns / 2 * (1U << x4c_modp_teeth) * x4m_modp_stride(field->limbs) *
           sizeof(uint64_t);
}
