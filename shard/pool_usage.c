/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/pool_usage.h"

#include "shard/config/numbers.h"
#include "shard/pool.h"
#include "shard/snapshot.h"
#include "shard/state.h"

/* Of the addresses of all estates. */
static struct shard_pool_usage usage_of(const struct shard *shard, uint32_t number)
{
    struct shard_pool_usage usage = {0};
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++) {
        const struct shard_pool *pool = shard_snapshot_pool(shard, number, i);
        usage.online += pool->online;
        usage.offline += shard_pool_offline(pool);
    }
    return usage;
}

bool shard_pool_usage_of(const struct shard *shard, const struct hub_pool *pool,
                         struct shard_pool_usage *usage)
{
    const uint32_t number = hub_pool_number(pool);
    if (hub_pool_home(pool, shard->steer.count) != shard->steer.index ||
        number >= shard->pool_limit / shard_estates_parts(&shard->estates))
        return false;
    *usage = usage_of(shard, number);
    return true;
}

void shard_pool_usage_take(const struct shard *shard, const struct hub_config *config, size_t count,
                           struct shard_pool_usage *usage)
{
    for (size_t i = 0; i < count; i++)
        (void)shard_pool_usage_of(shard, &config->pools[i], &usage[i]);
}

void shard_pool_usage_add(struct shard_pool_usage *sum, const struct shard_pool_usage *more,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum[i].online += more[i].online;
        sum[i].offline += more[i].offline;
    }
}
