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
#include "x4/crypto/key.h"
#include "x4/crypto/sign.h"

static x4s_crypto *crypto;
static EVP_PKEY *rsa;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    rsa = fixture_rsa(2048);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    x4_crypto_free(crypto);
    return 0;
}

typedef struct curve {
    const char *name;
    x4e_key_type type;
    unsigned bits;
    size_t signature_size;
} curve;

static const curve curves[] = {
    {"P-256", x4c_key_ecdsa256, 256, 64},
    {"P-384", x4c_key_ecdsa384, 384, 96},
    {"P-521", x4c_key_ecdsa521, 521, 132},
};

static x4s_public_key *read_public(const fixture_der *der)
{
    const char *error = NULL;
    x4s_public_key *key = x4_public_key_new(crypto, fixture_chunk(der), &error);
    assert_null(key ? NULL : error);
    return key;
}

static void refuse_public(const fixture_der *der, const char *why)
{
    const char *error = NULL;
    assert_null(x4_public_key_new(crypto, fixture_chunk(der), &error));
    assert_string_equal(error, why);
    assert_int_equal(ERR_peek_error(), 0);
}

static x4s_private_key *read_private(const fixture_der *der)
{
    const char *error = NULL;
    x4s_private_key *key = x4_private_key_new(crypto, fixture_chunk(der), &error);
    assert_null(key ? NULL : error);
    return key;
}

static void refuse_private(const fixture_der *der, const char *why)
{
    const char *error = NULL;
    assert_null(x4_private_key_new(crypto, fixture_chunk(der), &error));
    assert_string_equal(error, why);
    assert_int_equal(ERR_peek_error(), 0);
}

/* ------------------------------------------------------------------ public keys */

static void rsa_public_in_both_forms(void **state)
{
    (void)state;
    uint8_t *pos = NULL;
    int len = i2d_PublicKey(rsa, &pos);
    fixture_der pkcs1 = fixture_take(pos, len);
    fixture_der spki = fixture_spki(rsa);
    x4s_public_key *a = read_public(&pkcs1);
    x4s_public_key *b = read_public(&spki);

    assert_int_equal(x4_public_key_type(a), x4c_key_rsa);
    assert_int_equal(x4_public_key_bits(a), 2048);
    assert_int_equal(x4_public_key_signature_size(a), 256);
    assert_true(x4_public_key_equal(a, b));
    assert_int_equal(x4_public_key_der(a).len, spki.len);
    assert_memory_equal(x4_public_key_der(a).data, spki.data, spki.len);
    x4_public_key_free(a);
    x4_public_key_free(b);
}

static void curves_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(curves); i++) {
        EVP_PKEY *pkey = fixture_ec(curves[i].name);
        EVP_PKEY *other = fixture_ec(curves[i].name);
        fixture_der der = fixture_spki(pkey);
        fixture_der other_der = fixture_spki(other);
        x4s_public_key *key = read_public(&der);
        x4s_public_key *other_key = read_public(&other_der);
        assert_int_equal(x4_public_key_type(key), curves[i].type);
        assert_int_equal(x4_public_key_bits(key), curves[i].bits);
        assert_int_equal(x4_public_key_signature_size(key), curves[i].signature_size);
        assert_true(x4_public_key_equal(key, key));
        assert_false(x4_public_key_equal(key, other_key));
        x4_public_key_free(key);
        x4_public_key_free(other_key);
        EVP_PKEY_free(pkey);
        EVP_PKEY_free(other);
    }
}

static void other_kinds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *curve;
        const char *why;
    } rows[] = {
        {"brainpoolP256r1", "elliptic curve is none of P-256, P-384, P-521"},
        {"secp256k1", "elliptic curve is none of P-256, P-384, P-521"},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        EVP_PKEY *pkey = fixture_ec(rows[i].curve);
        fixture_der der = fixture_spki(pkey);
        refuse_public(&der, rows[i].why);
        EVP_PKEY_free(pkey);
    }
    EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    fixture_der der = fixture_spki(edwards);
    refuse_public(&der, "key is neither RSA nor ECDSA");
    der = fixture_private(edwards);
    refuse_private(&der, "key is neither RSA nor ECDSA");
    EVP_PKEY_free(edwards);
}

