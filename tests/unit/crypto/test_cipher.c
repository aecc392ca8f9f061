/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"
#include "x4/crypto/cipher.h"

static x4s_crypto *crypto;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(crypto);
    return 0;
}

#define MESSAGE_MAX 64

/* The plaintext of SP 800-38A Appendix F, of which the 3DES example uses the first half. */
static const char plaintext[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                                "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

typedef struct cbc_case {
    x4e_cipher cipher;
    const char *key;
    const char *iv;
    const char *ciphertext;
} cbc_case;

/*
 * SP 800-38A F.2.1, F.2.3, F.2.5; NIST's "Examples with Intermediate Values", TDES-CBC; the CBC
 * vectors of OpenSSL's evpciph_camellia.txt.
 */
static const cbc_case cases[] = {
    {x4c_cipher_aes, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
     "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
    {x4c_cipher_aes, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
     "000102030405060708090a0b0c0d0e0f",
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
     "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
    {x4c_cipher_aes, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "000102030405060708090a0b0c0d0e0f",
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    {x4c_cipher_3des, "0123456789abcdef23456789abcdef01456789abcdef0123", "f69f2445df4f9b17",
     "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da7"},
    {x4c_cipher_camellia, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
     "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb5074887"
     "0f06165008cf8b8b5a63586362543e54"},
    {x4c_cipher_camellia, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
     "000102030405060708090a0b0c0d0e0f",
     "2a4830ab5ac4a1a2405955fd2195cf935d5a869bd14ce54264f892a6dd2ec3d5"
     "37d359c3349836d884e310addf68c44901faaa930b4ab9916e9668e1428c6b08"},
    {x4c_cipher_camellia, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "000102030405060708090a0b0c0d0e0f",
     "e6cfa35fc02b134a4d2c0b6737ac3eda36cbeb73bd504b4070b1b7de2b21eb50"
     "e31a6055297d96ca3330cdf1b1860a835d563f6d1cccf236051c0c5c1c58f28f"},
};

typedef struct cbc {
    x4e_cipher cipher;
    x4s_chunk key;
    size_t block;
    size_t len;
    uint8_t key_bytes[x4c_cipher_key_max];
    uint8_t iv[x4c_cipher_block_max];
    uint8_t plain[MESSAGE_MAX];
    uint8_t sealed[MESSAGE_MAX];
} cbc;

static void load(const cbc_case *c, cbc *v)
{
    *v = (cbc){.cipher = c->cipher};
    v->key.data = v->key_bytes;
    v->key.len = hex_read(c->key, v->key_bytes, sizeof(v->key_bytes));
    v->block = hex_read(c->iv, v->iv, sizeof(v->iv));
    v->len = hex_read(c->ciphertext, v->sealed, sizeof(v->sealed));
    hex_read(plaintext, v->plain, sizeof(v->plain));
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(x4_cipher_block(x4c_cipher_3des), 8);
    assert_int_equal(x4_cipher_block(x4c_cipher_aes), 16);
    assert_int_equal(x4_cipher_block(x4c_cipher_des), 8);
    assert_int_equal(x4_cipher_block(x4c_cipher_camellia), 16);
    assert_int_equal(x4_cipher_block((x4e_cipher)2), 0);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_des, 0), 8);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_3des, 0), 24);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_aes, 128), 16);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_aes, 192), 24);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_aes, 256), 32);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_aes, 0), 0);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_aes, 129), 0);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_camellia, 192), 24);
    assert_int_equal(x4_cipher_key_size(x4c_cipher_camellia, 64), 0);
    assert_int_equal(x4_cipher_key_size((x4e_cipher)6, 128), 0);
}

