/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_KEY_FILES_H
#define SHARD_CONFIG_KEY_FILES_H

/*
 * Private keys of files: where they are, and what such a file becomes. For whoever holds them: the
 * daemon, or the process that it has for that (shard/privilege/key_vault.h).
 */

#include "shard/config/credential_files.h"
#include "shard/config/schema.h"
#include "x4/crypto/key.h"

/* swanctl's folders beside a configuration; all of them may hold any kind of key. */
#define HUB_KEY_FOLDERS 4
extern const char *const hub_key_folders[HUB_KEY_FOLDERS];

/* In PEM a key's label ends with this. */
#define HUB_KEY_LABEL "PRIVATE KEY"

/*
 * Where a file is that the configuration `config` means by a name in a folder beside it; of the
 * folder itself where the name is empty. NULL: no memory.
 */
const char *hub_beside(struct hub_arena *arena, const char *config, const char *folder,
                       const char *name);

/* One that was read. */
struct hub_private_key {
    x4s_private_key *key; /* NULL: none; the caller's to release */
    x4s_chunk der;        /* not encrypted; in the arena, or the file's */
    const char *why;      /* key is NULL: what is wrong, in static storage */
    bool decrypted;       /* there was a passphrase for it */
};

/* The passphrase is that of its path, among `passphrases`, which is marked as used. */
struct hub_private_key hub_private_key_read(struct hub_arena *arena, x4s_crypto *crypto,
                                            struct hub_passphrase *passphrases,
                                            const struct hub_der *file);

#endif
