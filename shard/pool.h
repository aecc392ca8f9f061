/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_POOL_H
#define SHARD_POOL_H

/*
 * Virtual addresses for clients. A lease stays its owner's after it is given back, so that who
 * reconnects has the same address, until the pool has no fresh address and it is the one that was
 * not used for the longest time. All steps cost O(1).
 */

#include "shard/config.h"
#include "x4/core/memory.h"
#include "x4/misc/list.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

struct shard_pool {
    const struct hub_pool *config;
    x4s_table by_owner; /* leases */
    x4s_list idle;      /* given back, the longest idle first */
    uint32_t fresh;     /* addresses that were never leased begin here */
    uint32_t online;
};

struct shard_lease {
    struct shard_pool *pool;
    x4s_table_link by_owner;
    x4s_list idle;
    x4s_net_addr addr;
    uint32_t users; /* SAs that have it; 0: it is given back */
    size_t owner_len;
    uint8_t owner[];
};

/* False: no memory. */
bool shard_pool_init(struct shard_pool *pool, const struct hub_pool *config);
void shard_pool_fini(struct shard_pool *pool);

/*
 * An address for an owner: the one it had if that is not in use. NULL: all are in use, or no
 * memory. `hash_key` is the shard's.
 */
struct shard_lease *shard_pool_take(struct shard_pool *pool,
                                    const uint8_t hash_key[x4c_siphash_key], x4s_chunk owner);

/* Another SA of the same client has the lease as well: a new one in the place of an old one. */
struct shard_lease *shard_pool_share(struct shard_lease *lease);

/* An SA has it no more. NULL is ignored. */
void shard_pool_give(struct shard_lease *lease);

#endif
