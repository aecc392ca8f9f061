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

#define SUBJECT "C=CH, O=strongSwan, CN=moon.strongswan.org"
#define NAMES                                                                                      \
    "DNS:moon.strongswan.org,DNS:*.example.org,IP:192.0.2.1,IP:2001:db8::1,"                       \
    "email:moon@strongswan.org,URI:http://strongswan.org/"

static x4s_crypto *crypto;
static EVP_PKEY *key;
static X509 *root;
static X509 *leaf;
static x4s_cert *cert;

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    key = fixture_ec("P-256");
    root = fixture_x509(&(fixture_cert){.subject = "C=CH, CN=root", .key = key, .ca = btrue});
    leaf = fixture_x509(&(fixture_cert){.subject = SUBJECT,
                                        .key = key,
                                        .issuer = root,
                                        .issuer_key = key,
                                        .key_usage = "digitalSignature",
                                        .alt_name = NAMES});
    cert = fixture_parse(crypto, leaf);
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    x4_cert_free(cert);
    X509_free(leaf);
    X509_free(root);
    EVP_PKEY_free(key);
    x4_crypto_free(crypto);
    return 0;
}

static x4s_cert *make(const fixture_cert *wanted)
{
    X509 *x509 = fixture_x509(wanted);
    x4s_cert *made = fixture_parse(crypto, x509);
    X509_free(x509);
    return made;
}

static void refuse(const fixture_der *der, const char *why)
{
    const char *error = NULL;
    assert_null(x4_cert_new(crypto, fixture_chunk(der), &error));
    assert_string_equal(error, why);
    assert_int_equal(ERR_peek_error(), 0);
}

/* ------------------------------------------------------------------ what stands in it */

static void contents(void **state)
{
    (void)state;
    char text[256];
    fixture_der der = fixture_x509_der(leaf);
    fixture_der spki = fixture_spki(key);
    assert_int_equal(x4_cert_der(cert).len, der.len);
    assert_memory_equal(x4_cert_der(cert).data, der.data, der.len);
    assert_string_equal(x4_dn_format(x4_cert_subject(cert), text, sizeof(text)), SUBJECT);
    assert_string_equal(x4_dn_format(x4_cert_issuer(cert), text, sizeof(text)), "C=CH, CN=root");
    assert_int_equal(x4_cert_not_before(cert), FIXTURE_NOW - FIXTURE_DAY);
    assert_int_equal(x4_cert_not_after(cert), FIXTURE_NOW + FIXTURE_DAY);
    assert_int_equal(x4_public_key_type(x4_cert_key(cert)), x4c_key_ecdsa256);
    assert_memory_equal(x4_public_key_der(x4_cert_key(cert)).data, spki.data, spki.len);
    assert_false(x4_cert_is_ca(cert));
}

/* UTCTime, GeneralizedTime, and before the epoch. */
static void dates(void **state)
{
    (void)state;
    static const struct {
        int64_t from;
        int64_t to;
    } rows[] = {
        {INT64_C(-86400), INT64_C(86399)},
        {INT64_C(-315619200), INT64_C(2524607999)},  /* 1960-01-01, 2049-12-31 23:59:59 */
        {INT64_C(951782400), INT64_C(253402300799)}, /* 2000-02-29, 9999-12-31 23:59:59 */
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_cert *c = make(&(fixture_cert){
            .subject = "CN=a", .key = key, .not_before = rows[i].from, .not_after = rows[i].to});
        assert_int_equal(x4_cert_not_before(c), rows[i].from);
        assert_int_equal(x4_cert_not_after(c), rows[i].to);
        x4_cert_free(c);
    }
}

static void usages(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        bval may_sign;
    } rows[] = {
        {NULL, btrue},
        {"digitalSignature", btrue},
        {"nonRepudiation", btrue},
        {"critical,keyEncipherment,digitalSignature", btrue},
        {"keyEncipherment", bfalse},
        {"keyCertSign,cRLSign", bfalse},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_cert *c =
            make(&(fixture_cert){.subject = "CN=a", .key = key, .key_usage = rows[i].usage});
        assert_int_equal(x4_cert_may_sign(c), rows[i].may_sign);
        x4_cert_free(c);
    }
}

static void authorities(void **state)
{
    (void)state;
    x4s_cert *ca = fixture_parse(crypto, root);
    assert_true(x4_cert_is_ca(ca));
    x4_cert_free(ca);
    ca = make(&(fixture_cert){
        .subject = "CN=a", .key = key, .ca = btrue, .key_usage = "digitalSignature"});
    assert_false(x4_cert_is_ca(ca)); /* keyUsage forbids it */
    x4_cert_free(ca);
}

/* ------------------------------------------------------------------ identities */

