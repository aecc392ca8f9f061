/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/snapshot.h"

#include <stdlib.h>

#include "shard/config/numbers.h"
#include "shard/connection.h"
#include "shard/initiate.h"
#include "shard/pool.h"
#include "shard/proof.h"

/* -------------------------------------------------------------------------- room */

static bool add_pool(struct shard *shard)
{
    struct shard_pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return false;
    if (!shard_pool_init(pool, shard->hash_key)) {
        shard_pool_fini(pool);
        free(pool);
        return false;
    }
    shard->pools[shard->pool_limit++] = pool;
    return true;
}

static bool make_pools(struct shard *shard, uint32_t limit)
{
    if (limit <= shard->pool_limit)
        return true;
    struct shard_pool **pools = realloc(shard->pools, limit * sizeof(struct shard_pool *));
    if (!pools)
        return false;
    shard->pools = pools;
    while (shard->pool_limit < limit) {
        if (!add_pool(shard))
            return false;
    }
    return true;
}

bool shard_snapshot_prepare(struct shard *shard, const struct hub_config *config)
{
    if (shard_connections_room(shard, config->connection_numbers.limit) &&
        make_pools(shard, config->pool_numbers.limit))
        return true;
    shard->counters.no_memory++;
    return false;
}

/* -------------------------------------------------------------------------- the newest */

void shard_snapshot_change_pools(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->pool_limit; i++)
        shard_pool_change(shard->pools[i], hub_pool_numbered(shard->config, i));
}

void shard_snapshot_adopt(struct shard *shard, const struct shard_change *change)
{
    const struct hub_config *before = shard->config;
    shard_use(shard, change->config);
    shard->config = change->config;
    shard->daemon = change->daemon;
    shard->log.level = shard->daemon->log_level;
    shard->adjust = true;
    shard_snapshot_change_pools(shard);
    shard_initiate_all(shard, before);
    shard_unuse(shard, before);
}

/* -------------------------------------------------------------------------- the end */

void shard_snapshot_forget(struct shard *shard, const struct hub_config *config,
                           const uint32_t *pools, size_t pool_count)
{
    for (size_t i = 0; i < pool_count; i++)
        shard_pool_clear(shard->pools[pools[i]]);
    shard_proof_forget(shard, config);
    shard->uses[config->slot] = (struct shard_uses){0};
}