static void test_vectors(void **state) /* req 2409-4-13 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        cbc v;
        uint8_t iv[x4c_cipher_block_max];
        uint8_t data[MESSAGE_MAX];
        load(&cases[i], &v);
        memcpy(data, v.plain, v.len);
        memcpy(iv, v.iv, v.block);
        assert_true(x4_cipher_encrypt(crypto, v.cipher, v.key, iv, data, v.len));
        assert_memory_equal(data, v.sealed, v.len);
        memcpy(iv, v.iv, v.block);
        assert_true(x4_cipher_decrypt(crypto, v.cipher, v.key, iv, data, v.len));
        assert_memory_equal(data, v.plain, v.len);
    }
}

/* FIPS 81 Appendix C, table C3. */
static void test_single_des(void **state) /* req 2409-4-9 */
{
    (void)state;
    static const char text[] = "Now is the time for all ";
    const size_t len = sizeof(text) - 1;
    uint8_t key[8], iv[8], expected[24], data[24];
    hex_read("0123456789abcdef", key, sizeof(key));
    hex_read("1234567890abcdef", iv, sizeof(iv));
    hex_read("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6", expected, sizeof(expected));
    memcpy(data, text, len);
    const x4s_chunk chunk = {key, sizeof(key)};
    assert_true(x4_cipher_encrypt(crypto, x4c_cipher_des, chunk, iv, data, len));
    assert_memory_equal(data, expected, len);
    assert_memory_equal(iv, expected + 16, sizeof(iv));
    hex_read("1234567890abcdef", iv, sizeof(iv));
    assert_true(x4_cipher_decrypt(crypto, x4c_cipher_des, chunk, iv, data, len));
    assert_memory_equal(data, text, len);
}

static void sealed_with(const char *key, uint8_t block[8])
{
    uint8_t bytes[8];
    uint8_t iv[8] = {0};
    hex_read(key, bytes, sizeof(bytes));
    assert_true(x4_cipher_encrypt(crypto, x4c_cipher_des, (x4s_chunk){bytes, 8}, iv, block, 8));
}

