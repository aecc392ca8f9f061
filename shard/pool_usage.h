/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_POOL_USAGE_H
#define SHARD_POOL_USAGE_H

/*
 * How many addresses of the pools are in use.
 */

#include "shard/config/config.h"

struct shard;

struct shard_pool_usage {
    uint32_t online;  /* somebody has it */
    uint32_t offline; /* somebody had it, and has given it back */
};

/*
 * Of one pool, in the shard's thread. False: another shard keeps it, or this one does not know it
 * yet.
 */
bool shard_pool_usage_of(const struct shard *shard, const struct hub_pool *pool,
                         struct shard_pool_usage *usage);

/*
 * Fills in those of the snapshot's first `count` pools that this shard keeps; of the others nothing
 * is written. In the shard's thread.
 */
void shard_pool_usage_take(const struct shard *shard, const struct hub_config *config, size_t count,
                           struct shard_pool_usage *usage);

void shard_pool_usage_add(struct shard_pool_usage *sum, const struct shard_pool_usage *more,
                          size_t count);

#endif
