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

/* The other end is gone: another may be asked. */
extern const char key_desk_gone[];

/* Gets each KEY_FOUND; valid during the call. */
typedef void (*key_desk_told)(void *context, const struct key_message *found);

/*
 * Questions whose answers somebody else reads: KEY_FOUND as often as it comes, and then KEY_DONE
 * with this number. False: the other end is gone.
 */
enum key_question {
    KEY_QUESTION = 1,
    KEY_QUESTION_LOAD,
    KEY_QUESTION_COMMIT,
};
bool key_desk_begin_load(int fd, const struct hub_passphrase *passphrases);
bool key_desk_begin_commit(int fd);

const char *key_desk_load(int fd, const struct hub_passphrase *passphrases, key_desk_told told,
                          void *context, char problem[KEY_PROBLEM]);
const char *key_desk_add(int fd, x4s_chunk der, key_desk_told told, void *context,
                         char problem[KEY_PROBLEM]);
const char *key_desk_remove(int fd, const uint8_t name[KEY_NAME], char problem[KEY_PROBLEM]);

#endif
