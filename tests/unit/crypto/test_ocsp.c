/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/crypto/trust_fixture.h"

/* Everybody who may say something about a certificate of the root. */
struct responders {
    X509 *moon; /* what it is about */
    EVP_PKEY *key;
    X509 *appointed;
    X509 *unappointed; /* issued, but for something else */
    X509 *expired;
    X509 *of_middle; /* appointed by another authority */
};

static struct responders responders_new(void)
{
    struct responders r = {.key = fixture_ec("P-256")};
    const fixture_cert base = {.subject = "CN=responder",
                               .key = r.key,
                               .issuer = root,
                               .issuer_key = key,
                               .ext_key_usage = "OCSPSigning",
                               .serial = 9};
    fixture_cert one = base;
    r.appointed = fixture_x509(&one);
    one.ext_key_usage = "clientAuth";
    r.unappointed = fixture_x509(&one);
    one = base;
    one.not_after = FIXTURE_NOW - 1;
    r.expired = fixture_x509(&one);
    one = base;
    one.issuer = middle;
    r.of_middle = fixture_x509(&one);
    r.moon = fixture_x509(&(fixture_cert){
        .subject = "CN=moon", .key = key, .issuer = root, .issuer_key = key, .serial = 3});
    return r;
}

static void responders_free(struct responders *r)
{
    X509_free(r->moon);
    X509_free(r->appointed);
    X509_free(r->unappointed);
    X509_free(r->expired);
    X509_free(r->of_middle);
    EVP_PKEY_free(r->key);
}

static bval add_ocsp(x4s_trust *trust, const struct responders *r, fixture_ocsp wanted,
                     const char **error)
{
    wanted.about = wanted.about ? wanted.about : r->moon;
    wanted.issuer = wanted.issuer ? wanted.issuer : root;
    wanted.signer = wanted.signer ? wanted.signer : root;
    if (!wanted.signer_key)
        wanted.signer_key = wanted.signer == root || wanted.signer == middle ? key : r->key;
    fixture_der der = fixture_ocsp_der(&wanted);
    bval added = x4_trust_add_ocsp(trust, fixture_chunk(&der), error);
    assert_int_equal(ERR_peek_error(), 0);
    return added;
}

/* Strict, without any list: what the responses say is all there is. */
static void ocsp_answers(void **state)
{
    (void)state;
    static const char silent[] = "unable to get certificate CRL: CN=moon";
    static const char revoked[] = "certificate revoked: CN=moon";
    struct responders r = responders_new();
    X509 *sibling = fixture_x509(&(fixture_cert){
        .subject = "CN=moon", .key = key, .issuer = root, .issuer_key = key, .serial = 4});
    const struct {
        fixture_ocsp wanted;
        const char *strict;
        const char *soft;
    } rows[] = {
        {{.status = V_OCSP_CERTSTATUS_GOOD}, NULL, NULL},
        {{.signer = r.appointed}, NULL, NULL},
        {{.status = V_OCSP_CERTSTATUS_REVOKED}, silent, revoked},
        {{.status = V_OCSP_CERTSTATUS_UNKNOWN}, silent, NULL},
        {{.next_update = FIXTURE_NOW - 1}, silent, NULL},
        {{.next_update = FIXTURE_NOW - 1, .status = V_OCSP_CERTSTATUS_REVOKED}, silent, revoked},
        {{.this_update = FIXTURE_NOW + 1}, silent, NULL},
        {{.next_update = -1}, silent, NULL},
        {{.about = sibling}, silent, NULL},
        {{.about = sibling, .status = V_OCSP_CERTSTATUS_REVOKED}, silent, NULL},
        {{.signer = r.expired}, silent, NULL},
    };
    x4s_cert *moon = fixture_parse(crypto, r.moon);
    const x4s_cert *const chain[] = {moon};
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        for (size_t soft = 0; soft < 2; soft++) {
            const char *why = soft ? rows[i].soft : rows[i].strict;
            const char *error;
            x4s_trust *trust =
                trust_with(root_cert, (x4s_trust_policy){.crl = soft ? x4c_trust_crl_soft
                                                                     : x4c_trust_crl_strict});
            assert_true(add_ocsp(trust, &r, rows[i].wanted, &error));
            if (why)
                doubts(trust, chain, 1, FIXTURE_NOW, why);
            else
                believes(trust, chain, 1, FIXTURE_NOW);
            x4_trust_free(trust);
        }
    }
    x4_cert_free(moon);
    X509_free(sibling);
    responders_free(&r);
}

