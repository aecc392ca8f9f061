/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_POOL_H
#define SHARD_POOL_H

/*
 * Virtual addresses for clients. A lease stays its owner's after it is given back, so that who
 * reconnects has the same address, until the pool has no fresh address and it is the one that was
 * not used for the longest time. All steps cost O(1).
 */

#include "shard/config/config.h"
#include "x4/core/memory.h"
#include "x4/ike/charon.h"
#include "x4/misc/list.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

struct shard_pool {
    x4s_net_selector range; /* these as of struct hub_pool */
    uint32_t first;
    uint32_t size;           /* 0: nothing is given out any more */
    const uint8_t *hash_key; /* of its shard */
    x4s_table by_owner;      /* leases */
    x4s_table by_addr;
    x4s_list all;   /* in the order in which their addresses were given out first */
    x4s_list idle;  /* given back, the longest idle first */
    uint32_t fresh; /* addresses that were never leased begin here */
    uint32_t online;
};

/*
 * Without addresses. `hash_key` has x4c_siphash_key bytes and outlives the pool. False: no memory.
 */
bool shard_pool_init(struct shard_pool *pool, const uint8_t *hash_key);
void shard_pool_fini(struct shard_pool *pool);

/* Forgets who had which address, and who has one. */
void shard_pool_clear(struct shard_pool *pool);

/*
 * The addresses are those of the configuration from now on; NULL: there are none. Who has another
 * keeps it until it gives it back; then it is given to nobody any more.
 */
void shard_pool_change(struct shard_pool *pool, const struct hub_pool *config);

/*
 * An address for an owner, whom the bytes of the identity tell, at `host`: the one that it uses
 * from there, since its new SA takes the place of an old one; else one that it had and does not
 * use; else another. False: all are in use, or no memory.
 */
bool shard_pool_take(struct shard_pool *pool, const x4s_ike_id *owner, const x4s_net_addr *host,
                     x4s_net_addr *addr);

/* The same, but only for one that the owner uses from there, or had. */
bool shard_pool_take_back(struct shard_pool *pool, const x4s_ike_id *owner,
                          const x4s_net_addr *host, x4s_net_addr *addr);

/*
 * One that an SA has that this pool knows nothing of yet. False: another owner has it, it is none
 * of the pool's, or no memory.
 */
bool shard_pool_claim(struct shard_pool *pool, const x4s_ike_id *owner, const x4s_net_addr *host,
                      const x4s_net_addr *addr);

/* Somebody has the address, or had it last. The owner points into the pool. */
struct shard_pool_lease {
    x4s_net_addr addr;
    x4s_ike_id owner;
    bool online; /* it is in use */
};

/*
 * The lease after that of the address `after`, or the first one where that is NULL. While leases
 * come and go the order stays, and an address that goes to another owner stays where it is. False:
 * there is none, or nobody has or had the address.
 */
bool shard_pool_next(const struct shard_pool *pool, const x4s_net_addr *after,
                     struct shard_pool_lease *lease);

/* Somebody has or had the address. */
bool shard_pool_knows(const struct shard_pool *pool, const x4s_net_addr *addr);

/* Addresses that somebody had, and has given back. */
uint32_t shard_pool_offline(const struct shard_pool *pool);

/* Undoes one shard_pool_take(). An address that nobody has is ignored. */
void shard_pool_give(struct shard_pool *pool, const x4s_net_addr *addr);

#endif
