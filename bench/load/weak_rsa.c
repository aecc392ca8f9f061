/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/weak_rsa.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRIMES = LOAD_WEAK_RSA_SIZE / 8,
    EXPONENT = 65537,
};

/* The 32nd root of 1/2 times 2^64, rounded up: 32 such primes make 2048 bits, no fewer. */
#define PRIME_MIN UINT64_C(0xfa83b2db722a033b)

__extension__ typedef unsigned __int128 wide;

/* A prime and what is known modulo it. */
struct field {
    uint64_t prime;
    uint64_t private;   /* exponent */
    uint64_t negated;   /* -1 / prime modulo 2^64, for Montgomery's products */
    uint64_t square;    /* 2^128 modulo the prime */
    uint64_t before;    /* 1 / (the product of the primes before) */
    uint64_t block;     /* of the signed block without the hash, as of `block_hash_len` */
    uint64_t shifts[8]; /* 2^(64 * i) */
};

struct load_weak_rsa {
    struct field fields[PRIMES];
    size_t block_hash_len;
    x4s_key_holder holder;
    uint8_t *public_der;
    size_t public_len;
};

/* ------------------------------------------------------------------ arithmetic */

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t prime)
{
    return (uint64_t)((wide)a * b % prime);
}

/* a * b / 2^64 (Montgomery 1985); below the prime if a and b are. */
static uint64_t multiply_mont(const struct field *field, uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    wide rest = (wide)((uint64_t)product * field->negated) * field->prime;
    uint64_t carry = (uint64_t)product != 0;
    wide sum = (product >> 64) + (rest >> 64) + carry;
    return (uint64_t)(sum >= field->prime ? sum - field->prime : sum);
}

static uint64_t power(const struct field *field, uint64_t base, uint64_t exponent)
{
    uint64_t value = multiply_mont(field, base, field->square);
    uint64_t result = multiply_mont(field, 1, field->square);
    for (int bit = 63; bit >= 0; bit--) {
        result = multiply_mont(field, result, result);
        if (exponent >> bit & 1)
            result = multiply_mont(field, result, value);
    }
    return multiply_mont(field, result, 1);
}

/* Big-endian words modulo the prime. */
static uint64_t reduce(const uint8_t *bytes, size_t len, uint64_t prime)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = (uint64_t)(((wide)value << 8 | bytes[i]) % prime);
    return value;
}

/* ------------------------------------------------------------------ signing */

/* 00 01 FF ... FF 00, and zeros where the hash will be. */
static void prepare_block(struct load_weak_rsa *key, size_t hash_len)
{
    uint8_t block[LOAD_WEAK_RSA_SIZE] = {0, 1};
    memset(block + 2, 0xff, sizeof(block) - 3 - hash_len);
    for (int i = 0; i < PRIMES; i++)
        key->fields[i].block = reduce(block, sizeof(block), key->fields[i].prime);
    key->block_hash_len = hash_len;
}

static size_t to_words(x4s_chunk hash, uint64_t words[8])
{
    memset(words, 0, 8 * sizeof(words[0]));
    for (size_t i = 0; i < hash.len; i++)
        words[i / 8] |= (uint64_t)hash.data[hash.len - 1 - i] << 8 * (i % 8);
    return (hash.len + 7) / 8;
}

static uint64_t message_modulo(const struct field *field, const uint64_t *words, size_t count)
{
    uint64_t value = field->block;
    for (size_t i = 0; i < count; i++) {
        uint64_t part = multiply(words[i] % field->prime, field->shifts[i], field->prime);
        value = (uint64_t)(((wide)value + part) % field->prime);
    }
    return value;
}

/* The digits of what has these remainders, in the mixed base of the primes (Garner 1959). */
static void remainders_to_digits(const struct load_weak_rsa *key, uint64_t digits[PRIMES])
{
    for (int i = 1; i < PRIMES; i++) {
        const struct field *field = &key->fields[i];
        uint64_t below = 0;
        for (int j = i - 1; j >= 0; j--) {
            uint64_t base = key->fields[j].prime % field->prime;
            below = (uint64_t)(((wide)below * base + digits[j]) % field->prime);
        }
        uint64_t rest = (uint64_t)(((wide)digits[i] + field->prime - below) % field->prime);
        digits[i] = multiply(rest, field->before, field->prime);
    }
}

