/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/config/credential_folder.h"
#include "tests/unit/shard/fake_libike.h"

static const char conf[] =
    "connections { site { version = 1\n remote_addrs = 198.51.100.1\n"
    "  local { auth = psk\n id = hub.example.org\n }\n  remote { auth = psk\n }\n"
    "  children { net { local_ts = 10.0.0.0/8\n remote_ts = 10.1.0.0/16\n } } } }\n"
    "secrets { ike { secret = \"for all\"\n } }\n";

/* A shard, one SA of it, and an authority that its connection believes. */
struct scene {
    struct fixture *f;
    struct shard_sa *sa;
    struct hub_connection connection;
    struct hub_auth auth;
    EVP_PKEY *root_key;
    EVP_PKEY *key;
    X509 *root;
    fixture_der root_der;
    x4s_chunk root_chunk;
    const struct hub_connection *real;
};

static void scene_open(struct scene *s)
{
    *s = (struct scene){.f = fixture_new(conf)};
    s->root_key = fixture_ec("P-256");
    s->key = fixture_ec("P-256");
    s->root = folder_cert("CN=root", s->root_key, NULL, NULL);
    s->root_der = fixture_x509_der(s->root);
    s->root_chunk = fixture_chunk(&s->root_der);
    s->auth = (struct hub_auth){.cas = &s->root_chunk, .ca_count = 1};
    s->sa = peer_begins(s->f, "198.51.100.1");
    s->real = s->sa->connection;
    s->connection = *s->real;
    s->connection.auth = &s->auth;
    s->sa->connection = &s->connection;
    const x4s_ike_id id = a_name("gate.example.org");
    assert_true(shard_proof_begin(s->sa, &id, &s->auth));
}

static void scene_close(struct scene *s)
{
    shard_proof_end(s->sa);
    s->sa->connection = s->real;
    fake_dispose1(s->sa->xchg, x4c_ike_timed_out);
    shard_proof_fini(&s->f->shard);
    fixture_free(s->f);
    X509_free(s->root);
    EVP_PKEY_free(s->root_key);
    EVP_PKEY_free(s->key);
}

static X509 *cert_for(struct scene *s, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
    return fixture_x509(&(fixture_cert){.subject = "CN=gate",
                                        .key = s->key,
                                        .issuer = issuer,
                                        .issuer_key = issuer_key,
                                        .alt_name = name,
                                        .not_before = FOLDER_FROM,
                                        .not_after = FOLDER_TO});
}

/* The answer to a CERT payload; the certificate is gone afterwards. */
static bool show(struct scene *s, X509 *x509)
{
    uint8_t body[4096] = {x4c_cert_x509_sign};
    const fixture_der der = fixture_x509_der(x509);
    const x4s_chunk chunk = fixture_chunk(&der);
    memcpy(body + 1, chunk.data, chunk.len);
    X509_free(x509);
    return shard_proof_take(s->sa, (x4s_chunk){body, 1 + chunk.len});
}

static void test_believed(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    assert_false(shard_proof_holds(s.sa));
    assert_true(show(&s, cert_for(&s, "DNS:gate.example.org", s.root, s.root_key)));
    assert_true(shard_proof_holds(s.sa));
    scene_close(&s);
}

/* A certificate of the authority's, but of somebody else, proves nothing. */
static void test_of_another_identity(void **state) /* req 2407-4.6.2-5 */
{
    (void)state;
    struct scene s;
    scene_open(&s);
    assert_true(show(&s, cert_for(&s, "DNS:other.example.org", s.root, s.root_key)));
    assert_false(shard_proof_holds(s.sa));
    scene_close(&s);
}

/* One's own authority is no authority; and it does not spoil what was believed. */
static void test_self_made(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    EVP_PKEY *key = fixture_ec("P-256");
    X509 *fake_root = folder_cert("CN=root", key, NULL, NULL);
    assert_false(show(&s, cert_for(&s, "DNS:gate.example.org", fake_root, key)));
    assert_false(shard_proof_holds(s.sa));
    assert_non_null(strstr(fixture_log(s.f), "event=cert-refused"));
    X509_free(fake_root);
    EVP_PKEY_free(key);
    scene_close(&s);
}

static void test_pinned(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    X509 *pinned = cert_for(&s, "DNS:gate.example.org", s.root, s.root_key);
    const fixture_der der = fixture_x509_der(pinned);
    const x4s_chunk chunk = fixture_chunk(&der);
    s.auth.pinned = &chunk;
    s.auth.pinned_count = 1;
    assert_true(show(&s, pinned));
    assert_true(shard_proof_holds(s.sa));

    const x4s_ike_id id = a_name("gate.example.org");
    assert_true(shard_proof_begin(s.sa, &id, &s.auth));
    EVP_PKEY_free(s.key);
    s.key = fixture_ec("P-256");
    assert_false(show(&s, cert_for(&s, "DNS:gate.example.org", s.root, s.root_key)));
    scene_close(&s);
}

