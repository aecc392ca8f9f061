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

/* Of each number one for each estate, whose owner alone gives its addresses out. */
static bool make_pools(struct shard *shard, uint32_t numbers)
{
    const uint32_t limit = numbers * shard_estates_parts(&shard->estates);
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

static void change_pool(struct shard_pool *pool, const struct hub_pool *config, uint32_t part,
                        uint32_t parts)
{
    if (!config) {
        shard_pool_change(pool, NULL);
        return;
    }
    struct hub_pool share = *config;
    const uint32_t begin = (uint32_t)((uint64_t)config->size * part / parts);
    share.first = config->first + begin;
    share.size = (uint32_t)((uint64_t)config->size * (part + 1) / parts) - begin;
    shard_pool_change(pool, &share);
}

void shard_snapshot_change_pools(struct shard *shard)
{
    const uint32_t parts = shard_estates_parts(&shard->estates);
    for (uint32_t i = 0; i < shard->pool_limit; i++)
        change_pool(shard->pools[i], hub_pool_numbered(shard->config, i / parts), i % parts, parts);
}

struct shard_pool *shard_snapshot_pool(const struct shard *shard, uint32_t number, uint32_t estate)
{
    return shard->pools[number * shard_estates_parts(&shard->estates) + estate];
}

void shard_snapshot_clear_pools(struct shard *shard, uint32_t estate)
{
    const uint32_t parts = shard_estates_parts(&shard->estates);
    for (uint32_t i = estate; i < shard->pool_limit; i += parts)
        shard_pool_clear(shard->pools[i]);
}

void shard_snapshot_adopt(struct shard *shard, const struct shard_change *change)
{
    const struct hub_config *before = shard->config;
    shard_use(shard, change->config);
    shard->config = change->config;
    shard->daemon = change->daemon;
    shard->log.level = shard->daemon->log_level;
    shard->log.format = shard->daemon->log_format;
    shard->adjust = true;
    shard_snapshot_change_pools(shard);
    shard_initiate_all(shard, before);
    shard_unuse(shard, before);
}

/* -------------------------------------------------------------------------- the end */

void shard_snapshot_forget(struct shard *shard, const struct hub_config *config,
                           const uint32_t *pools, size_t pool_count)
{
    const uint32_t parts = shard_estates_parts(&shard->estates);
    for (size_t i = 0; i < pool_count * parts; i++)
        shard_pool_clear(shard_snapshot_pool(shard, pools[i / parts], (uint32_t)(i % parts)));
    shard_proof_forget(shard, config);
    shard->uses[config->slot] = (struct shard_uses){0};
}