static void digits_to_bytes(const struct load_weak_rsa *key, const uint64_t digits[PRIMES],
                            uint8_t out[LOAD_WEAK_RSA_SIZE])
{
    uint64_t words[PRIMES] = {0};
    for (int i = PRIMES - 1; i >= 0; i--) {
        uint64_t carry = digits[i];
        for (int j = 0; j < PRIMES; j++) {
            wide sum = (wide)words[j] * key->fields[i].prime + carry;
            words[j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
    }
    for (size_t i = 0; i < LOAD_WEAK_RSA_SIZE; i++)
        out[LOAD_WEAK_RSA_SIZE - 1 - i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
}

void load_weak_rsa_sign(struct load_weak_rsa *key, x4s_chunk hash,
                        uint8_t signature[LOAD_WEAK_RSA_SIZE])
{
    uint64_t words[8];
    uint64_t digits[PRIMES];
    assert(hash.len > 0 && hash.len <= sizeof(words));
    if (hash.len != key->block_hash_len)
        prepare_block(key, hash.len);
    size_t count = to_words(hash, words);
    for (int i = 0; i < PRIMES; i++) {
        const struct field *field = &key->fields[i];
        digits[i] = power(field, message_modulo(field, words, count), field->private);
    }
    remainders_to_digits(key, digits);
    digits_to_bytes(key, digits, signature);
}

static void hold_sign(void *context, x4s_sign_job *job)
{
    x4s_chunk hash = {.data = job->hash, .len = job->hash_len};
    load_weak_rsa_sign(context, hash, job->signature);
    job->state = x4c_sign_done;
}

static void hold_cancel(void *context, x4s_sign_job *job)
{
    (void)context;
    (void)job;
}

/* ------------------------------------------------------------------ making */

static bool is_taken(const struct load_weak_rsa *key, int count, uint64_t prime)
{
    for (int i = 0; i < count; i++)
        if (key->fields[i].prime == prime)
            return true;
    return false;
}

static uint64_t random_prime(BIGNUM *scratch)
{
    uint64_t prime = 0;
    while (prime < PRIME_MIN || prime % EXPONENT == 1) {
        if (BN_generate_prime_ex(scratch, 64, 0, NULL, NULL, NULL) != 1)
            return 0;
        prime = BN_get_word(scratch);
    }
    return prime;
}

/* 1 / a modulo a number that has no factor in common with it (Euclid). */
static uint64_t invert(uint64_t a, uint64_t modulus)
{
    __extension__ __int128 before = 0;
    __extension__ __int128 factor = 1;
    uint64_t larger = modulus;
    for (uint64_t rest = a % modulus; rest > 1;) {
        uint64_t quotient = larger / rest;
        uint64_t next = larger % rest;
        __extension__ __int128 step = before - (__int128)quotient * factor;
        larger = rest;
        rest = next;
        before = factor;
        factor = step;
    }
    return (uint64_t)(factor < 0 ? factor + modulus : factor);
}

/* Newton's iteration doubles the bits that are right. */
static uint64_t negated_inverse(uint64_t odd)
{
    uint64_t inverse = odd;
    for (int i = 0; i < 5; i++)
        inverse *= 2 - odd * inverse;
    return 0 - inverse;
}

static bool make_field(struct load_weak_rsa *key, int i, BIGNUM *scratch)
{
    struct field *field = &key->fields[i];
    do
        field->prime = random_prime(scratch);
    while (field->prime != 0 && is_taken(key, i, field->prime));
    if (field->prime == 0)
        return false;

    uint64_t product = 1;
    for (int j = 0; j < i; j++)
        product = multiply(product, key->fields[j].prime % field->prime, field->prime);
    uint64_t shift = (uint64_t)(((wide)1 << 64) % field->prime);
    field->private = invert(EXPONENT, field->prime - 1);
    field->negated = negated_inverse(field->prime);
    field->square = multiply(shift, shift, field->prime);
    field->before = invert(product, field->prime);
    field->shifts[0] = 1;
    for (size_t n = 1; n < x4m_countof(field->shifts); n++)
        field->shifts[n] = multiply(field->shifts[n - 1], shift, field->prime);
    return true;
}

static bool encode_public(struct load_weak_rsa *key, const BIGNUM *modulus)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = NULL;
    if (build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, EXPONENT) == 1)
        params = OSSL_PARAM_BLD_to_param(build);
    int len = -1;
    if (params && context && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
        len = i2d_PUBKEY(pkey, &key->public_der);
    key->public_len = len > 0 ? (size_t)len : 0;
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return len > 0;
}

static bool make(struct load_weak_rsa *key, BIGNUM *scratch, BIGNUM *modulus, BN_CTX *context)
{
    if (!scratch || !modulus || !context || BN_one(modulus) != 1)
        return false;
    for (int i = 0; i < PRIMES; i++)
        if (!make_field(key, i, scratch) || BN_mul(modulus, modulus, scratch, context) != 1)
            return false;
    return encode_public(key, modulus);
}

struct load_weak_rsa *load_weak_rsa_new(void)
{
    struct load_weak_rsa *key = calloc(1, sizeof(*key));
    if (!key)
        return NULL;
    key->holder = (x4s_key_holder){.sign = hold_sign, .cancel = hold_cancel, .context = key};
    BIGNUM *scratch = BN_new();
    BIGNUM *modulus = BN_new();
    BN_CTX *context = BN_CTX_new();
    bool made = make(key, scratch, modulus, context);
    BN_free(scratch);
    BN_free(modulus);
    BN_CTX_free(context);
    if (made)
        return key;
    load_weak_rsa_free(key);
    return NULL;
}

void load_weak_rsa_free(struct load_weak_rsa *key)
{
    if (!key)
        return;
    OPENSSL_free(key->public_der);
    free(key);
}

x4s_chunk load_weak_rsa_public(const struct load_weak_rsa *key)
{
    return (x4s_chunk){.data = key->public_der, .len = key->public_len};
}

const x4s_key_holder *load_weak_rsa_holder(const struct load_weak_rsa *key)
{
    return &key->holder;
}
