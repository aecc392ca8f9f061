/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_OWN_KEYS_H
#define SHARD_CONFIG_OWN_KEYS_H

/*
 * The private keys that a configuration may use: those of the folders beside it, and those that
 * clients loaded. This process has them, or another does (shard/privilege/keys.h) and tells of
 * their public halves; whoever signs is to know which.
 */

#include "shard/config/schema.h"
#include "x4/crypto/key.h"

/* In the arena, but for the public half. */
struct hub_own_key {
    x4s_chunk der; /* of x4s_ike_prikey: the key, or SubjectPublicKeyInfo where another has it */
    x4s_public_key *half;
    struct hub_own_key *next;
};

/* Reads them, telling errors of the build; NULL: there is none. */
struct hub_own_key *hub_own_keys_read(struct hub_build *build, x4s_crypto *crypto);

/* The one with this public half; NULL: none. */
const struct hub_own_key *hub_own_keys_find(const struct hub_own_key *keys,
                                            const x4s_public_key *half);

void hub_own_keys_free(struct hub_own_key *keys);

#endif
