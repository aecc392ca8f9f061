/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/key.h"

static const char passphrase[] = "something to remember";

static x4s_chunk text(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

static void test_opens(void **state)
{
    (void)state;
    EVP_PKEY *keys[] = {fixture_ec("P-256"), fixture_rsa(2048)};
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        uint8_t plain[x4c_key_der_max];
        size_t len;
        const fixture_der sealed = fixture_pkcs8_encrypted(keys[i], passphrase);
        const fixture_der expected = fixture_pkcs8(keys[i]);
        assert_true(x4_pkcs8_encrypted(fixture_chunk(&sealed)));
        assert_false(x4_pkcs8_encrypted(fixture_chunk(&expected)));
        assert_true(x4_pkcs8_decrypt(fixture_chunk(&sealed), text(passphrase), plain, sizeof(plain),
                                     &len, &error));
        assert_int_equal(len, expected.len);
        assert_memory_equal(plain, expected.data, len);
        x4s_private_key *key = x4_private_key_new(crypto, (x4s_chunk){plain, len}, &error);
        assert_non_null(key);
        x4_private_key_free(key);
        assert_false(x4_pkcs8_decrypt(fixture_chunk(&sealed), text(passphrase), plain,
                                      expected.len - 1, &len, &error));
        assert_string_equal(error, "private key is too long");
        EVP_PKEY_free(keys[i]);
    }
    x4_crypto_free(crypto);
}

static void test_stays_shut(void **state)
{
    (void)state;
    EVP_PKEY *key = fixture_ec("P-256");
    fixture_der sealed = fixture_pkcs8_encrypted(key, passphrase);
    uint8_t plain[x4c_key_der_max];
    size_t len = 1;
    const char *error = NULL;
    static const char *const wrong[] = {"", "something", "something to remember "};
    for (size_t i = 0; i < x4m_countof(wrong); i++) {
        assert_false(x4_pkcs8_decrypt(fixture_chunk(&sealed), text(wrong[i]), plain, sizeof(plain),
                                      &len, &error));
        assert_string_equal(error, "the passphrase is wrong, or the encryption is not known");
        assert_int_equal(len, 0);
    }
    for (size_t cut = 0; cut < sealed.len; cut++) {
        const x4s_chunk part = {sealed.data, cut};
        assert_false(x4_pkcs8_encrypted(part));
        assert_false(x4_pkcs8_decrypt(part, text(passphrase), plain, sizeof(plain), &len, &error));
        assert_string_equal(error, "not an encrypted private key");
    }
    sealed.len++; /* a byte behind it */
    assert_false(x4_pkcs8_encrypted(fixture_chunk(&sealed)));
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_stays_shut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
