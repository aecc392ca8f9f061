/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/key_vault.h"
#include "tests/unit/privilege/key_host.h"

#define THREADS 2

static const x4s_chunk hash = {key_host_hash, sizeof(key_host_hash)};
static const x4s_chunk hash32 = {key_host_hash32, sizeof(key_host_hash32)};

static const char *load(struct key_vault *vault, struct hub_passphrase *passphrases,
                        struct key_found *found)
{
    *found = (struct key_found){0};
    return key_vault_load(vault, 0, passphrases, key_host_told, found);
}

static enum key_status sign(const struct key_host *host, struct key_vault *vault, unsigned thread,
                            const EVP_PKEY *pkey, x4s_chunk what)
{
    uint8_t name[KEY_NAME];
    uint8_t signature[x4c_signature_max];
    size_t len;
    key_host_name(host, pkey, name);
    const enum key_status status = key_vault_sign(vault, thread, name, what, signature, &len, 0);
    if (status == KEY_DONE_WELL)
        key_host_verify(host, pkey, what, (x4s_chunk){signature, len});
    return status;
}

static void signs(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    assert_null(load(vault, NULL, &found));
    assert_int_equal(found.keys, 2);
    assert_int_equal(found.problems, 0);
    assert_int_equal(found.flags, 0);
    for (unsigned thread = 0; thread < THREADS; thread++) {
        assert_int_equal(sign(&host, vault, thread, host.rsa, hash), KEY_DONE_WELL);
        assert_int_equal(sign(&host, vault, thread, host.ec, hash32), KEY_DONE_WELL);
    }
    key_vault_free(vault);
    key_host_free(&host);
}

/* RSA signs the hashes that there are, ECDSA that of its curve. */
static void refuses(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    static const uint8_t bytes[x4c_hash_size_max + 1] = {1};
    assert_null(load(vault, NULL, &found));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        const bool rsa = len >= 16 && len <= x4c_hash_size_max;
        assert_int_equal(sign(&host, vault, 0, host.rsa, (x4s_chunk){bytes, len}),
                         rsa ? KEY_DONE_WELL : KEY_REFUSED);
        assert_int_equal(sign(&host, vault, 0, host.ec, (x4s_chunk){bytes, len}),
                         len == 32 ? KEY_DONE_WELL : KEY_REFUSED);
    }
    EVP_PKEY *other = fixture_ec("P-256");
    assert_int_equal(sign(&host, vault, 0, other, hash32), KEY_UNKNOWN);
    EVP_PKEY_free(other);
    key_vault_free(vault);
    key_host_free(&host);
}

/* What a file had goes with it, but not before the configuration is used that does without. */
static void commit(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    assert_null(load(vault, NULL, &found));
    key_host_remove(&host, "private/rsa.der");
    assert_null(load(vault, NULL, &found));
    assert_int_equal(found.keys, 1);
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_DONE_WELL);
    key_vault_commit(vault);
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_UNKNOWN);
    assert_int_equal(sign(&host, vault, 0, host.ec, hash32), KEY_DONE_WELL);
    key_vault_free(vault);
    key_host_free(&host);
}

/* A load that failed takes nothing away. */
static void incomplete(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    assert_null(load(vault, NULL, &found));
    key_host_remove(&host, "private/rsa.der");
    folder_write(&host.folder, "private/bad.der", "bad", 3, 0600);
    assert_non_null(load(vault, NULL, &found));
    assert_int_equal(found.keys, 1);
    assert_int_equal(found.problems, 1);
    assert_non_null(strstr(found.path, "private/bad.der"));
    key_vault_commit(vault);
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_DONE_WELL);
    key_vault_free(vault);
    key_host_free(&host);
}

static void encrypted(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    char path[160];
    EVP_PKEY *pkey = fixture_ec("P-384");
    const fixture_der sealed = fixture_pkcs8_encrypted(pkey, "open");
    struct hub_passphrase passphrase = {
        .path = path,
        .secret = {(const uint8_t *)"open", 4},
    };
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    const fixture_der *der = &sealed;
    folder_write(&host.folder, "pkcs8/sealed.der", der->data, der->len, 0644);
    snprintf(path, sizeof(path), "%s/pkcs8/sealed.der", host.folder.path);
    assert_non_null(load(vault, NULL, &found));
    assert_non_null(strstr(found.text, "it is encrypted"));
    assert_null(load(vault, &passphrase, &found));
    assert_int_equal(found.keys, 3);
    assert_int_equal(found.flags, KEY_DECRYPTED | KEY_OTHERS);
    assert_int_equal(key_vault_count(vault), 3);
    EVP_PKEY_free(pkey);
    key_vault_free(vault);
    key_host_free(&host);
}

/* Added ones stay whatever becomes of files, and only they can be removed. */
static void added(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    uint8_t name[KEY_NAME];
    EVP_PKEY *pkey = fixture_rsa(1024);
    const fixture_der der = fixture_private(pkey);
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    found = (struct key_found){0};
    assert_null(key_vault_add(vault, 0, fixture_chunk(&der), key_host_told, &found));
    assert_int_equal(found.flags, KEY_ADDED);
    assert_non_null(
        key_vault_add(vault, 0, (x4s_chunk){(const uint8_t *)"x", 1}, key_host_told, &found));
    assert_null(load(vault, NULL, &found));
    key_vault_commit(vault);
    assert_int_equal(sign(&host, vault, 1, pkey, hash), KEY_DONE_WELL);
    key_host_name(&host, pkey, name);
    assert_true(key_vault_remove(vault, name));
    assert_false(key_vault_remove(vault, name));
    assert_int_equal(sign(&host, vault, 1, pkey, hash), KEY_UNKNOWN);
    key_host_name(&host, host.rsa, name);
    assert_false(key_vault_remove(vault, name));
    EVP_PKEY_free(pkey);
    key_vault_free(vault);
    key_host_free(&host);
}

/* A key that is both stays as long as one of the two is. */
static void added_and_file(void **state)
{
    (void)state;
    struct key_host host = key_host_new();
    struct key_found found;
    uint8_t name[KEY_NAME];
    const fixture_der der = fixture_private(host.rsa);
    struct key_vault *vault = key_vault_new(host.config, THREADS);
    assert_null(load(vault, NULL, &found));
    assert_null(key_vault_add(vault, 0, fixture_chunk(&der), key_host_told, &found));
    key_host_name(&host, host.rsa, name);
    assert_true(key_vault_remove(vault, name));
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_DONE_WELL);
    assert_null(key_vault_add(vault, 0, fixture_chunk(&der), key_host_told, &found));
    key_host_remove(&host, "private/rsa.der");
    assert_null(load(vault, NULL, &found));
    key_vault_commit(vault);
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_DONE_WELL);
    assert_true(key_vault_remove(vault, name));
    assert_int_equal(sign(&host, vault, 0, host.rsa, hash), KEY_UNKNOWN);
    key_vault_free(vault);
    key_host_free(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs),          cmocka_unit_test(refuses),   cmocka_unit_test(commit),
        cmocka_unit_test(incomplete),     cmocka_unit_test(encrypted), cmocka_unit_test(added),
        cmocka_unit_test(added_and_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
