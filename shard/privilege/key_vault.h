/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_VAULT_H
#define SHARD_PRIVILEGE_KEY_VAULT_H

/*
 * The private keys of the key process. They are read from the folders beside the configuration or
 * added one by one, they sign what IKEv1 signs, and they do not leave.
 *
 * Several threads use a vault at once, each with a number of its own: OpenSSL's form of a key is
 * made once for each thread that signs with it, because signing with one form goes one by one.
 */

#include "shard/config/schema.h"
#include "shard/privilege/key_protocol.h"
#include "x4/crypto/sign.h"

struct key_vault;

/* Folders are looked for beside `config`, which is copied. NULL: no memory. */
struct key_vault *key_vault_new(const char *config, unsigned threads);

/* Wipes all; no thread uses it any more. */
void key_vault_free(struct key_vault *vault);

/* Gets the message KEY_FOUND of each file, without number; valid during the call. */
typedef void (*key_vault_told)(void *context, const struct key_message *found);

/*
 * Reads the folders: their keys can sign from now on. What was there before stays until
 * key_vault_commit(). NULL, or why not all of them could be read. Also ends the wait of those who
 * want to sign with what is not there yet, see key_vault_sign().
 */
const char *key_vault_load(struct key_vault *vault, unsigned thread,
                           struct hub_passphrase *passphrases, key_vault_told told, void *context);

/* Forgets the keys of files that the last complete key_vault_load() did not find. */
void key_vault_commit(struct key_vault *vault);

/*
 * Takes one in DER, whatever becomes of the files: copied, and the caller's to wipe. NULL and told
 * once, or why it is none.
 */
const char *key_vault_add(struct key_vault *vault, unsigned thread, x4s_chunk der,
                          key_vault_told told, void *context);

/* Forgets one that was added, unless it is that of a file, too. False: it is not there. */
bool key_vault_remove(struct key_vault *vault, const uint8_t name[KEY_NAME]);

/*
 * Signs a hash as x4/crypto/sign.h tells. Before the first key_vault_load() it waits for that, up
 * to `patience_ms`: after a restart of the process requests come sooner than keys.
 */
enum key_status key_vault_sign(struct key_vault *vault, unsigned thread,
                               const uint8_t name[KEY_NAME], x4s_chunk hash,
                               uint8_t signature[x4c_signature_max], size_t *len,
                               unsigned patience_ms);

/* How many there are. */
size_t key_vault_count(struct key_vault *vault);

#endif