static void curve_by_parameters_is_refused(void **state)
{
    (void)state;
    EVP_PKEY *pkey = fixture_ec("P-256");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
                                                    OSSL_PKEY_EC_ENCODING_EXPLICIT),
                     1);
    fixture_der der = fixture_spki(pkey);
    assert_true(der.len > 200); /* the parameters are there */
    refuse_public(&der, "elliptic curve is not given by its name");
    EVP_PKEY_free(pkey);
}

static void point_off_the_curve_is_refused(void **state)
{
    (void)state;
    EVP_PKEY *pkey = fixture_ec("P-256");
    fixture_der der = fixture_spki(pkey);
    der.data[der.len - 1] ^= 1;
    refuse_public(&der, "not a public key");
    EVP_PKEY_free(pkey);
}

static void rsa_sizes(void **state)
{
    (void)state;
    static const struct {
        int bits;
        bval ok;
    } rows[] = {{512, bfalse}, {1023, bfalse}, {1024, btrue},
                {1025, btrue}, {8192, btrue},  {8193, bfalse}};
    BIGNUM *e = BN_new();
    BIGNUM *n = BN_new();
    BN_set_word(e, 65537);
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        BN_one(n);
        BN_set_bit(n, rows[i].bits - 1);
        EVP_PKEY *pkey = fixture_rsa_public(n, e);
        fixture_der der = fixture_spki(pkey);
        if (rows[i].ok) {
            x4s_public_key *key = read_public(&der);
            assert_int_equal(x4_public_key_bits(key), rows[i].bits);
            assert_int_equal(x4_public_key_signature_size(key), (rows[i].bits + 7) / 8);
            x4_public_key_free(key);
        } else {
            refuse_public(&der, "RSA modulus is not of 1024 to 8192 bits");
        }
        EVP_PKEY_free(pkey);
    }
    BN_free(n);
    BN_free(e);
}

static void names_of_types(void **state)
{
    (void)state;
    assert_string_equal(x4_key_type_name(x4c_key_rsa), "RSA");
    assert_string_equal(x4_key_type_name(x4c_key_ecdsa521), "ECDSA P-521");
    assert_null(x4_key_type_name(x4c_key_none));
}

/* ------------------------------------------------------------------ private keys */

static void private_in_all_forms(void **state)
{
    (void)state;
    EVP_PKEY *ec = fixture_ec("P-384");
    EVP_PKEY *const keys[] = {rsa, ec};
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        const fixture_der forms[] = {fixture_private(keys[i]), fixture_pkcs8(keys[i])};
        fixture_der spki = fixture_spki(keys[i]);
        x4s_public_key *public_key = read_public(&spki);
        for (size_t k = 0; k < x4m_countof(forms); k++) {
            x4s_private_key *key = read_private(&forms[k]);
            assert_true(x4_public_key_equal(x4_private_key_public(key), public_key));
            x4_private_key_free(key);
        }
        x4_public_key_free(public_key);
    }
    EVP_PKEY_free(ec);
}

/* Two halves of different keys: RSA's d does not fit, the curve's point is another. */
static void halves_that_do_not_fit(void **state)
{
    (void)state;
    EVP_PKEY *a = fixture_ec("P-256");
    EVP_PKEY *b = fixture_ec("P-256");
    fixture_der der = fixture_private(a);
    fixture_der other = fixture_private(b);
    assert_int_equal(der.len, other.len);
    memcpy(der.data + der.len - 64, other.data + other.len - 64, 64);
    refuse_private(&der, "private key does not fit its public half");
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

static void encrypted_private_is_refused(void **state)
{
    (void)state;
    uint8_t *pos = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, rsa, EVP_aes_128_cbc(), "secret", 6, NULL, NULL),
                     1);
    long len = BIO_get_mem_data(bio, &pos);
    fixture_der der = {.len = (size_t)len};
    memcpy(der.data, pos, der.len);
    BIO_free(bio);
    refuse_private(&der, "not a private key, or an encrypted one");
}