enum { IPV4 = 1, FQDN = 2, USER_FQDN = 3, IPV4_SUBNET = 4, IPV6 = 5, DN = 9, GN = 10, KEY_ID = 11 };

static bval speaks(uint8_t type, const void *data, size_t len)
{
    return x4_cert_speaks_for(cert, type, (x4s_chunk){.data = data, .len = len});
}

static void names_of_hosts(void **state)
{
    (void)state;
    assert_true(speaks(FQDN, "moon.strongswan.org", 19));
    assert_true(speaks(FQDN, "MOON.strongSwan.org", 19));
    assert_true(speaks(FQDN, "*.example.org", 13));
    assert_false(speaks(FQDN, "a.example.org", 13));
    assert_false(speaks(FQDN, "moon.strongswan.org.", 20));
    assert_false(speaks(FQDN, "moon.strongswan.org\0", 20));
    assert_false(speaks(FQDN, "moon.strongswan.or", 18));
    assert_false(speaks(FQDN, "", 0));
    assert_false(speaks(FQDN, "moon@strongswan.org", 19));
    assert_true(speaks(USER_FQDN, "moon@strongswan.org", 19));
    assert_false(speaks(USER_FQDN, "moon.strongswan.org", 19));
    assert_false(speaks(KEY_ID, "moon.strongswan.org", 19));
    assert_false(speaks(0, "moon.strongswan.org", 19));
}

static void addresses(void **state)
{
    (void)state;
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    assert_true(speaks(IPV4, "\xc0\x00\x02\x01", 4));
    assert_false(speaks(IPV4, "\xc0\x00\x02\x02", 4));
    assert_false(speaks(IPV4, "\xc0\x00\x02", 3));
    assert_true(speaks(IPV6, v6, 16));
    assert_false(speaks(IPV6, "\xc0\x00\x02\x01", 4));
    assert_false(speaks(IPV4, v6, 16));
    assert_false(speaks(IPV4_SUBNET, "\xc0\x00\x02\x01\xff\xff\xff\xff", 8));
}

static void distinguished_names(void **state)
{
    (void)state;
    uint8_t der[x4c_dn_size_max];
    size_t len;
    const char *error;
    assert_true(
        x4_dn_parse("c=ch, o=STRONGSWAN, cn=moon.strongswan.org", der, sizeof(der), &len, &error));
    assert_true(speaks(DN, der, len));
    assert_false(speaks(DN, der, len - 1));
    assert_true(x4_dn_parse("C=CH, O=strongSwan, CN=*", der, sizeof(der), &len, &error));
    assert_false(speaks(DN, der, len));
}

static void general_names(void **state)
{
    (void)state;
    assert_true(speaks(GN, "\x82\x13moon.strongswan.org", 21));
    assert_true(speaks(GN, "\x86\x16http://strongswan.org/", 24));
    assert_true(speaks(GN, "\x87\x04\xc0\x00\x02\x01", 6));
    assert_false(speaks(GN, "\x82\x13moon.strongswan.org", 20));
    assert_false(speaks(GN, "\x81\x13moon.strongswan.org", 21));
    assert_false(speaks(GN, "\x87\x04", 2));
}

static void without_names(void **state)
{
    (void)state;
    x4s_cert *c = make(&(fixture_cert){.subject = "CN=moon.strongswan.org", .key = key});
    const x4s_chunk id = {.data = (const uint8_t *)"moon.strongswan.org", .len = 19};
    assert_false(x4_cert_speaks_for(c, FQDN, id));
    assert_false(x4_cert_speaks_for(c, GN, id));
    assert_true(x4_cert_speaks_for(c, DN, x4_cert_subject(c)));
    x4_cert_free(c);
}

/* ------------------------------------------------------------------ PKCS#7 */

static void pkcs7_there_and_back(void **state)
{
    (void)state;
    uint8_t data[4096];
    size_t len;
    size_t count;
    const char *error;
    x4s_cert *ca = fixture_parse(crypto, root);
    const x4s_cert *const own[] = {cert, ca};
    x4s_cert *read[x4c_cert_chain_max] = {NULL};
    assert_true(x4_cert_pkcs7_write(own, 2, data, sizeof(data), &len));
    assert_true(x4_cert_pkcs7_read(crypto, (x4s_chunk){.data = data, .len = len}, read,
                                   x4c_cert_chain_max, &count, &error));
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(x4_cert_der(read[i]).len, x4_cert_der(own[i]).len);
        assert_memory_equal(x4_cert_der(read[i]).data, x4_cert_der(own[i]).data,
                            x4_cert_der(own[i]).len);
        x4_cert_free(read[i]);
    }
    assert_false(x4_cert_pkcs7_write(own, 2, data, len - 1, &len));
    x4_cert_free(ca);
}

