/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/state.h"

#include <time.h>

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
