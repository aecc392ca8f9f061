/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/state.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "shard/connection.h"
#include "shard/pool.h"
#include "shard/shard.h"
#include "shard/snapshot.h"
#include "shard/stray.h"

static void close_pools(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->pool_limit; i++) {
        shard_pool_fini(shard->pools[i]);
        free(shard->pools[i]);
    }
    free(shard->pools);
}

/* What the snapshot is to be used with from now on. */
static bool take_config(struct shard *shard, const struct shard_options *options)
{
    if (!shard_snapshot_prepare(shard, options->config))
        return false;
    shard->config = options->config;
    shard_use(shard, options->config);
    shard_snapshot_change_pools(shard);
    return true;
}

bool shard_state_init(struct shard *shard, const struct shard_options *options)
{
    shard->daemon = options->daemon;
    shard->steer = (struct ring_steer){
        .key = {options->steer_key[0], options->steer_key[1]},
        .index = options->index,
        .count = options->count,
    };
    shard->now = shard_clock();
    shard->thin.permille = SHARD_THIN_ALL;
    hub_log_init(&shard->log, options->log_fd, options->daemon->log_level);
    shard->log.format = options->daemon->log_format;
    if (options->storage)
        shard_estates_init(&shard->estates, options->storage);
    shard_spi_init(&shard->spi, options->spi_key, options->index, options->count,
                   shard_estates_parts(&shard->estates));
    shard->cpis = options->cpis;
    shard->taken = options->taken;
    shard->radius = options->radius;
    x4_list_init(&shard->attempts);
    x4_list_init(&shard->orders);
    x4_list_init(&shard->traps);
    x4_wheel_init(&shard->wheel, shard->now);
    if (!shard_post_init(&shard->post, options->mail, options->index, options->count + 1))
        return false;
    if (!take_config(shard, options) || !shard_throttle_init(&shard->throttle))
        return false;
    const ssize_t key_size = sizeof(shard->hash_key);
    return shard_roll_init(&shard->roll, options->index, options->count) &&
           getrandom(shard->hash_key, sizeof(shard->hash_key), 0) == key_size &&
           x4_table_init(&shard->peers, &x4_libc_allocator) &&
           getrandom(&shard->session_salt, sizeof(shard->session_salt), 0) ==
               (ssize_t)sizeof(shard->session_salt) &&
           x4_table_init(&shard->sessions, &x4_libc_allocator) &&
           x4_table_init(&shard->named_sessions, &x4_libc_allocator) &&
           x4_table_init(&shard->children, &x4_libc_allocator);
}

void shard_state_fini(struct shard *shard)
{
    shard_roll_fini(&shard->roll);
    if (shard->peers.buckets)
        x4_table_fini(&shard->peers);
    if (shard->children.buckets)
        x4_table_fini(&shard->children);
    if (shard->sessions.buckets)
        x4_table_fini(&shard->sessions);
    if (shard->named_sessions.buckets)
        x4_table_fini(&shard->named_sessions);
    shard_stray_fini(shard);
    shard_connections_fini(shard);
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
