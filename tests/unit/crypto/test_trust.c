/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/crypto/trust_fixture.h"

/* ------------------------------------------------------------------ ways to an anchor */

static void under_the_root(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_cert_free(moon);
    x4_trust_free(trust);
}

static void helped_by_the_peer(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    x4s_cert *other = make((fixture_cert){.subject = "CN=other"});
    const x4s_cert *const chain[] = {moon, other, root_cert, middle_cert};
    doubts(trust, chain, 1, FIXTURE_NOW, "unable to get local issuer certificate: CN=moon");
    believes(trust, chain, 4, FIXTURE_NOW);
    x4_cert_free(other);
    x4_cert_free(moon);
    x4_trust_free(trust);
}

static void helped_by_the_store(void **state)
{
    (void)state;
    const char *error;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    const x4s_cert *const chain[] = {moon};
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* An anchor need not be self-signed; an intermediate alone is none. */
static void anchor_in_the_middle(void **state)
{
    (void)state;
    const char *error;
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    const x4s_cert *const chain[] = {moon, middle_cert};
    x4s_trust *trust = trust_with(middle_cert, (x4s_trust_policy){0});
    believes(trust, chain, 2, FIXTURE_NOW);
    x4_trust_free(trust);

    trust = x4_trust_new(crypto, &(x4s_trust_policy){0});
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    doubts(trust, chain, 2, FIXTURE_NOW, "unable to get local issuer certificate: CN=middle");
    x4_trust_free(trust);
    x4_cert_free(moon);
}

static void strangers(void **state)
{
    (void)state;
    EVP_PKEY *foreign = fixture_ec("P-256");
    X509 *impostor =
        fixture_x509(&(fixture_cert){.subject = "CN=root", .key = foreign, .ca = btrue});
    x4s_cert *impostor_cert = fixture_parse(crypto, impostor);
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *self_signed = make((fixture_cert){0});
    x4s_cert *forged = make((fixture_cert){.issuer = impostor, .issuer_key = foreign});
    const x4s_cert *const alone[] = {self_signed};
    const x4s_cert *const chain[] = {forged, impostor_cert};
    doubts(trust, alone, 1, FIXTURE_NOW, "self-signed certificate: CN=moon");
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate signature failure: CN=moon");
    doubts(trust, chain, 2, FIXTURE_NOW, "certificate signature failure: CN=moon");
    x4_cert_free(forged);
    x4_cert_free(self_signed);
    x4_cert_free(impostor_cert);
    X509_free(impostor);
    x4_trust_free(trust);
    EVP_PKEY_free(foreign);
}

/* A certificate that is not a CA's signs nothing. */
static void end_entity_as_ca(void **state)
{
    (void)state;
    X509 *user = fixture_x509(
        &(fixture_cert){.subject = "CN=user", .key = key, .issuer = root, .issuer_key = key});
    x4s_cert *user_cert = fixture_parse(crypto, user);
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = user});
    const x4s_cert *const chain[] = {moon, user_cert};
    const char *error = NULL;
    doubts(trust, chain, 2, FIXTURE_NOW, "invalid CA certificate: CN=user");
    assert_false(x4_trust_add_ca(trust, user_cert, &error));
    assert_string_equal(error, "certificate is not one of a certification authority");
    assert_false(x4_trust_add_intermediate(trust, user_cert, &error));
    x4_cert_free(moon);
    x4_cert_free(user_cert);
    X509_free(user);
    x4_trust_free(trust);
}

static void depth(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    X509 *x509s[x4c_trust_depth_max + 2];
    x4s_cert *certs[x4c_trust_depth_max + 2];
    const char *error;
    X509 *issuer = root;
    for (size_t i = 0; i < x4m_countof(x509s); i++) {
        char subject[16];
        (void)snprintf(subject, sizeof(subject), "CN=%zu", i);
        x509s[i] = fixture_x509(&(fixture_cert){
            .subject = subject, .key = key, .issuer = issuer, .issuer_key = key, .ca = btrue});
        certs[i] = fixture_parse(crypto, x509s[i]);
        assert_true(x4_trust_add_intermediate(trust, certs[i], &error));
        issuer = x509s[i];
    }
    const x4s_cert *deep[] = {certs[x4c_trust_depth_max]};
    const x4s_cert *too_deep[] = {certs[x4c_trust_depth_max + 1]};
    char reason[x4c_trust_reason];
    believes(trust, deep, 1, FIXTURE_NOW);
    assert_false(x4_trust_verify(trust, too_deep, 1, FIXTURE_NOW, reason));
    for (size_t i = 0; i < x4m_countof(x509s); i++) {
        x4_cert_free(certs[i]);
        X509_free(x509s[i]);
    }
    x4_trust_free(trust);
}

