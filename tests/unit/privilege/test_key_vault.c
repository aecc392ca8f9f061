/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_vault.h"
#include "tests/unit/privilege/key_host.h"

#define THREADS 2

static const x4s_chunk hash = {key_host_hash, sizeof(key_host_hash)};
static const x4s_chunk hash32 = {key_host_hash32, sizeof(key_host_hash32)};

/* A vault of what is beside a configuration, and what was told last of files. */
struct scene {
    struct key_host host;
    struct key_vault *vault;
    struct key_found found;
};

static int set_up(void **state)
{
    static struct scene s;
    s = (struct scene){.host = key_host_new()};
    s.vault = key_vault_new(s.host.config, THREADS);
    assert_non_null(s.vault);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    key_vault_free(s->vault);
    key_host_free(&s->host);
    return 0;
}

static const char *load(struct scene *s, struct hub_passphrase *passphrases)
{
    s->found = (struct key_found){0};
    return key_vault_load(s->vault, 0, passphrases, key_host_told, &s->found);
}

static const char *add(struct scene *s, x4s_chunk der)
{
    return key_vault_add(s->vault, 0, der, key_host_told, &s->found);
}

static enum key_status sign(const struct scene *s, unsigned thread, const EVP_PKEY *pkey,
                            x4s_chunk what)
{
    uint8_t name[KEY_NAME];
    uint8_t signature[x4c_signature_max];
    size_t len;
    key_host_name(&s->host, pkey, name);
    const enum key_status status = key_vault_sign(s->vault, thread, name, what, signature, &len, 0);
    if (status == KEY_DONE_WELL)
        key_host_verify(&s->host, pkey, what, (x4s_chunk){signature, len});
    return status;
}

static void signs(void **state)
{
    struct scene *s = *state;
    assert_null(load(s, NULL));
    assert_int_equal(s->found.keys, 2);
    assert_int_equal(s->found.problems, 0);
    assert_int_equal(s->found.flags, 0);
    for (unsigned thread = 0; thread < THREADS; thread++) {
        assert_int_equal(sign(s, thread, s->host.rsa, hash), KEY_DONE_WELL);
        assert_int_equal(sign(s, thread, s->host.ec, hash32), KEY_DONE_WELL);
    }
}

/* RSA signs the hashes that there are, ECDSA that of its curve. */
static void refuses(void **state)
{
    struct scene *s = *state;
    static const uint8_t bytes[x4c_hash_size_max + 1] = {1};
    assert_null(load(s, NULL));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        const bool rsa = len >= 16 && len <= x4c_hash_size_max;
        assert_int_equal(sign(s, 0, s->host.rsa, (x4s_chunk){bytes, len}),
                         rsa ? KEY_DONE_WELL : KEY_REFUSED);
        assert_int_equal(sign(s, 0, s->host.ec, (x4s_chunk){bytes, len}),
                         len == 32 ? KEY_DONE_WELL : KEY_REFUSED);
    }
    EVP_PKEY *other = fixture_ec("P-256");
    assert_int_equal(sign(s, 0, other, hash32), KEY_UNKNOWN);
    EVP_PKEY_free(other);
}

/* What a file had goes with it, but not before the configuration is used that does without. */
static void commit(void **state)
{
    struct scene *s = *state;
    assert_null(load(s, NULL));
    key_host_remove(&s->host, "private/rsa.der");
    assert_null(load(s, NULL));
    assert_int_equal(s->found.keys, 1);
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_DONE_WELL);
    key_vault_commit(s->vault);
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_UNKNOWN);
    assert_int_equal(sign(s, 0, s->host.ec, hash32), KEY_DONE_WELL);
}

/* A load that failed takes nothing away. */
static void incomplete(void **state)
{
    struct scene *s = *state;
    assert_null(load(s, NULL));
    key_host_remove(&s->host, "private/rsa.der");
    folder_write(&s->host.folder, "private/bad.der", "bad", 3, 0600);
    assert_non_null(load(s, NULL));
    assert_int_equal(s->found.keys, 1);
    assert_int_equal(s->found.problems, 1);
    assert_non_null(strstr(s->found.path, "private/bad.der"));
    key_vault_commit(s->vault);
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_DONE_WELL);
}

static void encrypted(void **state)
{
    struct scene *s = *state;
    char path[160];
    EVP_PKEY *pkey = fixture_ec("P-384");
    const fixture_der sealed = fixture_pkcs8_encrypted(pkey, "open");
    struct hub_passphrase passphrase = {
        .path = path,
        .secret = {(const uint8_t *)"open", 4},
    };
    const fixture_der *der = &sealed;
    folder_write(&s->host.folder, "pkcs8/sealed.der", der->data, der->len, 0644);
    snprintf(path, sizeof(path), "%s/pkcs8/sealed.der", s->host.folder.path);
    assert_non_null(load(s, NULL));
    assert_non_null(strstr(s->found.text, "it is encrypted"));
    assert_null(load(s, &passphrase));
    assert_int_equal(s->found.keys, 3);
    assert_int_equal(s->found.flags, KEY_DECRYPTED | KEY_OTHERS);
    assert_int_equal(key_vault_count(s->vault), 3);
    EVP_PKEY_free(pkey);
}

/* Added ones stay whatever becomes of files, and only they can be removed. */
static void added(void **state)
{
    struct scene *s = *state;
    uint8_t name[KEY_NAME];
    EVP_PKEY *pkey = fixture_rsa(1024);
    const fixture_der der = fixture_private(pkey);
    assert_null(add(s, fixture_chunk(&der)));
    assert_int_equal(s->found.flags, KEY_ADDED);
    assert_non_null(add(s, (x4s_chunk){(const uint8_t *)"x", 1}));
    assert_null(load(s, NULL));
    key_vault_commit(s->vault);
    assert_int_equal(sign(s, 1, pkey, hash), KEY_DONE_WELL);
    key_host_name(&s->host, pkey, name);
    assert_true(key_vault_remove(s->vault, name));
    assert_false(key_vault_remove(s->vault, name));
    assert_int_equal(sign(s, 1, pkey, hash), KEY_UNKNOWN);
    key_host_name(&s->host, s->host.rsa, name);
    assert_false(key_vault_remove(s->vault, name));
    EVP_PKEY_free(pkey);
}

/* A key that is both stays as long as one of the two is. */
static void added_and_file(void **state)
{
    struct scene *s = *state;
    uint8_t name[KEY_NAME];
    const fixture_der der = fixture_private(s->host.rsa);
    assert_null(load(s, NULL));
    assert_null(add(s, fixture_chunk(&der)));
    key_host_name(&s->host, s->host.rsa, name);
    assert_true(key_vault_remove(s->vault, name));
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_DONE_WELL);
    assert_null(add(s, fixture_chunk(&der)));
    key_host_remove(&s->host, "private/rsa.der");
    assert_null(load(s, NULL));
    key_vault_commit(s->vault);
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_DONE_WELL);
    assert_true(key_vault_remove(s->vault, name));
    assert_int_equal(sign(s, 0, s->host.rsa, hash), KEY_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signs),     TEST(refuses), TEST(commit),         TEST(incomplete),
        TEST(encrypted), TEST(added),   TEST(added_and_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
