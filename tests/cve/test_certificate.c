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

/*
 * Faults in reading certificates and names, and in believing them.
 */

static x4s_crypto *crypto;
static EVP_PKEY *key;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    key = fixture_ec("P-256");
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    x4_crypto_free(crypto);
    return 0;
}

/* A certificate, signed by somebody else, for an RSA key of these numbers. */
static void refuse_rsa(const BIGNUM *n, const BIGNUM *e, const char *why)
{
    EVP_PKEY *odd = fixture_rsa_public(n, e);
    X509 *issuer = fixture_x509(&(fixture_cert){.subject = "CN=root", .key = key, .ca = btrue});
    X509 *x509 = fixture_x509(
        &(fixture_cert){.subject = "CN=odd", .key = odd, .issuer = issuer, .issuer_key = key});
    fixture_der der = fixture_x509_der(x509);
    const char *error = NULL;
    assert_null(x4_cert_new(crypto, fixture_chunk(&der), &error));
    assert_string_equal(error, why);

    fixture_der spki = fixture_spki(odd);
    assert_null(x4_public_key_new(crypto, fixture_chunk(&spki), &error));
    assert_string_equal(error, why);
    X509_free(x509);
    X509_free(issuer);
    EVP_PKEY_free(odd);
}

static BIGNUM *modulus(bval even)
{
    BIGNUM *n = BN_new();
    BN_zero(n);
    BN_set_bit(n, 2047);
    if (!even)
        BN_set_bit(n, 0);
    return n;
}

static void refuse_exponents(const unsigned *words, size_t count)
{
    BIGNUM *n = modulus(bfalse);
    BIGNUM *e = BN_new();
    for (size_t i = 0; i < count; i++) {
        BN_set_word(e, words[i]);
        refuse_rsa(n, e, "RSA exponent is even, less than 3, or longer than 64 bits");
    }
    BN_free(e);
    BN_free(n);
}

/* libreswan: an exponent of zero gave no key, and an assertion that there is one. */
static void cve_2026_14957(void **state)
{
    (void)state;
    static const unsigned words[] = {0};
    refuse_exponents(words, x4m_countof(words));
}

/* strongSwan: an even modulus or an exponent of zero ended in a division by zero. */
static void cve_2017_9022(void **state)
{
    (void)state;
    static const unsigned words[] = {0, 1, 2, 4, 65536};
    refuse_exponents(words, x4m_countof(words));
    BIGNUM *n = modulus(btrue);
    BIGNUM *e = BN_new();
    BN_set_word(e, 65537);
    refuse_rsa(n, e, "RSA modulus is even");
    BN_free(n);

    /* As long as the modulus: each verification would cost as much as a signature. */
    n = modulus(bfalse);
    refuse_rsa(n, n, "RSA exponent is even, less than 3, or longer than 64 bits");
    BN_free(e);
    BN_free(n);
}

/* strongSwan: a CHOICE inside a loop of the ASN.1 parser never ended: nested, endless, empty. */
static void cve_2017_9023(void **state)
{
    (void)state;
    static const uint8_t fills[] = {0x30, 0x31, 0xa0, 0xa3, 0x24, 0x05, 0x00};
    static uint8_t data[x4c_cert_size_max];
    const char *error;
    for (size_t i = 0; i < x4m_countof(fills); i++) {
        memset(data, fills[i], sizeof(data));
        for (size_t k = 0; k + 1 < sizeof(data) && fills[i]; k += 2)
            data[k + 1] = 0x80; /* indefinite lengths all the way down */
        x4s_cert *certs[x4c_cert_chain_max];
        size_t count;
        const x4s_chunk junk = {.data = data, .len = sizeof(data)};
        assert_null(x4_cert_new(crypto, junk, &error));
        assert_false(x4_cert_pkcs7_read(crypto, junk, certs, x4c_cert_chain_max, &count, &error));
        assert_false(x4_dn_valid(junk));
        assert_false(x4_dn_valid((x4s_chunk){.data = data, .len = x4c_dn_size_max}));
    }
}

