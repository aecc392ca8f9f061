/* SPDX-License-Identifier: BSD-2-Clause */

/* The folders of certificates and keys beside a configuration, and what connections take of them.
 */

#include "tests/unit/config/folder_config.h"
#include "x4/crypto/dn.h"

#define CONNECTIONS(local, remote)                                                                 \
    "connections { site {\nlocal {\n" local "\n}\nremote {\n" remote "\n} } }\n"

struct scene {
    struct folder folder;
    EVP_PKEY *root_key;
    EVP_PKEY *key;
    X509 *root;
    X509 *own;
};

static struct scene scene_new(void)
{
    struct scene s = {
        .folder = folder_new(), .root_key = fixture_ec("P-256"), .key = fixture_ec("P-256")};
    s.root = folder_cert("CN=root", s.root_key, NULL, NULL);
    s.own = folder_cert("C=CH, CN=gate", s.key, s.root, s.root_key);
    const fixture_der root = fixture_x509_der(s.root);
    const fixture_der own = fixture_x509_der(s.own);
    const fixture_der key = fixture_private(s.key);
    folder_write_der(&s.folder, "x509ca/root.der", &root);
    folder_write_der(&s.folder, "x509/own.der", &own);
    folder_write_der(&s.folder, "private/own.der", &key);
    return s;
}

static void scene_free(struct scene *s)
{
    X509_free(s->root);
    X509_free(s->own);
    EVP_PKEY_free(s->root_key);
    EVP_PKEY_free(s->key);
    folder_free(&s->folder);
}

static void taken(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    struct hub_config *config = load(&s.folder, CONNECTIONS("certs = own.der", ""), &told);
    assert_string_equal(told.text, "");
    assert_non_null(config);
    const struct hub_connection *site = &config->connections[0];
    assert_non_null(site->auth);
    assert_int_equal(site->auth->certs.count, 1);
    assert_int_equal(site->auth->ca_count, 1);
    assert_int_equal(site->phase1.authority_count, 1);
    assert_int_equal(site->phase1.transforms[0].auth, x4c_ike_auth_ecdsa256);
    assert_int_equal(site->phase1.id.type, x4c_ike_id_dn);
    char name[64];
    assert_string_equal(x4_dn_format(site->phase1.id.data, name, sizeof(name)), "C=CH, CN=gate");
    hub_config_free(config);
    scene_free(&s);
}

static void options(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    struct hub_config *config =
        load(&s.folder,
             "connections { site {\nsend_cert = always\nsend_certreq = no\nlocal {\nauth = "
             "pubkey\ncerts = own.der\n}\nremote {\ncerts = own.der\nrevocation = strict\n} } }",
             &told);
    assert_string_equal(told.text, "");
    const struct hub_connection *site = &config->connections[0];
    assert_true(site->auth->cert_always);
    assert_int_equal(site->auth->revocation, HUB_REVOCATION_STRICT);
    assert_int_equal(site->auth->pinned_count, 1);
    assert_int_equal(site->phase1.authority_count, 0);
    hub_config_free(config);
    scene_free(&s);
}

static void refused(void **state)
{
    (void)state;
    struct scene s = scene_new();
    assert_refused(&s.folder, CONNECTIONS("", ""),
                   "ikehub.conf:2: certs in connections.site.local: "
                   "expected a certificate for auth = pubkey");
    assert_refused(&s.folder, CONNECTIONS("certs = no.der", ""),
                   "x509/no.der: there is no such file");
    assert_refused(&s.folder, CONNECTIONS("certs = own.der\nid = other.example.org", ""),
                   "ikehub.conf:4: id in connections.site.local: expected an identity that the "
                   "certificate has");
    assert_refused(&s.folder, CONNECTIONS("certs = own.der", "cacerts = no.der"),
                   "x509ca/no.der: there is no such file");
    folder_write(&s.folder, "x509/bad.der", "bad", 3, 0600);
    assert_refused(&s.folder, CONNECTIONS("certs = bad.der", ""), "x509/bad.der: ");
    const fixture_der root = fixture_x509_der(s.root);
    folder_write_der(&s.folder, "x509/root.der", &root);
    assert_refused(&s.folder, CONNECTIONS("certs = root.der", ""),
                   "x509/root.der: none of the private keys beside this configuration is its key");
    scene_free(&s);
}