static void refuse_pkcs7(const uint8_t *data, size_t len, size_t max, const char *why)
{
    x4s_cert *read[x4c_cert_chain_max] = {NULL};
    size_t count;
    const char *error = NULL;
    assert_false(x4_cert_pkcs7_read(crypto, (x4s_chunk){.data = data, .len = len}, read, max,
                                    &count, &error));
    assert_string_equal(error, why);
    assert_int_equal(count, 0);
    assert_null(read[0]);
    assert_int_equal(ERR_peek_error(), 0);
}

static void pkcs7_that_is_refused(void **state)
{
    (void)state;
    /* data, envelopedData without content, and signedData without content */
    static const uint8_t other[] = "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    static const uint8_t empty[] = "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    uint8_t data[4096];
    size_t len;
    const x4s_cert *const own[] = {cert, cert};
    refuse_pkcs7(other, sizeof(other) - 1, 1, "not a PKCS#7 SignedData");
    refuse_pkcs7(empty, sizeof(empty) - 1, 1, "not a PKCS#7 SignedData");
    refuse_pkcs7(data, 0, 1, "not a PKCS#7 SignedData");
    assert_true(x4_cert_pkcs7_write(own, 0, data, sizeof(data), &len));
    refuse_pkcs7(data, len, 1, "PKCS#7 without certificates");
    assert_true(x4_cert_pkcs7_write(own, 2, data, sizeof(data), &len));
    refuse_pkcs7(data, len, 1, "PKCS#7 with too many certificates");
    data[len] = 0;
    refuse_pkcs7(data, len + 1, 2, "not a PKCS#7 SignedData");
    for (size_t i = 0; i < len; i += 3)
        refuse_pkcs7(data, i, 2, "not a PKCS#7 SignedData");
}

/* The second certificate is refused: the first is not left behind. */
static void pkcs7_all_or_nothing(void **state)
{
    (void)state;
    uint8_t data[4096];
    size_t len;
    EVP_PKEY *foreign = fixture_ec("brainpoolP256r1");
    X509 *x509 = fixture_x509(&(fixture_cert){.subject = "CN=b", .key = foreign});
    x4s_cert odd = {.x509 = x509};
    const x4s_cert *const own[] = {cert, &odd};
    assert_true(x4_cert_pkcs7_write(own, 2, data, sizeof(data), &len));
    refuse_pkcs7(data, len, 2, "elliptic curve is none of P-256, P-384, P-521");
    X509_free(x509);
    EVP_PKEY_free(foreign);
}

/* ------------------------------------------------------------------ CERT_REQUEST */

static void answers(void **state)
{
    (void)state;
    X509 *middle_x509 = fixture_x509(&(fixture_cert){
        .subject = "CN=middle", .key = key, .issuer = root, .issuer_key = key, .ca = btrue});
    x4s_cert *middle = fixture_parse(crypto, middle_x509);
    x4s_cert *alone = make(&(fixture_cert){.subject = "CN=alone", .key = key});
    x4s_cert *under = make(&(fixture_cert){
        .subject = "CN=under", .key = key, .issuer = middle_x509, .issuer_key = key});
    const x4s_cert *const first[] = {alone};
    const x4s_cert *const second[] = {under, middle};
    const x4s_cert_chain chains[] = {{first, 1}, {second, 2}};
    const x4s_cert_request by_root = {x4c_cert_x509_sign, x4_cert_issuer(middle)};
    const x4s_cert_request by_middle = {x4c_cert_pkcs7, x4_cert_subject(middle)};
    const x4s_cert_request by_alone = {x4c_cert_x509_sign, x4_cert_subject(alone)};
    const x4s_cert_request by_other = {x4c_cert_x509_sign, x4_cert_subject(under)};
    const x4s_cert_request any = {x4c_cert_x509_sign, {NULL, 0}};
    const x4s_cert_request crl = {x4c_cert_crl, {NULL, 0}};

    assert_true(x4_cert_answers(&chains[1], &by_root));
    assert_true(x4_cert_answers(&chains[1], &by_middle));
    assert_false(x4_cert_answers(&chains[0], &by_root));
    assert_true(x4_cert_answers(&chains[0], &any));
    assert_false(x4_cert_answers(&chains[0], &crl));

    assert_int_equal(x4_cert_choose(chains, 2, NULL, 0), 0);
    assert_int_equal(x4_cert_choose(chains, 2, &any, 1), 0);
    assert_int_equal(x4_cert_choose(chains, 2, &by_root, 1), 1);
    assert_int_equal(x4_cert_choose(chains, 2, &by_other, 1), x4c_cert_no_choice);
    assert_int_equal(x4_cert_choose(chains, 0, NULL, 0), x4c_cert_no_choice);
    const x4s_cert_request both[] = {by_root, by_alone};
    assert_int_equal(x4_cert_choose(chains, 2, both, 2), 0);
    x4_cert_free(under);
    x4_cert_free(alone);
    x4_cert_free(middle);
    X509_free(middle_x509);
}