/* strongSwan: IDs of type DN were compared over the shorter length: a prefix was enough. */
static void cve_2013_6075(void **state)
{
    (void)state;
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = "C=CH, O=strongSwan, CN=moon",
                                              .key = key,
                                              .alt_name = "DNS:moon.strongswan.org"});
    x4s_cert *cert = fixture_parse(crypto, x509);
    x4s_chunk dn = x4_cert_subject(cert);
    const x4s_chunk name = {.data = (const uint8_t *)"moon.strongswan.org", .len = 19};
    assert_true(x4_cert_speaks_for(cert, 9, dn));
    assert_true(x4_cert_speaks_for(cert, 2, name));
    for (size_t len = 0; len < dn.len; len++) {
        const x4s_chunk prefix = {.data = dn.data, .len = len};
        assert_false(x4_cert_speaks_for(cert, 9, prefix));
        assert_false(x4_dn_equal(prefix, dn));
        assert_int_equal(x4_dn_match(dn, prefix), -1);
    }
    for (size_t len = 0; len < name.len; len++)
        assert_false(x4_cert_speaks_for(cert, 2, (x4s_chunk){.data = name.data, .len = len}));
    x4_cert_free(cert);
    X509_free(x509);
}

static void parse_names(void)
{
    static char text[70000];
    uint8_t der[x4c_dn_size_max];
    const char *error;
    size_t len;
    for (size_t size = 1; size < sizeof(text); size = size * 3 / 2 + 1) {
        static const char *const heads[] = {"CN=", "CN=#", "CN=\"", "2.5.", "CN=a,", ""};
        for (size_t i = 0; i < x4m_countof(heads); i++) {
            memset(text, '1', size);
            text[size] = '\0';
            memcpy(text, heads[i], x4m_min(strlen(heads[i]), size));
            for (size_t room = 0; room <= 64; room += 16) {
                if (x4_dn_parse(text, der, room, &len, &error))
                    assert_true(len <= room && x4_dn_valid((x4s_chunk){der, len}));
            }
            if (x4_dn_parse(text, der, sizeof(der), &len, &error))
                assert_true(len <= sizeof(der) && x4_dn_valid((x4s_chunk){der, len}));
        }
    }
}

/* libreswan: atodn() wrote a name from text past the end of its buffer. */
static void cve_2013_2052(void **state)
{
    (void)state;
    parse_names();
}

/* openswan: the same function. */
static void cve_2013_2053(void **state)
{
    (void)state;
    parse_names();
}

/* strongSwan: the same function. */
static void cve_2013_2054(void **state)
{
    (void)state;
    parse_names();
}

/* strongSwan: what a certificate that nobody trusts names as its CRL was fetched. */
static void cve_2022_40617(void **state)
{
    (void)state;
    const char *error;
    X509 *root = fixture_x509(&(fixture_cert){.subject = "CN=root", .key = key, .ca = btrue});
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = "CN=moon",
                                              .key = key,
                                              .issuer = root,
                                              .issuer_key = key,
                                              .alt_name = "URI:http://192.0.2.1/crl"});
    x4s_cert *ca = fixture_parse(crypto, root);
    x4s_cert *cert = fixture_parse(crypto, x509);
    x4s_trust *trust = x4_trust_new(crypto, &(x4s_trust_policy){.crl = x4c_trust_crl_strict});
    assert_true(x4_trust_add_ca(trust, ca, &error));

    /* Without a CRL at hand the answer is no; none is looked for. */
    char reason[x4c_trust_reason];
    const x4s_cert *const chain[] = {cert};
    assert_false(x4_trust_verify(trust, chain, 1, FIXTURE_NOW, reason));
    assert_string_equal(reason, "unable to get certificate CRL: CN=moon");
    x4_trust_free(trust);
    x4_cert_free(cert);
    x4_cert_free(ca);
    X509_free(x509);
    X509_free(root);
}

