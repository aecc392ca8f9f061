/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/key_files.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "x4/core/memory.h"

const char *const hub_key_folders[HUB_KEY_FOLDERS] = {"private", "rsa", "ecdsa", "pkcs8"};

const char *hub_beside(struct hub_arena *arena, const char *config, const char *folder,
                       const char *name)
{
    char path[PATH_MAX];
    const char *slash = strrchr(config, '/');
    const char *base = slash ? config : ".";
    const int len = slash ? (int)(slash - config) : 1;
    if (*name == '/')
        snprintf(path, sizeof(path), "%s", name);
    else
        snprintf(path, sizeof(path), "%.*s/%s%s%s", len, base, folder, *name ? "/" : "", name);
    return hub_arena_text(arena, path, strlen(path));
}

/* NULL: nobody gave one. */
static struct hub_passphrase *passphrase_for(struct hub_passphrase *passphrases, const char *path)
{
    while (passphrases && strcmp(passphrases->path, path) != 0)
        passphrases = passphrases->next;
    return passphrases;
}

/* The arena wipes what it gets. */
static void decrypt(struct hub_arena *arena, x4s_crypto *crypto, struct hub_passphrase *passphrases,
                    const struct hub_der *file, struct hub_private_key *key)
{
    uint8_t plain[x4c_key_der_max];
    size_t len = 0;
    struct hub_passphrase *passphrase = passphrase_for(passphrases, file->path);
    key->why = "it is encrypted: expected its passphrase in section secrets";
    if (!passphrase)
        return;
    passphrase->used = key->decrypted = true;
    if (x4_pkcs8_decrypt(file->der, passphrase->secret, plain, sizeof(plain), &len, &key->why)) {
        const char *copy = hub_arena_text(arena, (const char *)plain, len);
        key->der = (x4s_chunk){(const uint8_t *)copy, copy ? len : 0};
        key->key = x4_private_key_new(crypto, key->der, &key->why);
    }
    x4_wipe(plain, sizeof(plain));
}

struct hub_private_key hub_private_key_read(struct hub_arena *arena, x4s_crypto *crypto,
                                            struct hub_passphrase *passphrases,
                                            const struct hub_der *file)
{
    struct hub_private_key key = {.der = file->der};
    if (x4_pkcs8_encrypted(file->der))
        decrypt(arena, crypto, passphrases, file, &key);
    else
        key.key = x4_private_key_new(crypto, file->der, &key.why);
    return key;
}
