/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_PACE_H
#define BENCH_LOAD_PACE_H

/*
 * How many things may begin now, at a rate per second: a token bucket. What could not begin in time
 * is made up for, but not more than LOAD_PACE_BURST_MS worth of it: a stall is not followed by a
 * flood. Times are microseconds of a clock that never steps back.
 */

#include <stdint.h>

#define LOAD_PACE_BURST_MS 100
#define LOAD_PACE_RATE_MAX 1000000

struct load_pace {
    uint32_t per_second; /* 0: no limit */
    uint64_t credit;     /* millionths of a start */
    uint64_t updated_us;
};

/* The first start is allowed at once. per_second: 0 to LOAD_PACE_RATE_MAX. */
void load_pace_init(struct load_pace *pace, uint32_t per_second, uint64_t now_us);

/* How many may begin now; UINT32_MAX without a limit. */
uint32_t load_pace_allowed(struct load_pace *pace, uint64_t now_us);

/* So many did begin; no more than were allowed. */
void load_pace_take(struct load_pace *pace, uint32_t count);

/* Microseconds from the last load_pace_allowed() until the next may begin. */
uint64_t load_pace_wait_us(const struct load_pace *pace);

#endif
