/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/modp/powers.h"

#include <assert.h>
#include <string.h>

const x4s_modp_kernel *const powers_kernels[3] = {&x4_modp_across, &x4_modp_lanes4,
                                                  &x4_modp_lanes8};

void powers_openssl_init(struct powers_openssl *openssl, const x4s_modp_field *field)
{
    *openssl = (struct powers_openssl){
        .ctx = BN_CTX_new(),
        .mont = BN_MONT_CTX_new(),
        .prime = BN_new(),
        .base = BN_new(),
        .exponent = BN_new(),
        .result = BN_new(),
    };
    assert(openssl->ctx && openssl->mont && openssl->prime && openssl->base && openssl->exponent &&
           openssl->result);
    const bool set = x4_modp_prime(field, openssl->prime) &&
                     BN_MONT_CTX_set(openssl->mont, openssl->prime, openssl->ctx);
    assert(set);
}

void powers_openssl_fini(struct powers_openssl *openssl)
{
    BN_free(openssl->result);
    BN_free(openssl->exponent);
    BN_free(openssl->base);
    BN_free(openssl->prime);
    BN_MONT_CTX_free(openssl->mont);
    BN_CTX_free(openssl->ctx);
}

void powers_expect(struct powers_openssl *openssl, const x4s_modp_field *field, struct power *power,
                   unsigned bits, bool comb)
{
    BIGNUM *base = openssl->base;
    BN_lebin2bn(power->exponent, (int)(bits + 7) / 8, openssl->exponent);
    if (BN_num_bits(openssl->exponent) > (int)bits)
        BN_mask_bits(openssl->exponent, (int)bits);
    if (comb)
        BN_set_word(base, 2);
    else
        BN_bin2bn(power->base, (int)field->bytes, base);
    const bool done =
        BN_nnmod(base, base, openssl->prime, openssl->ctx) &&
        BN_mod_exp_mont(openssl->result, base, openssl->exponent, openssl->prime, openssl->ctx,
                        openssl->mont) &&
        BN_bn2binpad(openssl->result, power->result, (int)field->bytes) == (int)field->bytes;
    assert(done);
}

/* The bits above `bits` are no part of it. */
static uint64_t word_of(const struct power *power, unsigned word, unsigned bits)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number |= (uint64_t)power->exponent[word * 8 + i] << (8 * i);
    if (bits >= (word + 1) * 64)
        return number;
    return bits <= word * 64 ? 0 : number & ((UINT64_C(1) << (bits % 64)) - 1);
}

bool powers_right(const x4s_modp_kernel *kernel, const x4s_modp_field *field, x4s_modp_work *work,
                  const struct power *powers, unsigned bits, bool comb)
{
    const unsigned width = kernel->width;
    for (unsigned lane = 0; lane < width; lane++) {
        x4_modp_read(field, work->value + lane, width, powers[lane].base);
        for (unsigned i = 0; i < x4c_modp_words_max; i++)
            work->exponent[i * width + lane] = word_of(&powers[lane], i, bits);
    }
    if (comb)
        kernel->comb(field, work);
    else
        kernel->power(field, work, bits);
    bool right = true;
    for (unsigned lane = 0; lane < width; lane++) {
        uint8_t result[x4c_modp_bytes_max];
        x4_modp_write(field, result, work->value + lane, width);
        right = right && memcmp(result, powers[lane].result, field->bytes) == 0;
    }
    return right;
}