static void bad_folders(void **state)
{
    (void)state;
    struct scene s = scene_new();
    const fixture_der own = fixture_x509_der(s.own);
    folder_write_der(&s.folder, "x509ca/own.der", &own);
    assert_refused(&s.folder, CONNECTIONS("certs = own.der", ""),
                   "x509ca/own.der: it is no certificate of a certification authority");
    scene_free(&s);

    s = scene_new();
    folder_write(&s.folder, "private/bad.pem", "-----BEGIN PRIVATE KEY-----\n", 28, 0600);
    assert_refused(&s.folder, CONNECTIONS("certs = own.der", ""),
                   "private/bad.pem: its PEM is malformed, or encrypted");
    scene_free(&s);
}

/* Used as it is, but told. */
static void warnings(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    char path[128];
    snprintf(path, sizeof(path), "%s/private/own.der", s.folder.path);
    assert_int_equal(chmod(path, 0644), 0);
    X509 *old = fixture_x509(&(fixture_cert){.subject = "CN=gate",
                                             .key = s.key,
                                             .issuer = s.root,
                                             .issuer_key = s.root_key,
                                             .not_before = FOLDER_FROM,
                                             .not_after = FOLDER_FROM + 1});
    const fixture_der der = fixture_x509_der(old);
    folder_write_der(&s.folder, "x509/old.der", &der);
    struct hub_config *config = load(&s.folder, CONNECTIONS("certs = old.der", ""), &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "others than its owner and group may read or write this "
                                      "private key"));
    assert_non_null(strstr(told.text, "x509/old.der: the certificate has expired"));
    hub_config_free(config);
    X509_free(old);
    scene_free(&s);
}

/* Sections cert, a list of certificates, what section authorities names, and keys of a kind. */
static void swanctl_sections(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    char text[1024];
    snprintf(text, sizeof(text),
             "connections { site { local {\nauth = ecdsa-256-sha256\ncerts = own.der, own.der\n}\n"
             "remote {\nid = b\ncacert-a {\nfile = %s/x509ca/root.der\n} } } }\n"
             "authorities { a {\ncacert = root.der\n} b {\nfile = %s/none.der\n} }\n",
             s.folder.path, s.folder.path);
    assert_null(load(&s.folder, text, &told));
    assert_non_null(strstr(told.text, "ikehub.conf:13: "));
    assert_non_null(strstr(told.text, "none.der: there is no such file"));

    snprintf(text, sizeof(text),
             "connections { site { local {\nauth = ecdsa-256-sha256\ncerts = own.der, own.der\n}\n"
             "remote {\nid = b\ncacert-a {\nfile = %s/x509ca/root.der\n} } } }\n"
             "authorities { a {\ncacert = root.der\n} }\n",
             s.folder.path);
    struct hub_config *config = load(&s.folder, text, &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "ikehub.conf:3: certs: the first of 2 certificates is used"));
    assert_non_null(strstr(told.text, "the kind of the key counts"));
    assert_int_equal(config->connections[0].auth->ca_count, 1);
    hub_config_free(config);

    assert_refused(&s.folder, CONNECTIONS("auth = rsa\ncerts = own.der", ""),
                   "auth in connections.site.local: expected pubkey or ecdsa");
    scene_free(&s);
}

/* A list of nobody's here is told: what it revokes is not. */
static void lists(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    const fixture_der good = fixture_crl_der(
        &(fixture_crl){.issuer = s.root, .issuer_key = s.root_key, .next_update = FOLDER_TO});
    folder_write_der(&s.folder, "x509crl/good.der", &good);
    struct hub_config *config = load(&s.folder, CONNECTIONS("certs = own.der", ""), &told);
    assert_non_null(config);
    assert_string_equal(told.text, "");
    hub_config_free(config);

    folder_write(&s.folder, "x509crl/junk.der", "junk", 4, 0600);
    config = load(&s.folder, CONNECTIONS("certs = own.der", ""), &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "warning: "));
    assert_non_null(strstr(told.text, "x509crl/junk.der: "));
    hub_config_free(config);
    scene_free(&s);
}

