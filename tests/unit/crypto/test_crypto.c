/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/crypto/crypto.h"
#include "x4/crypto/internal.h"

/* Refuses the n-th request and counts what is out. */
typedef struct meter {
    size_t until_refusal;
    size_t live;
} meter;

static void *meter_alloc(void *context, size_t size)
{
    meter *m = context;
    if (m->until_refusal-- == 0)
        return NULL;
    m->live++;
    return malloc(size);
}

static void meter_free(void *context, void *pointer, size_t size)
{
    meter *m = context;
    (void)size;
    m->live--;
    free(pointer);
}

static x4s_crypto *new_crypto(x4f_random random, void *context)
{
    const char *error = NULL;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, random, context, &error);
    assert_non_null(crypto);
    assert_null(error);
    return crypto;
}

static void test_everything_is_there(void **state)
{
    (void)state;
    static const x4e_hash hashes[] = {x4c_hash_md5, x4c_hash_sha1, x4c_hash_sha256, x4c_hash_sha384,
                                      x4c_hash_sha512};
    static const x4e_group groups[] = {1,  2,  5,  14, 15, 16, 17, 18, 19, 20,
                                       21, 22, 23, 24, 25, 26, 27, 28, 29, 30};
    x4s_crypto *crypto = new_crypto(NULL, NULL);
    for (size_t i = 0; i < x4m_countof(hashes); i++)
        assert_true(x4_crypto_has_hash(crypto, hashes[i]));
    for (size_t i = 0; i < x4m_countof(groups); i++)
        assert_true(x4_crypto_has_group(crypto, groups[i]));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_des, 0));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_3des, 0));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_camellia, 128));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_camellia, 192));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_camellia, 256));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_aes, 128));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_aes, 192));
    assert_true(x4_crypto_has_cipher(crypto, x4c_cipher_aes, 256));
    x4_crypto_free(crypto);
}

static void test_nothing_else_is_there(void **state)
{
    (void)state;
    x4s_crypto *crypto = new_crypto(NULL, NULL);
    for (unsigned n = 0; n < 70000; n = n < 300 ? n + 1 : n * 2 + 1) {
        bval hash = (n >= 1 && n <= 6) && n != 3;
        bval group = n == 1 || n == 2 || n == 5 || (n >= 14 && n <= 32);
        assert_int_equal(x4_crypto_has_hash(crypto, (x4e_hash)n), hash);
        assert_int_equal(x4_crypto_has_group(crypto, (x4e_group)n), group);
        assert_int_equal(x4_crypto_has_cipher(crypto, (x4e_cipher)n, 128),
                         n == 1 || n == 5 || n == 7 || n == 8);
        assert_int_equal(x4_crypto_has_cipher(crypto, x4c_cipher_aes, n),
                         n == 128 || n == 192 || n == 256);
    }
    x4_crypto_free(crypto);
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(x4_crypto_equal("secret", "secret", 6));
    assert_false(x4_crypto_equal("secret", "secreT", 6));
    assert_true(x4_crypto_equal("secret", "secreT", 5));
    assert_true(x4_crypto_equal("a", "b", 0));
}

static void test_random_of_openssl(void **state)
{
    (void)state;
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    x4s_crypto *crypto = new_crypto(NULL, NULL);
    assert_true(x4_crypto_random(crypto, a, sizeof(a)));
    assert_true(x4_crypto_random(crypto, b, sizeof(b)));
    assert_memory_not_equal(a, b, sizeof(a));
    x4_crypto_free(crypto);
}

/* Over several fillings of the pool none comes twice, and what was taken is not kept. */
static void test_random_is_taken_once(void **state)
{
    (void)state;
    enum { COUNT = 5 * x4c_crypto_pool / 24 };
    uint8_t taken[COUNT][24];
    uint8_t many[2 * x4c_crypto_pool] = {0};
    x4s_crypto *crypto = new_crypto(NULL, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(x4_crypto_random(crypto, taken[i], sizeof(taken[i])));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(taken[i], taken[k], 8);
        for (size_t at = crypto->pool.left; at < x4c_crypto_pool; at++)
            assert_int_equal(crypto->pool.bytes[at], 0);
    }
    assert_true(x4_crypto_random(crypto, many, sizeof(many)));
    assert_memory_not_equal(many, many + x4c_crypto_pool, x4c_crypto_pool);
    x4_crypto_free(crypto);
}

/* Counts up; fails for more than 100 bytes. */
static bval counting_random(void *context, void *data, size_t len)
{
    uint8_t *next = context;
    uint8_t *bytes = data;
    if (len > 100)
        return bfalse;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (*next)++;
    return btrue;
}

static void test_random_of_the_user(void **state)
{
    (void)state;
    static const uint8_t expected[] = {7, 8, 9, 10};
    uint8_t next = 7;
    uint8_t bytes[101];
    x4s_crypto *crypto = new_crypto(counting_random, &next);
    assert_true(x4_crypto_random(crypto, bytes, 4));
    assert_memory_equal(bytes, expected, sizeof(expected));
    assert_false(x4_crypto_random(crypto, bytes, sizeof(bytes)));
    x4_crypto_free(crypto);
}

static void test_without_memory(void **state)
{
    (void)state;
    bval made = bfalse;
    for (size_t n = 0; !made; n++) {
        meter m = {.until_refusal = n};
        x4s_allocator allocator = {.alloc = meter_alloc, .free = meter_free, .context = &m};
        const char *error = NULL;
        x4s_crypto *crypto = x4_crypto_new(&allocator, NULL, NULL, &error);
        made = crypto != NULL;
        if (!made)
            assert_string_equal(error, "out of memory");
        x4_crypto_free(crypto);
        assert_int_equal(m.live, 0);
        assert_in_range(n, 0, 100);
    }
}

static void test_free_ignores_null(void **state)
{
    (void)state;
    x4_crypto_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_there),
        cmocka_unit_test(test_nothing_else_is_there),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_random_of_openssl),
        cmocka_unit_test(test_random_is_taken_once),
        cmocka_unit_test(test_random_of_the_user),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_free_ignores_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