/* Another connection may have stricter rules than the one that it was believed by. */
static void test_other_rules(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    assert_true(show(&s, cert_for(&s, "DNS:gate.example.org", s.root, s.root_key)));
    struct hub_auth other = s.auth;
    s.connection.auth = &other;
    assert_true(shard_proof_holds(s.sa));
    other.revocation = HUB_REVOCATION_STRICT;
    assert_false(shard_proof_holds(s.sa));
    other.revocation = HUB_REVOCATION_RELAXED;
    other.pinned_count = 1;
    assert_false(shard_proof_holds(s.sa));
    s.connection.auth = &s.auth;
    scene_close(&s);
}

/* A raw key proves who the signature was verified with, and nobody who shows a certificate. */
static void test_raw_key(void **state)
{
    (void)state;
    struct scene s;
    x4s_chunk der;
    static const uint8_t bytes[] = {1, 2, 3};
    scene_open(&s);
    assert_false(shard_proof_key(s.sa, &s.auth, &der)); /* that connection is for certificates */
    assert_false(shard_proof_key(s.sa, NULL, &der));    /* that for preshared keys */

    struct hub_auth raw = {.pubkey = {bytes, sizeof(bytes)}};
    struct hub_auth other = raw;
    s.connection.auth = &raw;
    assert_false(shard_proof_holds(s.sa));
    assert_true(shard_proof_key(s.sa, &other, &der));
    assert_false(shard_proof_holds(s.sa)); /* another connection's */
    assert_true(shard_proof_key(s.sa, &raw, &der));
    assert_ptr_equal(der.data, bytes);
    assert_int_equal(der.len, sizeof(bytes));
    assert_true(shard_proof_holds(s.sa));

    /* The key was asked for, the signature was wrong; now it comes with a certificate. */
    const x4s_ike_id id = a_name("gate.example.org");
    assert_true(shard_proof_begin(s.sa, &id, &raw));
    assert_true(show(&s, cert_for(&s, "DNS:other.example.org", s.root, s.root_key)));
    assert_false(shard_proof_holds(s.sa));
    assert_false(show(&s, cert_for(&s, "DNS:gate.example.org", s.root, s.root_key)));
    assert_false(shard_proof_holds(s.sa));
    s.connection.auth = &s.auth;
    scene_close(&s);
}

/* Who may be silent about revocation, and a response that speaks. */
static void test_revocation(void **state)
{
    (void)state;
    static const struct {
        enum hub_revocation rule;
        const char *uri;
        bool response;
        int status;
        bool believed;
    } rows[] = {
        {HUB_REVOCATION_RELAXED, "URI:http://crl.example.org/", false, 0, true},
        {HUB_REVOCATION_IFURI, "URI:http://crl.example.org/", false, 0, false},
        {HUB_REVOCATION_IFURI, NULL, false, 0, true},
        {HUB_REVOCATION_STRICT, NULL, false, 0, false},
        {HUB_REVOCATION_STRICT, NULL, true, V_OCSP_CERTSTATUS_GOOD, true},
        {HUB_REVOCATION_IFURI, "URI:http://crl.example.org/", true, V_OCSP_CERTSTATUS_GOOD, true},
        {HUB_REVOCATION_RELAXED, NULL, true, V_OCSP_CERTSTATUS_REVOKED, false},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        struct scene s;
        scene_open(&s);
        s.auth.revocation = rows[i].rule;
        X509 *x509 = fixture_x509(&(fixture_cert){.subject = "CN=gate",
                                                  .key = s.key,
                                                  .issuer = s.root,
                                                  .issuer_key = s.root_key,
                                                  .alt_name = "DNS:gate.example.org",
                                                  .crl_uri = rows[i].uri,
                                                  .not_before = FOLDER_FROM,
                                                  .not_after = FOLDER_TO});
        const fixture_der der = fixture_ocsp_der(&(fixture_ocsp){.about = x509,
                                                                 .issuer = s.root,
                                                                 .signer = s.root,
                                                                 .signer_key = s.root_key,
                                                                 .status = rows[i].status,
                                                                 .next_update = FOLDER_TO});
        const x4s_chunk ocsp = fixture_chunk(&der);
        struct hub_config config = *s.f->shard.config;
        config.ocsps = &ocsp;
        config.ocsp_count = rows[i].response;
        const struct hub_connection *before = s.sa->connection;
        struct hub_connection connection = *before;
        connection.config = &config;
        s.sa->connection = &connection;
        assert_int_equal(show(&s, x509), rows[i].believed);
        assert_int_equal(shard_proof_holds(s.sa), rows[i].believed);
        s.sa->connection = before;
        scene_close(&s);
    }
}

static void test_junk(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    static const uint8_t junk[] = {x4c_cert_x509_sign, 0x30, 0x03, 1, 2, 3};
    static const uint8_t crl[] = {x4c_cert_crl, 1, 2, 3};
    for (size_t len = 0; len <= sizeof(junk); len++)
        assert_false(shard_proof_take(s.sa, (x4s_chunk){junk, len}));
    assert_true(shard_proof_take(s.sa, (x4s_chunk){crl, sizeof(crl)}));
    assert_false(shard_proof_holds(s.sa));
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_believed),    cmocka_unit_test(test_of_another_identity),
        cmocka_unit_test(test_self_made),   cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_other_rules), cmocka_unit_test(test_raw_key),
        cmocka_unit_test(test_revocation),  cmocka_unit_test(test_junk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