static void too_many_or_none(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *chain[x4c_cert_chain_max + 1];
    for (size_t i = 0; i < x4m_countof(chain); i++)
        chain[i] = moon;
    believes(trust, chain, x4c_cert_chain_max, FIXTURE_NOW);
    doubts(trust, chain, x4c_cert_chain_max + 1, FIXTURE_NOW, "too many certificates");
    doubts(trust, chain, 0, FIXTURE_NOW, "no certificate");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* ------------------------------------------------------------------ time */

static void times(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){
        .issuer = root, .not_before = FIXTURE_NOW - 100, .not_after = FIXTURE_NOW + 100});
    const x4s_cert *const chain[] = {moon};
    believes(trust, chain, 1, FIXTURE_NOW - 100);
    believes(trust, chain, 1, FIXTURE_NOW + 99);
    doubts(trust, chain, 1, FIXTURE_NOW - 101, "certificate is not yet valid: CN=moon");
    doubts(trust, chain, 1, FIXTURE_NOW + 101, "certificate has expired: CN=moon");
    doubts(trust, chain, 1, 0, "certificate is not yet valid: CN=root");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* ------------------------------------------------------------------ policy */

static void key_usage(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root, .key_usage = "keyEncipherment"});
    const x4s_cert *const chain[] = {moon};
    doubts(trust, chain, 1, FIXTURE_NOW, "keyUsage does not allow signatures: CN=moon");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

static void critical_extension(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    x4s_cert *moon = make((fixture_cert){.issuer = root, .critical_oid = "1.3.6.1.4.1.99999.1"});
    const x4s_cert *const chain[] = {moon};
    doubts(trust, chain, 1, FIXTURE_NOW, "unhandled critical extension: CN=moon");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

static void short_keys(void **state)
{
    (void)state;
    EVP_PKEY *rsa = fixture_rsa(1024);
    x4s_cert *moon = make((fixture_cert){.issuer = root, .key = rsa});
    const x4s_cert *const chain[] = {moon};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    doubts(trust, chain, 1, FIXTURE_NOW, "key is too short: CN=moon");
    x4_trust_free(trust);
    trust = trust_with(root_cert, (x4s_trust_policy){.rsa_bits_min = 1024});
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_trust_free(trust);
    trust = trust_with(root_cert, (x4s_trust_policy){.rsa_bits_min = 1025});
    doubts(trust, chain, 1, FIXTURE_NOW, "key is too short: CN=moon");
    x4_trust_free(trust);
    x4_cert_free(moon);

    /* The anchor's, too. */
    X509 *weak = fixture_x509(&(fixture_cert){.subject = "CN=weak", .key = rsa, .ca = btrue});
    x4s_cert *weak_cert = fixture_parse(crypto, weak);
    moon = make((fixture_cert){.issuer = weak, .issuer_key = rsa});
    const x4s_cert *const under[] = {moon};
    trust = trust_with(weak_cert, (x4s_trust_policy){0});
    doubts(trust, under, 1, FIXTURE_NOW, "key is too short: CN=weak");
    x4_trust_free(trust);
    x4_cert_free(moon);
    x4_cert_free(weak_cert);
    X509_free(weak);
    EVP_PKEY_free(rsa);
}

static void weak_hashes(void **state)
{
    (void)state;
    static const struct {
        const char *hash;
        bval sha1;
        bval ok;
    } rows[] = {
        {"SHA2-256", bfalse, btrue}, {"SHA2-512", bfalse, btrue}, {"SHA1", bfalse, bfalse},
        {"SHA1", btrue, btrue},      {"MD5", bfalse, bfalse},     {"MD5", btrue, bfalse},
    };
    EVP_PKEY *rsa = fixture_rsa(2048);
    X509 *old =
        fixture_x509(&(fixture_cert){.subject = "CN=old", .key = rsa, .ca = btrue, .hash = "MD5"});
    x4s_cert *old_cert = fixture_parse(crypto, old); /* its own signature does not matter */
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_trust *trust = trust_with(old_cert, (x4s_trust_policy){.sha1 = rows[i].sha1});
        x4s_cert *moon =
            make((fixture_cert){.issuer = old, .issuer_key = rsa, .hash = rows[i].hash});
        const x4s_cert *const chain[] = {moon};
        if (rows[i].ok)
            believes(trust, chain, 1, FIXTURE_NOW);
        else
            doubts(trust, chain, 1, FIXTURE_NOW,
                   "signed with a hash that is not believed: CN=moon");
        x4_cert_free(moon);
        x4_trust_free(trust);
    }
    x4_cert_free(old_cert);
    X509_free(old);
    EVP_PKEY_free(rsa);
}