/* ------------------------------------------------------------------ malformed */

static void nothing_but_the_certificate(void **state)
{
    (void)state;
    fixture_der der = fixture_x509_der(leaf);
    der.len++;
    refuse(&der, "not a certificate");
    der.len = 0;
    refuse(&der, "not a certificate");
    const char *error;
    uint8_t *large = calloc(1, x4c_cert_size_max + 1);
    assert_null(
        x4_cert_new(crypto, (x4s_chunk){.data = large, .len = x4c_cert_size_max + 1}, &error));
    free(large);
}

/* subjectAltName that is a NULL. */
static void malformed_names(void **state)
{
    (void)state;
    X509 *x509 =
        fixture_x509(&(fixture_cert){.subject = "CN=a", .key = key, .critical_oid = "2.5.29.17"});
    fixture_der der = fixture_x509_der(x509);
    refuse(&der, "certificate has malformed extensions");
    X509_free(x509);
}

/* As many attributes as a name may have, and one more. */
static void long_name(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    X509 *x509 = X509_dup(leaf);
    for (int i = 0; i <= x4c_dn_rdns_max; i++) {
        X509_set_subject_name(x509, name);
        X509_sign(x509, key, EVP_sha256());
        x4s_cert *c = fixture_parse(crypto, x509);
        assert_int_equal(x4_cert_subject(c).len > 2, i > 0);
        x4_cert_free(c);
        assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName, MBSTRING_ASC,
                                                    (const uint8_t *)"x", 1, -1, 0),
                         1);
    }
    X509_set_subject_name(x509, name);
    X509_sign(x509, key, EVP_sha256());
    fixture_der der = fixture_x509_der(x509);
    refuse(&der, "certificate has a malformed name");
    X509_free(x509);
    X509_NAME_free(name);
}

static void every_prefix(void **state)
{
    (void)state;
    fixture_der der = fixture_x509_der(leaf);
    for (; der.len--;)
        refuse(&der, "not a certificate");
}

/* Whatever OpenSSL accepts can be asked everything. */
static void every_byte(void **state)
{
    (void)state;
    fixture_der der = fixture_x509_der(leaf);
    char text[256];
    for (size_t i = 0; i < der.len; i++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            const char *error = NULL;
            der.data[i] ^= (uint8_t)(1U << bit);
            x4s_cert *c = x4_cert_new(crypto, fixture_chunk(&der), &error);
            if (c) {
                assert_non_null(x4_cert_key(c));
                x4_dn_format(x4_cert_subject(c), text, sizeof(text));
                assert_false(x4_cert_speaks_for(c, FQDN, x4_cert_subject(c)));
                assert_false(x4_cert_speaks_for(c, GN, x4_cert_subject(c)));
                (void)x4_cert_is_ca(c);
            } else {
                assert_non_null(error);
            }
            x4_cert_free(c);
            der.data[i] ^= (uint8_t)(1U << bit);
        }
    }
}

static void *no_alloc(void *context, size_t size)
{
    size_t *left = context;
    return (*left)-- ? malloc(size) : NULL;
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
    size_t left = SIZE_MAX;
    const x4s_allocator allocator = {.alloc = no_alloc, .free = plain_free, .context = &left};
    const char *error;
    fixture_der der = fixture_x509_der(leaf);
    x4s_crypto *poor = x4_crypto_new(&allocator, NULL, NULL, &error);
    x4s_cert *c = NULL;
    for (size_t n = 0; !c; n++) {
        left = n;
        c = x4_cert_new(poor, fixture_chunk(&der), &error);
        assert_true(c || strcmp(error, "out of memory") == 0);
        assert_true(n < 10);
    }
    x4_cert_free(c);
    left = SIZE_MAX;
    x4_crypto_free(poor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents),
        cmocka_unit_test(dates),
        cmocka_unit_test(usages),
        cmocka_unit_test(authorities),
        cmocka_unit_test(names_of_hosts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(distinguished_names),
        cmocka_unit_test(general_names),
        cmocka_unit_test(without_names),
        cmocka_unit_test(pkcs7_there_and_back),
        cmocka_unit_test(pkcs7_that_is_refused),
        cmocka_unit_test(pkcs7_all_or_nothing),
        cmocka_unit_test(answers),
        cmocka_unit_test(nothing_but_the_certificate),
        cmocka_unit_test(malformed_names),
        cmocka_unit_test(long_name),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(every_byte),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