/* The same of OCSP responses. */
static void responses(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    fixture_ocsp wanted = {.about = s.own,
                           .issuer = s.root,
                           .signer = s.root,
                           .signer_key = s.root_key,
                           .next_update = FOLDER_TO};
    fixture_der der = fixture_ocsp_der(&wanted);
    folder_write_der(&s.folder, "x509ocsp/good.der", &der);
    struct hub_config *config =
        load(&s.folder, CONNECTIONS("certs = own.der", "revocation = ifuri"), &told);
    assert_non_null(config);
    assert_string_equal(told.text, "");
    assert_int_equal(config->ocsp_count, 1);
    assert_int_equal(config->connections[0].auth->revocation, HUB_REVOCATION_IFURI);
    hub_config_free(config);

    wanted.signer = s.own;
    wanted.signer_key = s.key;
    der = fixture_ocsp_der(&wanted);
    folder_write_der(&s.folder, "x509ocsp/bad.der", &der);
    config = load(&s.folder, CONNECTIONS("certs = own.der", ""), &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "warning: "));
    assert_non_null(strstr(told.text, "x509ocsp/bad.der: OCSP response is not signed by"));
    hub_config_free(config);
    scene_free(&s);
}

/* Raw keys in place of certificates, DER and PEM, and what does not go together with them. */
static void raw_keys(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    EVP_PKEY *peer = fixture_ec("P-256");
    EVP_PKEY *rsa = fixture_rsa(2048);
    const fixture_der own_der = fixture_spki(s.key);
    const fixture_der peer_der = fixture_spki(peer);
    const fixture_der rsa_der = fixture_spki(rsa);
    folder_write_der(&s.folder, "pubkey/own.der", &own_der);
    folder_write_der(&s.folder, "pubkey/peer.der", &peer_der);
    folder_write_der(&s.folder, "pubkey/rsa.der", &rsa_der);
    folder_write(&s.folder, "pubkey/bad.der", "bad", 3, 0600);
    struct hub_config *config =
        load(&s.folder, CONNECTIONS("id = gate\npubkeys = own.der", "pubkeys = peer.der"), &told);
    assert_string_equal(told.text, "");
    const struct hub_connection *site = &config->connections[0];
    assert_int_equal(site->phase1.transforms[0].auth, x4c_ike_auth_ecdsa256);
    assert_int_equal(site->auth->pubkey.len, peer_der.len);
    assert_memory_equal(site->auth->pubkey.data, peer_der.data, peer_der.len);
    assert_true(site->auth->prikey.der.len > 0);
    assert_int_equal(site->auth->certs.count, 0);
    assert_int_equal(site->auth->ca_count, 0);
    assert_int_equal(site->phase1.authority_count, 0);
    hub_config_free(config);

    assert_refused(&s.folder, CONNECTIONS("pubkeys = own.der", "pubkeys = peer.der"),
                   "expected an identity of ours");
    assert_refused(&s.folder, CONNECTIONS("id = x\npubkeys = peer.der", "pubkeys = peer.der"),
                   "pubkey/peer.der: none of the private keys beside this configuration is its "
                   "key");
    assert_refused(&s.folder, CONNECTIONS("id = x\npubkeys = own.der", "pubkeys = rsa.der"),
                   "pubkey/rsa.der: expected a key of another kind: ECDSA P-256, as this side's");
    assert_refused(&s.folder,
                   CONNECTIONS("id = x\npubkeys = own.der", "pubkeys = peer.der, own.der"),
                   "expected one public key, found 2");
    assert_refused(&s.folder, CONNECTIONS("id = x\npubkeys = own.der", "pubkeys = bad.der"),
                   "pubkey/bad.der: not a public key");
    assert_refused(&s.folder, CONNECTIONS("id = x\npubkeys = own.der", "pubkeys = no.der"),
                   "pubkey/no.der: there is no such file");
    assert_refused(
        &s.folder,
        CONNECTIONS("id = x\npubkeys = own.der", "pubkeys = peer.der\nrevocation = strict"),
        "revocation in connections.site.remote: expected no pubkeys beside it");
    assert_refused(&s.folder, CONNECTIONS("id = x\ncerts = own.der\npubkeys = own.der", ""),
                   "certs in connections.site.local: expected no pubkeys beside it");
    EVP_PKEY_free(peer);
    EVP_PKEY_free(rsa);
    scene_free(&s);
}