/* racoon: an error of the certificate's verification was ignored in the peer's favour. */
static void cve_2004_0607(void **state)
{
    (void)state;
    const char *error;
    static const struct {
        int64_t now;
        bval ok;
    } rows[] = {{FIXTURE_NOW, btrue},
                {FIXTURE_NOW + 2 * FIXTURE_DAY, bfalse},
                {FIXTURE_NOW - 2 * FIXTURE_DAY, bfalse}};
    X509 *root = fixture_x509(&(fixture_cert){.subject = "CN=root", .key = key, .ca = btrue});
    X509 *self = fixture_x509(&(fixture_cert){.subject = "CN=self", .key = key});
    x4s_cert *ca = fixture_parse(crypto, root);
    x4s_cert *stranger = fixture_parse(crypto, self);
    x4s_trust *trust = x4_trust_new(crypto, &(x4s_trust_policy){.crl = x4c_trust_crl_soft});
    assert_true(x4_trust_add_ca(trust, ca, &error));
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        char reason[x4c_trust_reason];
        const x4s_cert *const anchor[] = {ca};
        const x4s_cert *const chain[] = {stranger, ca};
        assert_int_equal(x4_trust_verify(trust, anchor, 1, rows[i].now, reason), rows[i].ok);
        assert_false(x4_trust_verify(trust, chain, 2, rows[i].now, reason));
    }
    x4_trust_free(trust);
    x4_cert_free(stranger);
    x4_cert_free(ca);
    X509_free(self);
    X509_free(root);
}

/* -------------------------------------------------------------------------- trust under attack */

/* A root, and what it is asked about. */
struct court {
    X509 *root;
    x4s_cert *ca;
    x4s_trust *trust;
};

static struct court court_new(EVP_PKEY *root_key)
{
    const char *error;
    struct court court = {
        .root = fixture_x509(&(fixture_cert){.subject = "CN=root", .key = root_key, .ca = btrue})};
    court.ca = fixture_parse(crypto, court.root);
    court.trust = x4_trust_new(crypto, &(x4s_trust_policy){.crl = x4c_trust_crl_soft});
    assert_true(x4_trust_add_ca(court.trust, court.ca, &error));
    return court;
}

static void court_free(struct court *court)
{
    x4_trust_free(court->trust);
    x4_cert_free(court->ca);
    X509_free(court->root);
}

/* The certificate if it is one and is believed, or NULL. */
static x4s_cert *believe(const struct court *court, x4s_chunk der)
{
    const char *error;
    char reason[x4c_trust_reason];
    x4s_cert *cert = x4_cert_new(crypto, der, &error);
    const x4s_cert *const chain[] = {cert};
    if (cert && x4_trust_verify(court->trust, chain, 1, FIXTURE_NOW, reason))
        return cert;
    x4_cert_free(cert);
    return NULL;
}

/* Signs again, with RSASSA-PSS and a salt of this length. */
static void sign_pss(X509 *x509, EVP_PKEY *signer, int salt)
{
    EVP_PKEY_CTX *pkey_ctx;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, &pkey_ctx, EVP_sha256(), NULL, signer), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, salt), 1);
    assert_true(X509_sign_ctx(x509, ctx) > 0);
    EVP_MD_CTX_free(ctx);
}

/* Replaces the lengths of salts in the parameters, wherever they are; returns how many. */
static unsigned patch_salts(fixture_der *der, uint16_t salt)
{
    static const uint8_t pattern[] = {0xa2, 0x04, 0x02, 0x02, 0x00, 0xc8};
    unsigned count = 0;
    for (size_t at = 0; at + sizeof(pattern) <= der->len; at++) {
        if (memcmp(der->data + at, pattern, sizeof(pattern)) != 0)
            continue;
        der->data[at + 4] = (uint8_t)(salt >> 8);
        der->data[at + 5] = (uint8_t)salt;
        count++;
    }
    return count;
}

