/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/sign.h"

/*
 * Faults in the verification of signatures. RSA signatures with an exponent of 3 are made here
 * without a private key wherever the fault allowed it: the cube root of a block.
 */

#define HASH_LEN 32

static x4s_crypto *crypto;
static EVP_PKEY *rsa; /* 1024 bits, e = 3 */
static x4s_public_key *rsa_key;
static uint8_t hash[HASH_LEN];

static x4s_public_key *public_of(const EVP_PKEY *pkey)
{
    const char *error;
    fixture_der der = fixture_spki(pkey);
    return x4_public_key_new(crypto, fixture_chunk(&der), &error);
}

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    rsa = fixture_rsa_with(1024, 3);
    rsa_key = public_of(rsa);
    memset(hash, 0x5a, sizeof(hash));
    return crypto && rsa_key ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_public_key_free(rsa_key);
    EVP_PKEY_free(rsa);
    x4_crypto_free(crypto);
    return 0;
}

static bval verify(const x4s_public_key *key, const uint8_t *signature, size_t len)
{
    return x4_sign_verify(crypto, key, (x4s_chunk){.data = hash, .len = HASH_LEN},
                          (x4s_chunk){.data = signature, .len = len});
}

/* The private key's operation on a block of our choice: what a forger would need a fault for. */
static void sign_block(const uint8_t block[128], uint8_t signature[128])
{
    size_t len = 128;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, signature, &len, block, 128), 1);
    EVP_PKEY_CTX_free(ctx);
}

/* 00 01, `padding` bytes of FF, 00, the hash, and rubbish up to the end. */
static void make_block(uint8_t block[128], size_t padding)
{
    memset(block, 0xee, 128);
    block[0] = 0;
    block[1] = 1;
    memset(block + 2, 0xff, padding);
    block[2 + padding] = 0;
    memcpy(block + 3 + padding, hash, HASH_LEN);
}

#define FULL_PADDING (128 - 3 - HASH_LEN)

static bval verify_block(const uint8_t block[128])
{
    uint8_t signature[128];
    sign_block(block, signature);
    return verify(rsa_key, signature, sizeof(signature));
}

/* The cube root, rounded up: its cube begins as the block does. */
static void cube_root(const uint8_t block[128], uint8_t root[128])
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *target = BN_bin2bn(block, 128, NULL);
    BIGNUM *x = BN_new();
    BIGNUM *cube = BN_new();
    BN_zero(x);
    for (int bit = 342; bit >= 0; bit--) {
        BN_set_bit(x, bit);
        assert_true(BN_sqr(cube, x, ctx) && BN_mul(cube, cube, x, ctx));
        if (BN_cmp(cube, target) > 0)
            BN_clear_bit(x, bit);
    }
    BN_add_word(x, 1);
    assert_int_equal(BN_bn2binpad(x, root, 128), 128);
    BN_free(cube);
    BN_free(x);
    BN_free(target);
    BN_CTX_free(ctx);
}

/* That the forgery is one: what the public key makes of it begins as a good block does. */
static bval cube_begins_with(const uint8_t root[128], const uint8_t block[128], size_t len)
{
    uint8_t cube[128];
    size_t size = sizeof(cube);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
    assert_int_equal(EVP_PKEY_verify_recover_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_verify_recover(ctx, cube, &size, root, 128), 1);
    EVP_PKEY_CTX_free(ctx);
    return memcmp(cube, block, len) == 0;
}

/* libreswan: SIG payloads that are truncated or wrongly padded; forgery with an exponent of 3. */
static void cve_2026_50721(void **state)
{
    (void)state;
    uint8_t block[128];
    uint8_t signature[129] = {0};
    make_block(block, FULL_PADDING);
    sign_block(block, signature);
    assert_true(verify(rsa_key, signature, 128));
    for (size_t len = 0; len < 128; len++)
        assert_false(verify(rsa_key, signature, len));
    assert_false(verify(rsa_key, signature, 129));

    /* The hash right behind little padding, where lenient parsers look for it. */
    static const size_t paddings[] = {0, 8};
    for (size_t i = 0; i < x4m_countof(paddings); i++) {
        make_block(block, paddings[i]);
        cube_root(block, signature);
        assert_true(cube_begins_with(signature, block, 3 + paddings[i] + HASH_LEN));
        assert_false(verify(rsa_key, signature, 128));
    }
}

/* strongSwan's gmp plugin: rubbish behind or inside of what is parsed (and CVE-2018-16152). */
static void cve_2018_16151(void **state)
{
    (void)state;
    uint8_t block[128];
    for (size_t padding = 0; padding < FULL_PADDING; padding++) {
        make_block(block, padding);
        assert_false(verify_block(block));
    }
    make_block(block, FULL_PADDING);
    assert_true(verify_block(block));
    for (size_t i = 0; i < sizeof(block) - HASH_LEN; i++) {
        block[i] ^= 0x01;
        bval small = block[0] == 0; /* else the block is larger than the modulus */
        assert_true(!small || !verify_block(block));
        block[i] ^= 0x01;
    }
}

