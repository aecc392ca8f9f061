/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/weak_rsa.h"
#include "x4/crypto/crypto.h"
#include "x4/crypto/key.h"
#include "x4/crypto/sign.h"

static struct load_weak_rsa *key;
static x4s_crypto *crypto;
static x4s_public_key *public_key;

static int make(void **state)
{
    const char *error;
    (void)state;
    key = load_weak_rsa_new();
    assert_non_null(key);
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    assert_non_null(crypto);
    public_key = x4_public_key_new(crypto, load_weak_rsa_public(key), &error);
    assert_non_null(public_key);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    x4_public_key_free(public_key);
    x4_crypto_free(crypto);
    load_weak_rsa_free(key);
    return 0;
}

static void test_looks_like_any_other(void **state)
{
    (void)state;
    assert_int_equal(x4_public_key_type(public_key), x4c_key_rsa);
    assert_int_equal(x4_public_key_bits(public_key), 2048);
    assert_int_equal(x4_public_key_signature_size(public_key), LOAD_WEAK_RSA_SIZE);
}

static void sign_and_verify(const uint8_t *hash, size_t len)
{
    uint8_t signature[LOAD_WEAK_RSA_SIZE];
    const x4s_chunk what = {.data = hash, .len = len};
    load_weak_rsa_sign(key, what, signature);
    assert_true(
        x4_sign_verify(crypto, public_key, what, (x4s_chunk){signature, sizeof(signature)}));
    signature[100] ^= 1;
    assert_false(
        x4_sign_verify(crypto, public_key, what, (x4s_chunk){signature, sizeof(signature)}));
}

/* Lengths of the hashes that there are, in turns: the block is prepared for one of them. */
static void test_signatures_verify(void **state)
{
    static const size_t lengths[] = {32, 16, 20, 48, 64, 32, 64};
    uint8_t hash[64];
    (void)state;
    for (int round = 0; round < 40; round++) {
        for (size_t i = 0; i < sizeof(hash); i++)
            hash[i] = (uint8_t)(round * 31 + (int)i * 7);
        sign_and_verify(hash, lengths[round % 7]);
    }
    memset(hash, 0xff, sizeof(hash));
    sign_and_verify(hash, 64);
    memset(hash, 0, sizeof(hash));
    sign_and_verify(hash, 32);
}

static void test_holder_signs_at_once(void **state)
{
    uint8_t signature[LOAD_WEAK_RSA_SIZE];
    x4s_sign_job job = {
        .hash = {1, 2, 3}, .hash_len = 20, .signature = signature, .state = x4c_sign_pending};
    (void)state;
    const x4s_key_holder *holder = load_weak_rsa_holder(key);
    holder->sign(holder->context, &job);
    assert_int_equal(job.state, x4c_sign_done);
    assert_true(x4_sign_verify(crypto, public_key, (x4s_chunk){job.hash, 20},
                               (x4s_chunk){signature, sizeof(signature)}));
}

static void test_keys_differ(void **state)
{
    (void)state;
    struct load_weak_rsa *other = load_weak_rsa_new();
    assert_non_null(other);
    x4s_chunk a = load_weak_rsa_public(key);
    x4s_chunk b = load_weak_rsa_public(other);
    assert_int_equal(a.len, b.len);
    assert_memory_not_equal(a.data, b.data, a.len);
    load_weak_rsa_free(other);
    load_weak_rsa_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_like_any_other),
        cmocka_unit_test(test_signatures_verify),
        cmocka_unit_test(test_holder_signs_at_once),
        cmocka_unit_test(test_keys_differ),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
