/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/state.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "shard/pool.h"
#include "shard/shard.h"

static bool open_pools(struct shard *shard)
{
    const struct hub_config *config = shard->config;
    shard->pools = calloc(config->pool_count + 1, sizeof(*shard->pools));
    for (size_t i = 0; shard->pools && i < config->pool_count; i++)
        if (!shard_pool_init(&shard->pools[i], &config->pools[i], shard->hash_key))
            return false;
    return shard->pools != NULL;
}

static void close_pools(struct shard *shard)
{
    for (size_t i = 0; shard->pools && i < shard->config->pool_count; i++)
        shard_pool_fini(&shard->pools[i]);
    free(shard->pools);
}

bool shard_state_init(struct shard *shard, const struct shard_options *options)
{
    const size_t connections = options->config->connection_count;
    shard->config = options->config;
    shard->daemon = options->daemon;
    shard->steer = (struct ring_steer){
        .key = {options->steer_key[0], options->steer_key[1]},
        .index = options->index,
        .count = options->count,
    };
    shard->now = shard_clock();
    hub_log_init(&shard->log, options->log_fd, options->daemon->log_level);
    shard_spi_init(&shard->spi, options->spi_key, options->index, options->count);
    shard->cpis = options->cpis;
    x4_list_init(&shard->attempts);
    x4_list_init(&shard->orders);
    x4_wheel_init(&shard->wheel, shard->now);
    if (!shard_post_init(&shard->post, options->mail, options->index, options->count + 1))
        return false;
    shard->connections = calloc(connections + 1, sizeof(*shard->connections));
    if (!shard->connections)
        return false;
    for (size_t i = 0; i < connections; i++)
        x4_list_init(&shard->connections[i].sas);
    if (!open_pools(shard) || !shard_throttle_init(&shard->throttle))
        return false;
    const ssize_t key_size = sizeof(shard->hash_key);
    return shard_roll_init(&shard->roll, options->index, options->count) &&
           getrandom(shard->hash_key, sizeof(shard->hash_key), 0) == key_size &&
           x4_table_init(&shard->peers, &x4_libc_allocator) &&
           x4_table_init(&shard->children, &x4_libc_allocator);
}

void shard_state_fini(struct shard *shard)
{
    shard_roll_fini(&shard->roll);
    if (shard->peers.buckets)
        x4_table_fini(&shard->peers);
    if (shard->children.buckets)
        x4_table_fini(&shard->children);
    free(shard->connections);
    close_pools(shard);
    shard_post_fini(&shard->post);
    shard_throttle_fini(&shard->throttle);
    hub_log_flush(&shard->log);
}

x4_msec shard_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (x4_msec)now.tv_sec * 1000 + (x4_msec)now.tv_nsec / 1000000;
}

void shard_timer_set(struct shard *shard, struct shard_timer *timer, x4_msec delay)
{
    x4_wheel_set(&shard->wheel, &timer->timer, shard->now + delay);
}

void shard_timer_cancel(struct shard *shard, struct shard_timer *timer)
{
    x4_wheel_cancel(&shard->wheel, &timer->timer);
}

uint32_t shard_random_below(struct shard *shard, uint32_t bound)
{
    uint64_t number = shard->drawn++;
    uint64_t drawn = x4_siphash(shard->hash_key, &number, sizeof(number));
    return (uint32_t)(((drawn >> 32) * bound) >> 32);
}
