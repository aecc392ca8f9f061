/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_backoff.h"

struct redis_backoff redis_backoff(uint64_t seed)
{
    return (struct redis_backoff){.random = seed ? seed : 1, .step_ms = REDIS_BACKOFF_MS};
}

/* Marsaglia's xorshift64. */
static uint64_t next_random(struct redis_backoff *backoff)
{
    backoff->random ^= backoff->random << 13;
    backoff->random ^= backoff->random >> 7;
    backoff->random ^= backoff->random << 17;
    return backoff->random;
}

x4_msec redis_backoff_next(struct redis_backoff *backoff)
{
    const uint32_t half = backoff->step_ms / 2;
    const x4_msec wait = half + next_random(backoff) % (backoff->step_ms - half + 1);

    backoff->step_ms = x4m_min(2 * backoff->step_ms, (uint32_t)REDIS_BACKOFF_MAX_MS);
    return wait;
}

void redis_backoff_reset(struct redis_backoff *backoff)
{
    backoff->step_ms = REDIS_BACKOFF_MS;
}
