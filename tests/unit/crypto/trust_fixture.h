/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_CRYPTO_TRUST_FIXTURE_H
#define TESTS_UNIT_CRYPTO_TRUST_FIXTURE_H

/*
 * A root, a certification authority below it, and stores that believe or doubt. Each test program
 * has them for itself.
 */

#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/internal.h"

static x4s_crypto *crypto;
static EVP_PKEY *key; /* of nearly everybody */
static X509 *root;
static X509 *middle;
static x4s_cert *root_cert;
static x4s_cert *middle_cert;

static inline int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    key = fixture_ec("P-256");
    root = fixture_x509(&(fixture_cert){.subject = "CN=root", .key = key, .ca = btrue});
    middle = fixture_x509(&(fixture_cert){.subject = "CN=middle",
                                          .key = key,
                                          .issuer = root,
                                          .issuer_key = key,
                                          .ca = btrue,
                                          .serial = 2});
    root_cert = fixture_parse(crypto, root);
    middle_cert = fixture_parse(crypto, middle);
    return crypto ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    x4_cert_free(middle_cert);
    x4_cert_free(root_cert);
    X509_free(middle);
    X509_free(root);
    EVP_PKEY_free(key);
    x4_crypto_free(crypto);
    return 0;
}

static inline x4s_cert *make(fixture_cert wanted)
{
    wanted.subject = wanted.subject ? wanted.subject : "CN=moon";
    wanted.key = wanted.key ? wanted.key : key;
    wanted.issuer_key = wanted.issuer_key ? wanted.issuer_key : key;
    wanted.serial = wanted.serial ? wanted.serial : 3;
    X509 *x509 = fixture_x509(&wanted);
    x4s_cert *made = fixture_parse(crypto, x509);
    X509_free(x509);
    return made;
}

static inline x4s_trust *trust_with(const x4s_cert *ca, x4s_trust_policy policy)
{
    const char *error;
    x4s_trust *trust = x4_trust_new(crypto, &policy);
    assert_non_null(trust);
    assert_true(x4_trust_add_ca(trust, ca, &error));
    return trust;
}

static inline void believes(x4s_trust *trust, const x4s_cert *const *chain, size_t count,
                            int64_t now)
{
    char reason[x4c_trust_reason];
    if (!x4_trust_verify(trust, chain, count, now, reason))
        fail_msg("%s", reason);
    assert_string_equal(reason, "");
    assert_int_equal(ERR_peek_error(), 0);
}

static inline void doubts(x4s_trust *trust, const x4s_cert *const *chain, size_t count, int64_t now,
                          const char *why)
{
    char reason[x4c_trust_reason];
    assert_false(x4_trust_verify(trust, chain, count, now, reason));
    assert_string_equal(reason, why);
    assert_int_equal(ERR_peek_error(), 0);
}

static inline void add_crl(x4s_trust *trust, fixture_crl wanted)
{
    const char *error = NULL;
    wanted.issuer = wanted.issuer ? wanted.issuer : root;
    wanted.issuer_key = wanted.issuer_key ? wanted.issuer_key : key;
    fixture_der der = fixture_crl_der(&wanted);
    if (!x4_trust_add_crl(trust, fixture_chunk(&der), &error))
        fail_msg("%s", error);
}

#endif