/* A DigestInfo around the hash is what everybody else signs, and nothing that IKEv1 does. */
static void cve_2018_16152(void **state)
{
    (void)state;
    size_t len = 128;
    uint8_t signature[128];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, signature, &len, hash, HASH_LEN), 1);
    EVP_PKEY_CTX_free(ctx);
    assert_false(verify(rsa_key, signature, len));
}

/* strongSwan: a modulus so small that the length of the padding wrapped around. */
static void cve_2018_17540(void **state)
{
    (void)state;
    static const int bits[] = {8, 64, 256, 300, 512, 768, 1016, 1023};
    BIGNUM *n = BN_new();
    BIGNUM *e = BN_new();
    BN_set_word(e, 3);
    for (size_t i = 0; i < x4m_countof(bits); i++) {
        BN_one(n);
        BN_set_bit(n, bits[i] - 1);
        EVP_PKEY *pkey = fixture_rsa_public(n, e);
        assert_null(public_of(pkey));
        EVP_PKEY_free(pkey);
    }
    BN_free(e);
    BN_free(n);
}

/* strongSwan: a signature of exactly the modulus made the verification dereference NULL. */
static void cve_2017_11185(void **state)
{
    (void)state;
    BIGNUM *n = NULL;
    uint8_t signature[128];
    assert_int_equal(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    for (int above = -1; above <= 1; above++) {
        BIGNUM *m = BN_dup(n);
        assert_true(above < 0 ? BN_sub_word(m, 1) : BN_add_word(m, (BN_ULONG)above));
        assert_int_equal(BN_bn2binpad(m, signature, sizeof(signature)), sizeof(signature));
        assert_false(verify(rsa_key, signature, sizeof(signature)));
        BN_free(m);
    }
    BN_free(n);
    memset(signature, 0, sizeof(signature));
    assert_false(verify(rsa_key, signature, sizeof(signature)));
    signature[127] = 1;
    assert_false(verify(rsa_key, signature, sizeof(signature)));
    memset(signature, 0xff, sizeof(signature));
    assert_false(verify(rsa_key, signature, sizeof(signature)));
}

/* What OpenSSL's verification is made to return instead of its verdict, if anything. */
static const int *forced;

int __real_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *signature, size_t len,
                           const unsigned char *digest, size_t digest_len);
int __wrap_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *signature, size_t len,
                           const unsigned char *digest, size_t digest_len);

int __wrap_EVP_PKEY_verify(EVP_PKEY_CTX *ctx, const unsigned char *signature, size_t len,
                           const unsigned char *digest, size_t digest_len)
{
    return forced ? *forced : __real_EVP_PKEY_verify(ctx, signature, len, digest, digest_len);
}

static const struct {
    const char *curve;
    size_t hash_len;
} curves[] = {{"P-256", 32}, {"P-384", 48}, {"P-521", 64}};

/* strongSwan: ECDSA_verify() returns -1 for errors, and that was true. */
static void cve_2013_2944(void **state)
{
    (void)state;
    static const int results[] = {0, -1, -2, 2};
    static const uint8_t zeros[x4c_hash_size_max];
    static const uint8_t ones[132] = {1};
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        EVP_PKEY *pkey = fixture_ec(curves[i].curve);
        x4s_public_key *key = public_of(pkey);
        const x4s_chunk digest = {.data = zeros, .len = curves[i].hash_len};
        const x4s_chunk signature = {.data = ones, .len = x4_public_key_signature_size(key)};
        for (size_t k = 0; k < x4m_countof(results); k++) {
            forced = &results[k];
            assert_false(x4_sign_verify(crypto, key, digest, signature));
        }
        static const int success = 1;
        forced = &success; /* it is the verdict that counts */
        assert_true(x4_sign_verify(crypto, key, digest, signature));
        forced = NULL;
        x4_public_key_free(key);
        EVP_PKEY_free(pkey);
    }
}

/* The same without help: what could be taken for DER, for nothing, for the largest numbers. */
static void cve_2013_2944_junk(void **state)
{
    (void)state;
    static const uint8_t fills[] = {0x00, 0x01, 0x30, 0x7f, 0x80, 0xff};
    static const uint8_t zeros[x4c_hash_size_max];
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        EVP_PKEY *pkey = fixture_ec(curves[i].curve);
        x4s_public_key *key = public_of(pkey);
        const x4s_chunk digest = {.data = zeros, .len = curves[i].hash_len};
        for (size_t k = 0; k < x4m_countof(fills); k++) {
            uint8_t signature[160];
            memset(signature, fills[k], sizeof(signature));
            for (size_t len = 0; len <= sizeof(signature); len++)
                assert_false(x4_sign_verify(crypto, key, digest,
                                            (x4s_chunk){.data = signature, .len = len}));
        }
        x4_public_key_free(key);
        EVP_PKEY_free(pkey);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2026_50721),     cmocka_unit_test(cve_2018_16151),
        cmocka_unit_test(cve_2018_16152),     cmocka_unit_test(cve_2018_17540),
        cmocka_unit_test(cve_2017_11185),     cmocka_unit_test(cve_2013_2944),
        cmocka_unit_test(cve_2013_2944_junk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
