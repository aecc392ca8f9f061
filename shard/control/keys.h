/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_KEYS_H
#define SHARD_CONTROL_KEYS_H

/*
 * Private keys that clients load. Where another process has such (shard/privilege/keys.h) they are
 * handed to it, and what is kept here is their public half.
 */

#include "shard/config/arena.h"
#include "shard/control/state.h"

/*
 * Takes a private key: *spki is its SubjectPublicKeyInfo, and *kept what is to be kept of it, both
 * in the arena, or `der`. NULL, or why not.
 */
const char *control_key_take(struct control *control, struct hub_arena *arena, x4s_chunk der,
                             x4s_chunk *kept, x4s_chunk *spki, char problem[CONTROL_PROBLEM]);

/* One that was taken is not kept after all. */
void control_key_give_back(struct control *control, x4s_chunk spki);

/* The one of this name is about to be unloaded. */
void control_key_forget(struct control *control, const char *name);

/* All of them are. */
void control_keys_forget(struct control *control);

/* Unloads what the other process has lost, and tells how many. */
void control_keys_lost(void *control);

#endif