static void authorities(void **state)
{
    (void)state;
    const char *error;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    assert_true(x4_trust_add_ca(trust, root_cert, &error));
    assert_int_equal(x4_trust_ca_count(trust), 1);
    assert_true(x4_trust_add_ca(trust, middle_cert, &error));
    assert_int_equal(x4_trust_ca_count(trust), 2);
    assert_true(x4_dn_equal(x4_trust_ca_subject(trust, 0), x4_cert_subject(root_cert)));
    assert_true(x4_dn_equal(x4_trust_ca_subject(trust, 1), x4_cert_subject(middle_cert)));
    x4_trust_free(trust);
    x4_trust_free(NULL);
}

/* ------------------------------------------------------------------ CRLs */

static void refuse_crl(x4s_trust *trust, fixture_crl wanted, const char *why)
{
    const char *error = NULL;
    wanted.issuer = wanted.issuer ? wanted.issuer : root;
    wanted.issuer_key = wanted.issuer_key ? wanted.issuer_key : key;
    fixture_der der = fixture_crl_der(&wanted);
    assert_false(x4_trust_add_crl(trust, fixture_chunk(&der), &error));
    assert_string_equal(error, why);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Per policy: without a CRL, with a stale one, with a fresh one; revoked in each. */
static void crl_policies(void **state)
{
    (void)state;
    static const char revoked_why[] = "certificate revoked: CN=moon";
    static const struct {
        x4e_trust_crl policy;
        const char *none;
        const char *stale;
        const char *stale_revoked;
        const char *revoked;
    } rows[] = {
        {x4c_trust_crl_soft, NULL, NULL, revoked_why, revoked_why},
        {x4c_trust_crl_strict, "unable to get certificate CRL: CN=moon", "CRL has expired: CN=moon",
         "CRL has expired: CN=moon", revoked_why},
        {x4c_trust_crl_if_uri, "unable to get certificate CRL: CN=moon", "CRL has expired: CN=moon",
         "CRL has expired: CN=moon", revoked_why},
        {x4c_trust_crl_ignore, NULL, NULL, NULL, NULL},
    };
    x4s_cert *moon = make((fixture_cert){.issuer = root, .crl_uri = "URI:http://crl.example.org/"});
    const x4s_cert *const chain[] = {moon};
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        const struct {
            fixture_crl crl;
            const char *why;
        } cases[] = {
            {{.next_update = FIXTURE_NOW - 1}, rows[i].stale},
            {{.next_update = FIXTURE_NOW - 1, .revoked = 3}, rows[i].stale_revoked},
            {{.revoked = 3}, rows[i].revoked},
            {{.revoked = 4}, NULL},
        };
        x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = rows[i].policy});
        if (rows[i].none)
            doubts(trust, chain, 1, FIXTURE_NOW, rows[i].none);
        else
            believes(trust, chain, 1, FIXTURE_NOW);
        for (size_t k = 0; k < x4m_countof(cases); k++) {
            add_crl(trust, cases[k].crl);
            if (cases[k].why)
                doubts(trust, chain, 1, FIXTURE_NOW, cases[k].why);
            else
                believes(trust, chain, 1, FIXTURE_NOW);
        }
        x4_trust_free(trust);
    }
    x4_cert_free(moon);
}