/* One key of each pair undoes what the other does: that is what makes them weak. */
static void test_weak_keys(void **state) /* req 2409-4-9 */
{
    (void)state;
    static const char *const pairs[][2] = {
        {"0101010101010101", "0101010101010101"}, {"1f1f1f1f0e0e0e0e", "1f1f1f1f0e0e0e0e"},
        {"e0e0e0e0f1f1f1f1", "e0e0e0e0f1f1f1f1"}, {"fefefefefefefefe", "fefefefefefefefe"},
        {"01fe01fe01fe01fe", "fe01fe01fe01fe01"}, {"1fe01fe00ef10ef1", "e01fe01ff10ef10e"},
        {"01e001e001f101f1", "e001e001f101f101"}, {"1ffe1ffe0efe0efe", "fe1ffe1ffe0efe0e"},
        {"011f011f010e010e", "1f011f010e010e01"}, {"e0fee0fef1fef1fe", "fee0fee0fef1fef1"},
    };
    for (size_t i = 0; i < x4m_countof(pairs); i++) {
        uint8_t block[8] = "weak key";
        sealed_with(pairs[i][0], block);
        sealed_with(pairs[i][1], block);
        assert_memory_equal(block, "weak key", sizeof(block));
        for (size_t side = 0; side < 2; side++) {
            uint8_t key[24] = {0};
            hex_read(pairs[i][side], key, 8);
            for (size_t bit = 0; bit < 64; bit++) {
                assert_true(x4_cipher_key_weak(x4c_cipher_des, key));
                key[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(x4_cipher_key_weak(x4c_cipher_des, key), bit % 8 == 0);
                key[bit / 8] ^= (uint8_t)(1 << bit % 8);
            }
            assert_false(x4_cipher_key_weak(x4c_cipher_3des, key));
        }
    }
}

/* A message that is cut anywhere and goes on with the IV is the same as the whole one. */
static void test_chaining_across_messages(void **state) /* req 2409-B-3 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        cbc v;
        load(&cases[i], &v);
        for (size_t cut = v.block; cut < v.len; cut += v.block) {
            uint8_t iv[x4c_cipher_block_max];
            uint8_t data[MESSAGE_MAX];
            memcpy(data, v.plain, v.len);
            memcpy(iv, v.iv, v.block);
            assert_true(x4_cipher_encrypt(crypto, v.cipher, v.key, iv, data, cut));
            assert_memory_equal(iv, v.sealed + cut - v.block, v.block);
            assert_true(x4_cipher_encrypt(crypto, v.cipher, v.key, iv, data + cut, v.len - cut));
            assert_memory_equal(iv, v.sealed + v.len - v.block, v.block);
            assert_memory_equal(data, v.sealed, v.len);

            memcpy(iv, v.iv, v.block);
            assert_true(x4_cipher_decrypt(crypto, v.cipher, v.key, iv, data, cut));
            assert_memory_equal(iv, v.sealed + cut - v.block, v.block);
            assert_true(x4_cipher_decrypt(crypto, v.cipher, v.key, iv, data + cut, v.len - cut));
            assert_memory_equal(iv, v.sealed + v.len - v.block, v.block);
            assert_memory_equal(data, v.plain, v.len);
        }
    }
}

static void test_bad_lengths_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        cbc v;
        load(&cases[i], &v);
        for (size_t len = 0; len < v.len; len++) {
            uint8_t iv[x4c_cipher_block_max];
            uint8_t data[MESSAGE_MAX];
            if (len && len % v.block == 0)
                continue;
            memcpy(data, v.plain, v.len);
            memcpy(iv, v.iv, v.block);
            assert_false(x4_cipher_encrypt(crypto, v.cipher, v.key, iv, data, len));
            assert_false(x4_cipher_decrypt(crypto, v.cipher, v.key, iv, data, len));
            assert_memory_equal(data, v.plain, v.len);
            assert_memory_equal(iv, v.iv, v.block);
        }
        assert_false(
            x4_cipher_encrypt(crypto, v.cipher, v.key, v.iv, v.plain, (size_t)INT_MAX + 1));
    }
}

static void test_bad_keys(void **state)
{
    (void)state;
    static const uint8_t key[64];
    uint8_t iv[x4c_cipher_block_max] = {0};
    uint8_t data[16] = {0};
    for (size_t len = 0; len <= sizeof(key); len++) {
        bval aes = len == 16 || len == 24 || len == 32;
        x4s_chunk chunk = {key, len};
        assert_int_equal(x4_cipher_encrypt(crypto, x4c_cipher_aes, chunk, iv, data, 16), aes);
        assert_int_equal(x4_cipher_decrypt(crypto, x4c_cipher_aes, chunk, iv, data, 16), aes);
        assert_int_equal(x4_cipher_encrypt(crypto, x4c_cipher_3des, chunk, iv, data, 16),
                         len == 24);
        assert_int_equal(x4_cipher_encrypt(crypto, x4c_cipher_des, chunk, iv, data, 16), len == 8);
        assert_int_equal(x4_cipher_decrypt(crypto, x4c_cipher_camellia, chunk, iv, data, 16), aes);
        assert_false(x4_cipher_encrypt(crypto, (x4e_cipher)6, chunk, iv, data, 16));
    }
}

/* Keys and directions in turn: the scratch context keeps nothing of the message before. */
static void test_ciphers_in_turn(void **state)
{
    (void)state;
    for (size_t round = 0; round < 3; round++) {
        test_vectors(state);
        for (size_t i = x4m_countof(cases); i-- > 0;) {
            cbc v;
            load(&cases[i], &v);
            assert_true(x4_cipher_decrypt(crypto, v.cipher, v.key, v.iv, v.sealed, v.len));
            assert_memory_equal(v.sealed, v.plain, v.len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_single_des),
        cmocka_unit_test(test_weak_keys),
        cmocka_unit_test(test_chaining_across_messages),
        cmocka_unit_test(test_bad_lengths_change_nothing),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_ciphers_in_turn),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
