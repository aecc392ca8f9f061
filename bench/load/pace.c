/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/pace.h"

#include <assert.h>

#define ONE UINT64_C(1000000)

static uint64_t credit_max(const struct load_pace *pace)
{
    uint64_t burst = (uint64_t)pace->per_second * LOAD_PACE_BURST_MS * (ONE / 1000);
    return burst > ONE ? burst : ONE;
}

void load_pace_init(struct load_pace *pace, uint32_t per_second, uint64_t now_us)
{
    assert(per_second <= LOAD_PACE_RATE_MAX);
    *pace = (struct load_pace){
        .per_second = per_second,
        .credit = ONE,
        .updated_us = now_us,
    };
}

uint32_t load_pace_allowed(struct load_pace *pace, uint64_t now_us)
{
    if (pace->per_second == 0)
        return UINT32_MAX;
    uint64_t passed = now_us - pace->updated_us;
    pace->updated_us = now_us;

    /* A product of more than an hour could overflow, and the bucket is full long before that. */
    uint64_t hour = 3600 * ONE;
    pace->credit += (passed < hour ? passed : hour) * pace->per_second;
    if (pace->credit > credit_max(pace))
        pace->credit = credit_max(pace);
    return (uint32_t)(pace->credit / ONE);
}

void load_pace_take(struct load_pace *pace, uint32_t count)
{
    if (pace->per_second == 0)
        return;
    assert(pace->credit >= count * ONE);
    pace->credit -= count * ONE;
}

uint64_t load_pace_wait_us(const struct load_pace *pace)
{
    if (pace->per_second == 0 || pace->credit >= ONE)
        return 0;
    return (ONE - pace->credit + pace->per_second - 1) / pace->per_second;
}