/* Where nothing says that lists are to be had, none is missed. */
static void crl_if_uri(void **state)
{
    (void)state;
    static const struct {
        const char *crl;
        const char *ocsp;
        bval needed;
    } rows[] = {
        {NULL, NULL, bfalse},
        {"URI:http://crl.example.org/", NULL, btrue},
        {NULL, "OCSP;URI:http://ocsp.example.org/", btrue},
        {NULL, "caIssuers;URI:http://ca.example.org/", bfalse},
    };
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_if_uri});
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        x4s_cert *moon =
            make((fixture_cert){.issuer = root, .crl_uri = rows[i].crl, .ocsp_uri = rows[i].ocsp});
        const x4s_cert *const chain[] = {moon};
        if (rows[i].needed)
            doubts(trust, chain, 1, FIXTURE_NOW, "unable to get certificate CRL: CN=moon");
        else
            believes(trust, chain, 1, FIXTURE_NOW);
        x4_cert_free(moon);
    }
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    add_crl(trust, (fixture_crl){.revoked = 3});
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=moon");
    x4_cert_free(moon);
    x4_trust_free(trust);
}

/* A list for some certificates only says nothing about others; both kinds may be there. */
static void partial_crls(void **state)
{
    (void)state;
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    const x4s_cert *const chain[] = {moon};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    add_crl(trust, (fixture_crl){.scope = "onlyCA:TRUE", .revoked = 3});
    doubts(trust, chain, 1, FIXTURE_NOW, "different CRL scope: CN=moon");
    add_crl(trust, (fixture_crl){.scope = "onlyuser:TRUE"});
    believes(trust, chain, 1, FIXTURE_NOW);
    add_crl(trust, (fixture_crl){.scope = "onlyuser:TRUE", .revoked = 3});
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=moon");
    x4_trust_free(trust);
    x4_cert_free(moon);
}

/* Each authority's list is about its own certificates, whatever serial numbers others use. */
static void crls_of_several_authorities(void **state)
{
    (void)state;
    const char *error;
    EVP_PKEY *other_key = fixture_ec("P-256");
    X509 *other =
        fixture_x509(&(fixture_cert){.subject = "CN=other", .key = other_key, .ca = btrue});
    x4s_cert *other_cert = fixture_parse(crypto, other);
    x4s_cert *moon = make((fixture_cert){.issuer = root});
    x4s_cert *sun =
        make((fixture_cert){.subject = "CN=sun", .issuer = other, .issuer_key = other_key});
    const x4s_cert *const moon_chain[] = {moon};
    const x4s_cert *const sun_chain[] = {sun};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    assert_true(x4_trust_add_ca(trust, other_cert, &error));
    add_crl(trust, (fixture_crl){.issuer = other, .issuer_key = other_key, .revoked = 3});
    doubts(trust, moon_chain, 1, FIXTURE_NOW, "unable to get certificate CRL: CN=moon");
    doubts(trust, sun_chain, 1, FIXTURE_NOW, "certificate revoked: CN=sun");
    add_crl(trust, (fixture_crl){0});
    believes(trust, moon_chain, 1, FIXTURE_NOW);
    doubts(trust, sun_chain, 1, FIXTURE_NOW, "certificate revoked: CN=sun");
    x4_trust_free(trust);
    x4_cert_free(sun);
    x4_cert_free(moon);
    x4_cert_free(other_cert);
    X509_free(other);
    EVP_PKEY_free(other_key);
}

