/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/xdh.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"

#define SIZE_MAX_BYTES 56

typedef struct curve {
    const char *name;
    size_t size;
    /* RFC 7748 6.1, 6.2 */
    const char *alice;
    const char *alice_public;
    const char *bob_public;
    const char *shared;
    uint8_t base;
} curve;

static const curve curves[] = {
    {"X25519", 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", 9},
    {"X448", 56,
     "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127"
     "ab1d9ac2d8c0a598726b",
     "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da8812"
     "0d53177f80e532c41fa0",
     "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec"
     "3dae07bdc1c67bf33609",
     "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085"
     "d59a449a5037514a879d",
     5},
};

static EVP_PKEY *private_key(const curve *of)
{
    uint8_t bytes[SIZE_MAX_BYTES];
    assert_int_equal(hex_read(of->alice, bytes, sizeof(bytes)), of->size);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, of->name, NULL, bytes, of->size);
    assert_non_null(key);
    return key;
}

static void assert_derives(const curve *of, EVP_PKEY *own, const uint8_t *peer, const char *shared)
{
    uint8_t expected[SIZE_MAX_BYTES];
    uint8_t made[SIZE_MAX_BYTES];
    assert_int_equal(hex_read(shared, expected, sizeof(expected)), of->size);
    assert_true(x4_xdh_derive(of->name, own, (x4s_chunk){peer, of->size}, made));
    assert_memory_equal(made, expected, of->size);
}

static void test_the_values_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        const curve *of = &curves[i];
        EVP_PKEY *own = private_key(of);
        uint8_t peer[SIZE_MAX_BYTES];
        assert_int_equal(hex_read(of->bob_public, peer, sizeof(peer)), of->size);
        assert_derives(of, own, peer, of->shared);
        memset(peer, 0, sizeof(peer));
        peer[0] = of->base;
        assert_derives(of, own, peer, of->alice_public);
        EVP_PKEY_free(own);
    }
}

static void test_both_sides_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        const curve *of = &curves[i];
        EVP_PKEY_CTX *keygen = x4_xdh_keygen(of->name);
        uint8_t values[2][SIZE_MAX_BYTES];
        uint8_t shared[2][SIZE_MAX_BYTES];
        EVP_PKEY *keys[2];
        assert_non_null(keygen);
        for (int side = 0; side < 2; side++) {
            keys[side] = x4_xdh_generate(keygen, values[side], of->size);
            assert_non_null(keys[side]);
        }
        assert_memory_not_equal(values[0], values[1], of->size);
        for (int side = 0; side < 2; side++) {
            const x4s_chunk peer = {values[1 - side], of->size};
            assert_true(x4_xdh_derive(of->name, keys[side], peer, shared[side]));
            EVP_PKEY_free(keys[side]);
        }
        assert_memory_equal(shared[0], shared[1], of->size);
        EVP_PKEY_CTX_free(keygen);
    }
}

/* What makes the shared value zero: of the one curve with the highest bit as well. */
static const char *const small[][7] = {
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "0100000000000000000000000000000000000000000000000000000000000000",
     "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
     "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
    {"00000000000000000000000000000000000000000000000000000000"
     "00000000000000000000000000000000000000000000000000000000",
     "01000000000000000000000000000000000000000000000000000000"
     "00000000000000000000000000000000000000000000000000000000",
     "feffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "feffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "feffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "00000000000000000000000000000000000000000000000000000000"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
};

static void test_small_orders_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        const curve *of = &curves[i];
        EVP_PKEY *own = private_key(of);
        uint8_t peer[SIZE_MAX_BYTES];
        uint8_t shared[SIZE_MAX_BYTES];
        for (size_t k = 0; k < x4m_countof(small[i]) && small[i][k]; k++) {
            assert_int_equal(hex_read(small[i][k], peer, sizeof(peer)), of->size);
            assert_false(x4_xdh_valid(peer, of->size));
            assert_false(x4_xdh_derive(of->name, own, (x4s_chunk){peer, of->size}, shared));
        }
        assert_int_equal(hex_read(of->bob_public, peer, sizeof(peer)), of->size);
        assert_true(x4_xdh_valid(peer, of->size));
        EVP_PKEY_free(own);
    }
}

static void test_what_openssl_lacks(void **state)
{
    (void)state;
    assert_null(x4_xdh_keygen("X1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_values_of_the_rfc),
        cmocka_unit_test(test_both_sides_agree),
        cmocka_unit_test(test_small_orders_are_refused),
        cmocka_unit_test(test_what_openssl_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
