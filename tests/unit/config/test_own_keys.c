/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Private keys of a configuration that another process has: it is begun for the reading, and what
 * comes from it are public halves.
 */

#include "shard/privilege/keys.h"
#include "tests/unit/config/folder_config.h"

#define SITE                                                                                       \
    "connections { site {\nlocal {\nauth = pubkey\ncerts = own.der\n}\nremote {\nauth = pubkey\n"  \
    "} } }\n"

struct scene {
    struct folder folder;
    EVP_PKEY *root_key;
    EVP_PKEY *key;
};

static struct scene scene_new(void)
{
    struct scene s = {
        .folder = folder_new(), .root_key = fixture_ec("P-256"), .key = fixture_ec("P-256")};
    X509 *root = folder_cert("CN=root", s.root_key, NULL, NULL);
    X509 *own = folder_cert("C=CH, CN=gate", s.key, root, s.root_key);
    const fixture_der root_der = fixture_x509_der(root);
    const fixture_der own_der = fixture_x509_der(own);
    folder_write_der(&s.folder, "x509ca/root.der", &root_der);
    folder_write_der(&s.folder, "x509/own.der", &own_der);
    X509_free(root);
    X509_free(own);
    hub_keys_are(HUB_KEYS_AS_CONFIGURED);
    return s;
}

static void scene_free(struct scene *s)
{
    hub_keys_are(HUB_KEYS_HERE);
    EVP_PKEY_free(s->root_key);
    EVP_PKEY_free(s->key);
    folder_free(&s->folder);
}

static bool has(x4s_chunk chunk, const fixture_der *der)
{
    return chunk.len == der->len && memcmp(chunk.data, der->data, der->len) == 0;
}

static void elsewhere(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    const fixture_der private_key = fixture_private(s.key);
    const fixture_der spki = fixture_spki(s.key);
    folder_write_der(&s.folder, "private/own.der", &private_key);
    struct hub_config *config = load(&s.folder, SITE, &told);
    assert_string_equal(told.text, "");
    assert_non_null(config);
    assert_true(config->keys_elsewhere);
    assert_true(has(config->connections[0].auth->prikey.der, &spki));
    hub_config_free(config);

    config = load(&s.folder, "ikehub { privileges = none }\n" SITE, &told);
    assert_non_null(config);
    assert_false(config->keys_elsewhere);
    assert_true(has(config->connections[0].auth->prikey.der, &private_key));
    hub_config_free(config);
    scene_free(&s);
}

/* What the other process finds is told as if it had been found here. */
static void findings(void **state)
{
    (void)state;
    struct scene s = scene_new();
    struct told told;
    const fixture_der private_key = fixture_private(s.key);
    assert_refused(&s.folder, SITE,
                   "x509/own.der: none of the private keys beside this configuration");
    folder_write(&s.folder, "private/bad.der", "bad", 3, 0600);
    assert_refused(&s.folder, SITE, "private/bad.der: ");
    folder_write(&s.folder, "private/bad.der", private_key.data, private_key.len, 0644);
    struct hub_config *config = load(&s.folder, SITE, &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "private/bad.der: others than its owner and group may read"));
    hub_config_free(config);
    scene_free(&s);
}

static void passphrases(void **state)
{
    (void)state;
    static const char opened[] = SITE "secrets { pkcs8-own {\nfile = own.der\nsecret = open\n} }\n";
    static const char unused[] = SITE "secrets { pkcs8-own {\nfile = own.der\nsecret = open\n}\n"
                                      "rsa-other {\nfile = other.der\nsecret = open\n} }\n";
    struct scene s = scene_new();
    struct told told;
    const fixture_der sealed = fixture_pkcs8_encrypted(s.key, "open");
    folder_write_der(&s.folder, "pkcs8/own.der", &sealed);
    assert_refused(&s.folder, SITE, "pkcs8/own.der: it is encrypted: expected its passphrase");
    struct hub_config *config = load(&s.folder, opened, &told);
    assert_string_equal(told.text, "");
    assert_non_null(config);
    assert_non_null(config->passphrases);
    hub_config_free(config);
    config = load(&s.folder, unused, &told);
    assert_non_null(config);
    assert_non_null(strstr(told.text, "there is no encrypted private key in rsa/other.der"));
    hub_config_free(config);
    scene_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elsewhere),
        cmocka_unit_test(findings),
        cmocka_unit_test(passphrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