/* Strict: each step needs a list but the anchor, whose issuer may be nobody we know. */
static void crl_of_every_step(void **state)
{
    (void)state;
    const char *error;
    x4s_cert *moon = make((fixture_cert){.issuer = middle});
    const x4s_cert *const chain[] = {moon};
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    assert_true(x4_trust_add_intermediate(trust, middle_cert, &error));
    add_crl(trust, (fixture_crl){.issuer = middle});
    doubts(trust, chain, 1, FIXTURE_NOW, "unable to get certificate CRL: CN=middle");
    add_crl(trust, (fixture_crl){0});
    believes(trust, chain, 1, FIXTURE_NOW);
    add_crl(trust, (fixture_crl){.revoked = 2});
    doubts(trust, chain, 1, FIXTURE_NOW, "certificate revoked: CN=middle");
    x4_trust_free(trust);

    trust = trust_with(middle_cert, (x4s_trust_policy){.crl = x4c_trust_crl_strict});
    add_crl(trust, (fixture_crl){.issuer = middle});
    believes(trust, chain, 1, FIXTURE_NOW);
    x4_trust_free(trust);
    x4_cert_free(moon);
}

static void crls_that_are_refused(void **state)
{
    (void)state;
    EVP_PKEY *foreign = fixture_ec("P-256");
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    const char *error = NULL;
    refuse_crl(trust, (fixture_crl){.issuer_key = foreign},
               "CRL is not signed by a certification authority at hand");
    refuse_crl(trust, (fixture_crl){.issuer = middle},
               "CRL is not signed by a certification authority at hand");
    refuse_crl(trust, (fixture_crl){.delta = btrue}, "CRL is a delta CRL");
    refuse_crl(trust, (fixture_crl){.hash = "SHA1"},
               "CRL is signed with a hash that is not believed");
    add_crl(trust, (fixture_crl){0});
    refuse_crl(trust, (fixture_crl){.this_update = FIXTURE_NOW - 2 * FIXTURE_DAY},
               "CRL is older than the one at hand");

    fixture_der der = fixture_crl_der(&(fixture_crl){.issuer = root, .issuer_key = key});
    for (; der.len; der.len--) {
        const x4s_chunk cut = {.data = der.data, .len = der.len - 1};
        assert_false(x4_trust_add_crl(trust, cut, &error));
        assert_string_equal(error, "not a CRL");
    }
    x4_trust_free(trust);
    EVP_PKEY_free(foreign);
}

/* ------------------------------------------------------------------ reasons */

/* What a peer's certificate calls itself cannot break a log line. */
static void reasons_are_printable(void **state)
{
    (void)state;
    x4s_trust *trust = trust_with(root_cert, (x4s_trust_policy){0});
    char subject[700] = "CN=a\\0A\\1B[31m\\00";
    for (size_t i = strlen(subject); i < sizeof(subject) - 1; i++)
        subject[i] = 'x';
    x4s_cert *moon = make((fixture_cert){.subject = subject});
    const x4s_cert *const chain[] = {moon};
    char reason[x4c_trust_reason];
    assert_false(x4_trust_verify(trust, chain, 1, FIXTURE_NOW, reason));
    assert_int_equal(strlen(reason), x4c_trust_reason - 1);
    for (size_t i = 0; reason[i]; i++)
        assert_true(reason[i] >= ' ' && reason[i] <= '~');
    assert_non_null(strstr(reason, ": CN=a\\0A\\1B[31m\\00x"));
    x4_cert_free(moon);
    x4_trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_the_root),
        cmocka_unit_test(helped_by_the_peer),
        cmocka_unit_test(helped_by_the_store),
        cmocka_unit_test(anchor_in_the_middle),
        cmocka_unit_test(strangers),
        cmocka_unit_test(end_entity_as_ca),
        cmocka_unit_test(depth),
        cmocka_unit_test(too_many_or_none),
        cmocka_unit_test(times),
        cmocka_unit_test(key_usage),
        cmocka_unit_test(critical_extension),
        cmocka_unit_test(short_keys),
        cmocka_unit_test(weak_hashes),
        cmocka_unit_test(authorities),
        cmocka_unit_test(crl_policies),
        cmocka_unit_test(crl_if_uri),
        cmocka_unit_test(partial_crls),
        cmocka_unit_test(crls_of_several_authorities),
        cmocka_unit_test(crl_of_every_step),
        cmocka_unit_test(crls_that_are_refused),
        cmocka_unit_test(reasons_are_printable),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