#define PASSPHRASE(section, file, secret)                                                          \
    "secrets { " section " {\n file = " file "\n secret = \"" secret "\"\n} }\n"

/* The key is there once it is opened; who has no passphrase, or a wrong one, is told. */
static void encrypted_keys(void **state)
{
    (void)state;
    static const char conf[] = CONNECTIONS("certs = own.der", "");
    static const char *const folders[] = {"private", "pkcs8"};
    for (size_t i = 0; i < x4m_countof(folders); i++) {
        struct scene s = scene_new();
        struct told told;
        char path[64];
        char text[512];
        char plain[160];
        snprintf(plain, sizeof(plain), "%s/private/own.der", s.folder.path);
        assert_int_equal(unlink(plain), 0);
        snprintf(path, sizeof(path), "%s/sealed.der", folders[i]);
        const fixture_der sealed = fixture_pkcs8_encrypted(s.key, "a passphrase");
        folder_write_der(&s.folder, path, &sealed);
        snprintf(text, sizeof(text),
                 "%ssecrets { %s-own {\n file = sealed.der\n secret = \"a passphrase\"\n} }\n",
                 conf, folders[i]);
        struct hub_config *config = load(&s.folder, text, &told);
        assert_string_equal(told.text, "");
        assert_non_null(config);
        const fixture_der expected = fixture_pkcs8(s.key);
        const x4s_chunk *key = &config->connections[0].auth->prikey.der;
        assert_int_equal(key->len, expected.len);
        assert_memory_equal(key->data, expected.data, expected.len);
        hub_config_free(config);

        assert_refused(&s.folder, conf,
                       "/sealed.der: it is encrypted: expected its passphrase in section "
                       "secrets");
        snprintf(text, sizeof(text),
                 "%ssecrets { %s-own {\n file = sealed.der\n secret = wrong\n} }\n", conf,
                 folders[i]);
        assert_refused(&s.folder, text, "/sealed.der: the passphrase is wrong");
        scene_free(&s);
    }
}

static void passphrases(void **state)
{
    (void)state;
    static const char conf[] = CONNECTIONS("certs = own.der", "");
    struct scene s = scene_new();
    struct told told;
    char text[512];
    snprintf(text, sizeof(text), "%s%s", conf, PASSPHRASE("rsa", "nobody.pem", "x"));
    struct hub_config *config = load(&s.folder, text, &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "warning: "));
    assert_non_null(strstr(told.text, "there is no encrypted private key in rsa/nobody.pem"));
    hub_config_free(config);
    snprintf(text, sizeof(text), "%ssecrets { ecdsa {\n file = own.der\n} }\n", conf);
    assert_refused(&s.folder, text,
                   "secret in secrets.ecdsa: expected a passphrase that is not empty");
    snprintf(text, sizeof(text), "%ssecrets { private {\n secret = x\n} }\n", conf);
    assert_refused(&s.folder, text, "file in secrets.private: expected the file of a private key");
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken),       cmocka_unit_test(options),
        cmocka_unit_test(refused),     cmocka_unit_test(bad_folders),
        cmocka_unit_test(warnings),    cmocka_unit_test(swanctl_sections),
        cmocka_unit_test(lists),       cmocka_unit_test(responses),
        cmocka_unit_test(raw_keys),    cmocka_unit_test(encrypted_keys),
        cmocka_unit_test(passphrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