/* ------------------------------------------------------------------ malformed */

static void nothing_but_the_key(void **state)
{
    (void)state;
    EVP_PKEY *ec = fixture_ec("P-256");
    fixture_der spki = fixture_spki(rsa);
    fixture_der own = fixture_private(ec);
    spki.len++;
    own.len++;
    refuse_public(&spki, "not a public key");
    refuse_private(&own, "not a private key, or an encrypted one");
    spki.len = 0;
    refuse_public(&spki, "not a public key");
    refuse_private(&spki, "not a private key, or an encrypted one");
    EVP_PKEY_free(ec);
}

static void too_long_is_not_looked_at(void **state)
{
    (void)state;
    fixture_der der = {.len = x4c_key_der_max + 1};
    refuse_public(&der, "not a public key");
    refuse_private(&der, "not a private key, or an encrypted one");
}

/* Every prefix, and every byte changed: refused or accepted, but nothing else happens. */
static void junk(void **state)
{
    (void)state;
    EVP_PKEY *ec = fixture_ec("P-256");
    fixture_der der = fixture_spki(ec);
    fixture_der own = fixture_private(ec);
    const char *error;
    for (size_t len = 0; len < der.len; len++)
        assert_null(x4_public_key_new(crypto, (x4s_chunk){.data = der.data, .len = len}, &error));
    for (size_t i = 0; i < der.len; i++) {
        der.data[i] ^= 0xff;
        x4_public_key_free(x4_public_key_new(crypto, fixture_chunk(&der), &error));
        der.data[i] ^= 0xff;
    }
    for (size_t len = 0; len < own.len; len++)
        assert_null(x4_private_key_new(crypto, (x4s_chunk){.data = own.data, .len = len}, &error));
    EVP_PKEY_free(ec);
}

/* ------------------------------------------------------------------ memory */

static size_t fail_after;

static void *failing_alloc(void *context, size_t size)
{
    (void)context;
    return fail_after-- ? malloc(size) : NULL;
}

static void plain_free(void *context, void *pointer, size_t size)
{
    (void)context;
    (void)size;
    free(pointer);
}

static void without_memory(void **state)
{
    (void)state;
    const x4s_allocator allocator = {.alloc = failing_alloc, .free = plain_free};
    const char *error;
    fixture_der own = fixture_private(rsa);
    fail_after = SIZE_MAX;
    x4s_crypto *poor = x4_crypto_new(&allocator, NULL, NULL, &error);
    x4s_private_key *key = NULL;
    for (size_t n = 0; !key; n++) {
        fail_after = n;
        key = x4_private_key_new(poor, fixture_chunk(&own), &error);
        assert_true(key || strcmp(error, "out of memory") == 0);
        assert_true(n < 10);
    }
    fail_after = 1;
    assert_null(x4_private_key_opaque(poor, x4_private_key_public(key), &(x4s_key_holder){0}));
    fail_after = SIZE_MAX;
    x4_private_key_free(key);
    x4_crypto_free(poor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsa_public_in_both_forms),
        cmocka_unit_test(curves_by_name),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(curve_by_parameters_is_refused),
        cmocka_unit_test(point_off_the_curve_is_refused),
        cmocka_unit_test(rsa_sizes),
        cmocka_unit_test(names_of_types),
        cmocka_unit_test(private_in_all_forms),
        cmocka_unit_test(halves_that_do_not_fit),
        cmocka_unit_test(encrypted_private_is_refused),
        cmocka_unit_test(nothing_but_the_key),
        cmocka_unit_test(too_long_is_not_looked_at),
        cmocka_unit_test(junk),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