/* strongSwan: the length of a salt was believed, and added to others. */
static void cve_2021_41990(void **state)
{
    (void)state;
    enum { SALT = 200 };
    static const uint16_t salts[] = {0, 1, SALT + 1, 0x0100, 0x7fff, 0x8000, 0xff38, 0xffff};
    EVP_PKEY *rsa = fixture_rsa(2048);
    struct court court = court_new(rsa);
    X509 *x509 = fixture_x509(
        &(fixture_cert){.subject = "CN=moon", .key = key, .issuer = court.root, .issuer_key = rsa});
    sign_pss(x509, rsa, SALT);
    fixture_der der = fixture_x509_der(x509);
    x4s_cert *cert = believe(&court, fixture_chunk(&der));
    assert_non_null(cert);
    x4_cert_free(cert);
    for (size_t i = 0; i < x4m_countof(salts); i++) {
        fixture_der spoilt = der;
        assert_int_equal(patch_salts(&spoilt, salts[i]), 2);
        assert_null(believe(&court, fixture_chunk(&spoilt)));
    }
    X509_free(x509);
    court_free(&court);
    EVP_PKEY_free(rsa);
}

/* A generator of its own, so that a seed is a run: xorshift64. */
static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void spoil(fixture_der *der, uint64_t *random)
{
    for (uint64_t changes = 1 + draw(random) % 4; changes > 0; changes--) {
        size_t at = draw(random) % der->len;
        static const uint8_t values[] = {0, 1, 0x30, 0x7f, 0x80, 0x82, 0xff};
        if (draw(random) % 2)
            der->data[at] = values[draw(random) % sizeof(values)];
        else
            der->data[at] ^= (uint8_t)(1u << draw(random) % 8);
    }
    if (draw(random) % 8 == 0)
        der->len = draw(random) % der->len;
}

/* What is believed all the same says what the original said. */
static void look_at_spoilt(const struct court *court, const x4s_cert *original, x4s_chunk der)
{
    x4s_cert *cert = believe(court, der);
    if (!cert)
        return;
    x4s_chunk subject = x4_cert_subject(cert);
    assert_true(x4_dn_equal(subject, x4_cert_subject(original)));
    assert_true(x4_public_key_equal(x4_cert_key(cert), x4_cert_key(original)));
    x4_cert_free(cert);
}

/* Many daemons: certificates of rubbish. Thousands of spoilt ones, bare and in PKCS#7. */
static void spoilt_certificates(void **state)
{
    (void)state;
    enum { ROUNDS = 1500, SEED = 1509 };
    uint64_t random = SEED;
    struct court court = court_new(key);
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = "C=CH, O=strongSwan, CN=moon",
                                              .key = key,
                                              .issuer = court.root,
                                              .issuer_key = key,
                                              .key_usage = "digitalSignature",
                                              .alt_name = "DNS:moon.example,IP:192.0.2.1"});
    x4s_cert *original = fixture_parse(crypto, x509);
    const x4s_cert *const chain[] = {original, court.ca};
    const fixture_der der = fixture_x509_der(x509);
    fixture_der bag;
    assert_true(x4_cert_pkcs7_write(chain, 2, bag.data, sizeof(bag.data), &bag.len));
    printf("seed %d\n", SEED);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *error;
        size_t count = 0;
        x4s_cert *certs[x4c_cert_chain_max];
        fixture_der spoilt = der;
        spoil(&spoilt, &random);
        look_at_spoilt(&court, original, fixture_chunk(&spoilt));
        spoilt = bag;
        spoil(&spoilt, &random);
        if (!x4_cert_pkcs7_read(crypto, fixture_chunk(&spoilt), certs, x4c_cert_chain_max, &count,
                                &error))
            continue;
        for (size_t i = 0; i < count; i++)
            x4_cert_free(certs[i]);
    }
    x4_cert_free(original);
    X509_free(x509);
    court_free(&court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2026_14957),      cmocka_unit_test(cve_2017_9022),
        cmocka_unit_test(cve_2017_9023),       cmocka_unit_test(cve_2013_6075),
        cmocka_unit_test(cve_2013_2052),       cmocka_unit_test(cve_2013_2053),
        cmocka_unit_test(cve_2013_2054),       cmocka_unit_test(cve_2022_40617),
        cmocka_unit_test(cve_2004_0607),       cmocka_unit_test(cve_2021_41990),
        cmocka_unit_test(spoilt_certificates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
