/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_PRIVILEGE_KEY_HOST_H
#define TESTS_UNIT_PRIVILEGE_KEY_HOST_H

/*
 * A folder with keys beside a configuration, and what was found there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/privilege/key_protocol.h"
#include "tests/unit/config/credential_folder.h"
#include "x4/crypto/sign.h"

struct key_host {
    struct folder folder;
    char config[96];
    x4s_crypto *crypto;
    EVP_PKEY *rsa;
    EVP_PKEY *ec;
};

/* Files private/rsa.der and private/ec.der. */
static inline struct key_host key_host_new(void)
{
    const char *error;
    struct key_host host = {
        .folder = folder_new(),
        .crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error),
        .rsa = fixture_rsa(1024),
        .ec = fixture_ec("P-256"),
    };
    const fixture_der rsa = fixture_private(host.rsa);
    const fixture_der ec = fixture_pkcs8(host.ec);
    folder_write_der(&host.folder, "private/rsa.der", &rsa);
    folder_write_der(&host.folder, "private/ec.der", &ec);
    snprintf(host.config, sizeof(host.config), "%s/ikehub.conf", host.folder.path);
    assert_non_null(host.crypto);
    return host;
}

static inline void key_host_free(struct key_host *host)
{
    EVP_PKEY_free(host->rsa);
    EVP_PKEY_free(host->ec);
    x4_crypto_free(host->crypto);
    folder_free(&host->folder);
}

static inline void key_host_remove(const struct key_host *host, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", host->folder.path, name);
    assert_int_equal(unlink(path), 0);
}

/* A key's name on both sides. */
static inline void key_host_name(const struct key_host *host, const EVP_PKEY *pkey,
                                 uint8_t name[KEY_NAME])
{
    const fixture_der spki = fixture_spki(pkey);
    const x4s_chunk chunk = fixture_chunk(&spki);
    assert_true(x4_hash(host->crypto, x4c_hash_sha256, &chunk, 1, name));
}

/* Asserts that it is the key's over the hash. */
static inline void key_host_verify(const struct key_host *host, const EVP_PKEY *pkey,
                                   x4s_chunk hash, x4s_chunk signature)
{
    const char *error;
    const fixture_der spki = fixture_spki(pkey);
    x4s_public_key *key = x4_public_key_new(host->crypto, fixture_chunk(&spki), &error);
    assert_non_null(key);
    assert_true(x4_sign_verify(host->crypto, key, hash, signature));
    x4_public_key_free(key);
}

/* What was told of files. */
struct key_found {
    unsigned keys;
    unsigned problems;
    uint8_t flags; /* of all */
    char path[160];
    char text[KEY_TEXT_MAX + 1];
};

static inline void key_host_told(void *context, const struct key_message *message)
{
    struct key_found *found = context;
    assert_int_equal(message->type, KEY_FOUND);
    found->keys += message->data.len > 0;
    found->problems += message->text.len > 0;
    found->flags |= message->flags;
    if (!message->text.len)
        return;
    snprintf(found->path, sizeof(found->path), "%.*s", (int)message->path.len,
             (const char *)message->path.data);
    snprintf(found->text, sizeof(found->text), "%.*s", (int)message->text.len,
             (const char *)message->text.data);
}

static const uint8_t key_host_hash[20] = "twenty bytes of hash";
static const uint8_t key_host_hash32[32] = "thirty-two bytes of hash are it";

#endif
