/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_INDEX_H
#define SHARD_CONFIG_INDEX_H

/*
 * Hash tables that are filled once and then only searched. What has the same hash is found in the
 * order in which it was added. Only hashes are kept: who searches has to compare.
 */

#include <stdint.h>

#include "shard/config/arena.h"
#include "shard/identity.h"

struct hub_chain {
    const struct hub_chain *next; /* in the same bucket; of any hash */
    uint64_t hash;
    const void *item;
};

struct hub_chains {
    const struct hub_chain **buckets;
    size_t mask;
    struct hub_chain *added; /* before hub_chains_close, last first */
    size_t count;
};

/* False: out of memory. */
bool hub_chains_add(struct hub_chains *chains, struct hub_arena *arena, uint64_t hash,
                    const void *item);

/* After the last one was added, and before the first is searched. False: out of memory. */
bool hub_chains_close(struct hub_chains *chains, struct hub_arena *arena);

/* The first with that hash, or NULL. */
const struct hub_chain *hub_chains_first(const struct hub_chains *chains, uint64_t hash);

/* The next with the same hash, or NULL. */
const struct hub_chain *hub_chain_next(const struct hub_chain *link);

/* Of the first `prefix` bits of an address. */
uint64_t hub_hash_prefix(const x4s_net_addr *addr, unsigned prefix);

/* Of an identity; the same for names that differ in case only. */
uint64_t hub_hash_identity(const x4s_ike_id *id);

#endif
