/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEY_DESK_H
#define SHARD_PRIVILEGE_KEY_DESK_H

/*
 * What the loader and the control thread ask of the key process: to read keys, take one, forget
 * one. They wait for the answer; shards do not come here. Each gets a socket whose role is
 * KEY_ROLE_DESK, for as many questions as wished, one after another.
 *
 * NULL: it is done. Else a text in static storage, or in `problem`, that says why not.
 */

#include "shard/config/schema.h"
#include "shard/privilege/key_protocol.h"

#define KEY_PROBLEM (KEY_TEXT_MAX + 1)

/* The other end is gone, or does not answer: another may be asked. */
extern const char key_desk_gone[];

/* Gets each KEY_FOUND; valid during the call. */
typedef void (*key_desk_told)(void *context, const struct key_message *found);

const char *key_desk_load(int fd, const struct hub_passphrase *passphrases, key_desk_told told,
                          void *context, char problem[KEY_PROBLEM]);
const char *key_desk_add(int fd, x4s_chunk der, key_desk_told told, void *context,
                         char problem[KEY_PROBLEM]);
const char *key_desk_remove(int fd, const uint8_t name[KEY_NAME], char problem[KEY_PROBLEM]);
const char *key_desk_commit(int fd, char problem[KEY_PROBLEM]);

#endif
