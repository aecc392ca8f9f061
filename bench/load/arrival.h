/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_ARRIVAL_H
#define BENCH_LOAD_ARRIVAL_H

/*
 * When things are to begin, whether or not those before have ended: open-loop load. A slow
 * responder then cannot hide its queue, because latency counts from the time at which something was
 * to begin, not from the time at which the load generator got to it (no "coordinated omission").
 *
 * Arrivals are of a constant rate, or of a Poisson process with that mean rate. With a ramp the
 * rate grows linearly from nothing to its full height. Times are microseconds of a clock that never
 * steps back.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/random.h"

#define LOAD_ARRIVAL_RATE_MAX 1000000

struct load_arrival_plan {
    uint32_t per_second; /* 0: as soon as somebody asks, closed-loop */
    bool poisson;        /* else equal distances */
    uint32_t ramp_sec;
};

struct load_arrival {
    struct load_arrival_plan plan;
    struct load_random random;
    uint64_t begin_us;
    double passed; /* arrivals before the next, as of a process with the rate of one */
    uint64_t next_us;
};

void load_arrival_init(struct load_arrival *arrival, const struct load_arrival_plan *plan,
                       uint64_t seed, uint64_t now_us);

/* When the next begins; the past means that it is late, `now_us` that it need not wait. */
uint64_t load_arrival_next_us(const struct load_arrival *arrival, uint64_t now_us);

/* The next one begins: there is another one next. */
void load_arrival_take(struct load_arrival *arrival);

#endif
