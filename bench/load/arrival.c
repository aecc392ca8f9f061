/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/arrival.h"

#include <assert.h>
#include <math.h>

/* Above 0 and up to 1, 2^53 values. */
static double uniform(struct load_random *random)
{
    uint64_t bits;
    load_random_fill(random, &bits, sizeof(bits));
    return (double)((bits >> 11) + 1) / (double)(UINT64_C(1) << 53);
}

/* Distance to the next arrival of a process with the rate of one. */
static double step(struct load_arrival *arrival)
{
    return arrival->plan.poisson ? -log(uniform(&arrival->random)) : 1;
}

/* So many have arrived after so many seconds: rate * t^2 / (2 * ramp) up to the ramp's end. */
static double seconds_until(const struct load_arrival_plan *plan, double arrivals)
{
    double on_ramp = (double)plan->per_second * plan->ramp_sec / 2;
    if (arrivals < on_ramp)
        return sqrt(2 * arrivals * plan->ramp_sec / plan->per_second);
    return plan->ramp_sec + (arrivals - on_ramp) / plan->per_second;
}

static void schedule(struct load_arrival *arrival)
{
    if (arrival->plan.per_second > 0)
        arrival->next_us = arrival->begin_us +
                           (uint64_t)(seconds_until(&arrival->plan, arrival->passed) * 1e6 + 0.5);
}

void load_arrival_init(struct load_arrival *arrival, const struct load_arrival_plan *plan,
                       uint64_t seed, uint64_t now_us)
{
    assert(plan->per_second <= LOAD_ARRIVAL_RATE_MAX);
    *arrival = (struct load_arrival){
        .plan = *plan,
        .random.state = seed,
        .begin_us = now_us,
    };
    if (plan->poisson)
        arrival->passed = step(arrival);
    schedule(arrival);
}

uint64_t load_arrival_next_us(const struct load_arrival *arrival, uint64_t now_us)
{
    return arrival->plan.per_second > 0 ? arrival->next_us : now_us;
}

void load_arrival_take(struct load_arrival *arrival)
{
    arrival->passed += step(arrival);
    schedule(arrival);
}