/* The newest response counts; a list that says revoked is not outdone by a response. */
static void ocsp_and_lists(void **state)
{
    (void)state;
    const char *error;
    struct responders r = responders_new();
    x4s_cert *moon = fixture_parse(crypto, r.moon);
    const x4s_cert *const chain[] = {moon};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    const fixture_ocsp good = {.this_update = FIXTURE_NOW - 10};
    const fixture_ocsp held = {.this_update = FIXTURE_NOW - 20,
                               .status = V_OCSP_CERTSTATUS_REVOKED};
    const fixture_ocsp of_tomorrow = {.this_update = FIXTURE_NOW + 1};
    const fixture_ocsp again = {.this_update = FIXTURE_NOW - 5,
                                .status = V_OCSP_CERTSTATUS_REVOKED};
    assert_true(add_ocsp(trust, &r, good, &error));
    assert_true(add_ocsp(trust, &r, held, &error));
    believes(trust, chain, 1, FIXTURE_NOW);
    add_crl(trust, (fixture_crl){0});
    believes(trust, chain, 1, FIXTURE_NOW);
    assert_true(add_ocsp(trust, &r, again, &error));
    assert_true(add_ocsp(trust, &r, of_tomorrow, &error));
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=moon");
    x4_trust_free(trust);

    trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    add_crl(trust, (fixture_crl){.next_update = FIXTURE_NOW - 1});
    doubts(trust, chain, 1, FIXTURE_NOW, "CRL has expired: CN=moon");
    assert_true(add_ocsp(trust, &r, good, &error));
    believes(trust, chain, 1, FIXTURE_NOW);
    add_crl(trust, (fixture_crl){.revoked = 3});
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=moon");
    x4_trust_free(trust);

    trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_ignore});
    assert_true(add_ocsp(trust, &r, again, &error));
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_trust_free(trust);
    x4_cert_free(moon);
    responders_free(&r);
}

/* Whoever is not the issuer, nor appointed by it, says nothing. */
static void ocsp_of_strangers(void **state)
{
    (void)state;
    static const char stranger[] = "OCSP response is not signed by a certification authority at "
                                   "hand, nor by whom it has appointed";
    struct responders r = responders_new();
    EVP_PKEY *foreign_key = fixture_ec("P-256");
    X509 *foreign =
        fixture_x509(&(fixture_cert){.subject = "CN=root", .key = foreign_key, .ca = btrue});
    EVP_PKEY *short_key = fixture_rsa(1024);
    X509 *with_short_key = fixture_x509(&(fixture_cert){.subject = "CN=responder",
                                                        .key = short_key,
                                                        .issuer = root,
                                                        .issuer_key = key,
                                                        .ext_key_usage = "OCSPSigning"});
    const struct {
        fixture_ocsp wanted;
        const char *why;
    } rows[] = {
        {{.signer = r.unappointed}, stranger},
        {{.signer = r.of_middle}, stranger},
        {{.signer = middle}, stranger},
        {{.signer = r.appointed, .signer_key = r.key, .alone = btrue}, stranger},
        {{.signer = foreign, .signer_key = foreign_key}, stranger},
        {{.signer = with_short_key, .signer_key = short_key}, stranger},
        {{.hash = "SHA1"}, stranger},
    };
    const char *error = NULL;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        assert_false(add_ocsp(trust, &r, rows[i].wanted, &error));
        assert_string_equal(error, rows[i].why);
    }
    fixture_der der = fixture_ocsp_der(
        &(fixture_ocsp){.about = r.moon, .issuer = root, .signer = root, .signer_key = key});
    for (; der.len; der.len--) {
        const x4s_chunk cut = {.data = der.data, .len = der.len - 1};
        assert_false(x4_trust_add_ocsp(trust, cut, &error));
        assert_string_equal(error, "not an OCSP response");
    }
    der = fixture_ocsp_der(&(fixture_ocsp){
        .about = r.moon, .issuer = root, .signer = root, .signer_key = key, .alone = btrue});
    assert_true(x4_trust_add_ocsp(trust, fixture_chunk(&der), &error));
    der.data[der.len - 1] ^= 1; /* the signature's last byte */
    assert_false(x4_trust_add_ocsp(trust, fixture_chunk(&der), &error));
    static const uint8_t try_later[] = {0x30, 3, 0x0a, 1, 3};
    assert_false(x4_trust_add_ocsp(trust, (x4s_chunk){try_later, sizeof(try_later)}, &error));
    assert_string_equal(error, "OCSP response is an error of the responder");
    x4_trust_free(trust);
    X509_free(with_short_key);
    EVP_PKEY_free(short_key);
    X509_free(foreign);
    EVP_PKEY_free(foreign_key);
    responders_free(&r);
}

/* Of a certificate in between the response is needed, too, by who issued that. */
static void ocsp_of_every_step(void **state)
{
    (void)state;
    const char *error;
    struct responders r = responders_new();
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    X509 *moon_x509 = moon->x509;
    const x4s_cert *const chain[] = {moon};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    const fixture_ocsp own = {.about = moon_x509, .issuer = middle, .signer = middle};
    const fixture_ocsp above = {.about = middle};
    assert_true(add_ocsp(trust, &r, own, &error));
    doubts(trust, chain, 1, FIXTURE_NOW, "unable to get certificate CRL: CN=middle");
    assert_true(add_ocsp(trust, &r, above, &error));
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_trust_free(trust);
    x4_cert_free(moon);
    responders_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocsp_answers),
        cmocka_unit_test(ocsp_and_lists),
        cmocka_unit_test(ocsp_of_strangers),
        cmocka_unit_test(ocsp_of_every_step),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
