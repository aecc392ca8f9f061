/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SNAPSHOT_H
#define SHARD_SNAPSHOT_H

/*
 * Which snapshots of the configuration a shard still needs, and how it goes over to another.
 *
 * Whoever keeps a pointer into a snapshot beyond the call that it got it in counts a use of it: an
 * SA, a child, an attempt, an order, the shard itself for the newest, and each letter while it is
 * under way. The one who writes a letter counts its use, and the one who reads it lets go, so only
 * the sums over all shards tell anything; the control thread makes them (shard/retire.h). Both
 * numbers only grow, which is what makes the sums of two moments comparable.
 */

#include "shard/state.h"

static inline void shard_use(struct shard *shard, const struct hub_config *config)
{
    shard->uses[config->slot].taken++;
}

static inline void shard_unuse(struct shard *shard, const struct hub_config *config)
{
    shard->uses[config->slot].dropped++;
}

/* A snapshot that is to be the newest, with what the daemon does by it. */
struct shard_change {
    const struct hub_config *config;
    const struct hub_daemon *daemon;
};

/*
 * Makes room for what the snapshot has. Before all shards have it none uses it, because letters of
 * the others name connections of it. False: no memory; nothing has changed.
 */
bool shard_snapshot_prepare(struct shard *shard, const struct hub_config *config);

/* The pools have the addresses that the newest snapshot says. */
void shard_snapshot_change_pools(struct shard *shard);

/*
 * The pool of that number for clients of an estate. A pool's addresses are divided among estates,
 * so that two nodes give none out twice; where there is one estate it has all.
 */
struct shard_pool *shard_snapshot_pool(const struct shard *shard, uint32_t number, uint32_t estate);

/* The estate is another node's: who had which address is forgotten. */
void shard_snapshot_clear_pools(struct shard *shard, uint32_t estate);

/*
 * The snapshot is the newest from now on, and what it says to start begins. SAs that there are stay
 * with theirs.
 */
void shard_snapshot_adopt(struct shard *shard, const struct shard_change *change);

/* Nobody uses the snapshot any more, here or elsewhere; the pools were only in it. */
void shard_snapshot_forget(struct shard *shard, const struct hub_config *config,
                           const uint32_t *pools, size_t pool_count);

#endif
