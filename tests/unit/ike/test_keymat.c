/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/crypto/hash.h"
#include "x4/ike/keymat.h"

static x4s_charon charon;
static x4s_ike_xchg1 parent;

static const x4s_chunk ni = {(const uint8_t *)"nonce of i", 10};
static const x4s_chunk nr = {(const uint8_t *)"nonce of r", 10};

static int setup(void **state)
{
    (void)state;
    const char *error;
    charon.crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    parent.base.charon = &charon;
    parent.suite.hash = x4c_hash_sha1;
    parent.skeyid_d.len = 20;
    memset(parent.skeyid_d.data, 0x5a, parent.skeyid_d.len);
    return charon.crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_crypto_free(charon.crypto);
    return 0;
}

/* RFC 2409 5.5, a block at a time: K1 is of the seed, each other one of the block before too. */
static void expected_keymat(uint8_t protocol, x4s_chunk shared, uint8_t keymat[100])
{
    static const uint8_t spi[] = {0x01, 0x02, 0x03, 0x04};
    const x4s_chunk key = {parent.skeyid_d.data, parent.skeyid_d.len};
    x4s_chunk previous = {0};
    for (size_t at = 0; at < 100; at += 20) {
        const x4s_chunk parts[] = {previous, shared, {&protocol, 1}, {spi, sizeof(spi)}, ni, nr};
        assert_true(
            x4_prf(charon.crypto, x4c_hash_sha1, key, parts, x4m_countof(parts), keymat + at));
        previous = (x4s_chunk){keymat + at, 20};
    }
}

static void derive(uint8_t protocol, x4s_ike_key_sizes sizes, x4s_chunk shared, x4s_ike_sa2 *sa)
{
    const x4s_keymat_seed seed = {shared, ni, nr};
    *sa = (x4s_ike_sa2){.spi = 0x01020304};
    assert_true(x4_keymat_derive(&parent, &seed, protocol, &sizes, sa));
}

static const x4s_chunk shared_values[] = {{0}, {(const uint8_t *)"g^xy", 4}};

static void test_encryption_then_integrity(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(shared_values); i++) {
        uint8_t keymat[100];
        x4s_ike_sa2 sa;
        expected_keymat(3, shared_values[i], keymat);
        derive(3, (x4s_ike_key_sizes){.encr = 32, .integ = 64}, shared_values[i], &sa);
        assert_memory_equal(sa.encr, keymat, 32);
        assert_memory_equal(sa.integ, keymat + 32, 64);
    }
}

/* RFC 3686 5.1, RFC 4309 7.1: the nonce's part is right behind the key of encryption. */
static void test_salt_of_encryption(void **state)
{
    (void)state;
    uint8_t keymat[100];
    x4s_ike_sa2 sa;
    expected_keymat(3, shared_values[0], keymat);
    derive(3, (x4s_ike_key_sizes){.encr = 24, .salt = 4, .integ = 20}, shared_values[0], &sa);
    assert_memory_equal(sa.encr, keymat, 24);
    assert_memory_equal(sa.salt, keymat + 24, 4);
    assert_memory_equal(sa.integ, keymat + 28, 20);

    derive(3, (x4s_ike_key_sizes){.encr = 16, .salt = 3}, shared_values[0], &sa);
    assert_memory_equal(sa.salt, keymat + 16, 3);
    assert_int_equal(sa.salt[3], 0);
}

/* RFC 4543 5.4: in AH the salt is behind the key of integrity; and AH's number is in the seed. */
static void test_salt_of_ah(void **state)
{
    (void)state;
    uint8_t keymat[100];
    x4s_ike_sa2 sa;
    expected_keymat(2, shared_values[0], keymat);
    derive(2, (x4s_ike_key_sizes){.salt = 4, .integ = 32}, shared_values[0], &sa);
    assert_memory_equal(sa.integ, keymat, 32);
    assert_memory_equal(sa.salt, keymat + 32, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encryption_then_integrity),
        cmocka_unit_test(test_salt_of_encryption),
        cmocka_unit_test(test_salt_of_ah),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
