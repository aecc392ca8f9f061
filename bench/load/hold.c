/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/hold.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench/load/arrival.h"
#include "bench/load/clock.h"

#define SECOND_US UINT64_C(1000000)

/* Tunnels that are looked at between two looks at what has arrived. */
#define LOOKS_PER_TURN 256

/* Something that is done to one tunnel after the other. */
typedef bool (*work_fn)(struct load_tunnels *tunnels, uint32_t n, uint64_t begin_us);

struct work {
    work_fn function;
    struct load_arrival arrival;
    uint32_t next; /* tunnel */
};

enum {
    REKEY,
    REAUTH,
    CHURN,
    WORKS,
};

struct hold {
    struct load_loop *loop;
    struct work works[WORKS];
    uint64_t storm_us;
    uint32_t storm_next; /* tunnel that has to be made anew; count: none */
};

bool load_hold_works(const struct load_options *options)
{
    const struct load_upkeep *upkeep = &options->upkeep;
    return upkeep->rekey_rate || upkeep->reauth_rate || upkeep->churn_rate || upkeep->reconnect ||
           upkeep->storm || options->dpd_sec;
}

/* ------------------------------------------------------------------ one turn */

/* What was due when there was no room is done late, and its latency tells. */
static void do_work(struct hold *hold, struct work *work, uint64_t now_us)
{
    struct load_tunnels *tunnels = hold->loop->tunnels;
    if (work->arrival.plan.per_second == 0)
        return;
    for (int looks = 0; looks < LOOKS_PER_TURN && load_tunnels_room(tunnels) > 0; looks++) {
        uint64_t begin_us = load_arrival_next_us(&work->arrival, now_us);
        if (begin_us > now_us)
            return;
        uint32_t n = work->next++ % hold->loop->options->count;
        if (work->function(tunnels, n, begin_us))
            load_arrival_take(&work->arrival);
    }
}

static void reconnect_lost(struct hold *hold)
{
    struct load_tunnels *tunnels = hold->loop->tunnels;
    uint32_t n;
    uint64_t lost_us;
    for (int looks = 0; looks < LOOKS_PER_TURN && load_tunnels_room(tunnels) > 0; looks++) {
        if (!load_tunnels_next_lost(tunnels, &n, &lost_us))
            return;
        (void)load_tunnels_reconnect(tunnels, n, lost_us);
    }
}

/* All of them began to wait at the same time. */
static void reconnect_stormed(struct hold *hold)
{
    struct load_tunnels *tunnels = hold->loop->tunnels;
    uint32_t count = hold->loop->options->count;
    for (int looks = 0; looks < LOOKS_PER_TURN && load_tunnels_room(tunnels) > 0; looks++) {
        if (hold->storm_next == count)
            return;
        (void)load_tunnels_reconnect(tunnels, hold->storm_next++, hold->storm_us);
    }
}

static uint64_t next_us(const struct hold *hold, uint64_t end_us)
{
    for (int i = 0; i < WORKS; i++) {
        const struct load_arrival *arrival = &hold->works[i].arrival;
        if (arrival->plan.per_second > 0)
            end_us = x4m_min(end_us, arrival->next_us);
    }
    return end_us;
}

static void turn(struct hold *hold, uint64_t end_us)
{
    uint64_t now_us = load_clock_us();
    reconnect_stormed(hold);
    if (hold->loop->options->upkeep.reconnect)
        reconnect_lost(hold);
    for (int i = 0; i < WORKS; i++)
        do_work(hold, &hold->works[i], now_us);
    load_loop_turn(hold->loop,
                   load_tunnels_room(hold->loop->tunnels) ? next_us(hold, end_us) : end_us);
}

/* ------------------------------------------------------------------ the whole time */

static void begin_storm(struct hold *hold)
{
    struct load_tunnels *tunnels = hold->loop->tunnels;
    for (uint32_t n = 0; n < hold->loop->options->count; n++)
        (void)load_tunnels_end(tunnels, n, false);
    hold->storm_us = load_clock_us();
    hold->storm_next = 0;
}

static void begin_works(struct hold *hold)
{
    const struct load_options *options = hold->loop->options;
    const struct {
        work_fn function;
        uint32_t per_second;
    } wished[WORKS] = {
        [REKEY] = {load_tunnels_rekey, options->upkeep.rekey_rate},
        [REAUTH] = {load_tunnels_reauth, options->upkeep.reauth_rate},
        [CHURN] = {load_tunnels_churn, options->upkeep.churn_rate},
    };
    for (uint32_t i = 0; i < WORKS; i++) {
        struct load_arrival_plan plan = {
            .per_second = wished[i].per_second,
            .poisson = options->arrival.poisson,
        };
        hold->works[i].function = wished[i].function;
        load_arrival_init(&hold->works[i].arrival, &plan, options->seed + i, load_clock_us());
    }
}

void load_hold(struct load_loop *loop)
{
    const struct load_options *options = loop->options;
    struct hold hold = {.loop = loop, .storm_next = options->count};
    uint64_t begin_us = load_clock_us();
    uint64_t end_us = options->hold_sec ? begin_us + options->hold_sec * SECOND_US : UINT64_MAX;
    fprintf(stderr, "holding %" PRIu32 " tunnels\n", load_tunnels_tally(loop->tunnels)->up);
    loop->silence_us = 0;
    loop->heard_us = begin_us;
    begin_works(&hold);
    if (options->upkeep.storm)
        begin_storm(&hold);
    while (!load_loop_stopped(loop) && load_clock_us() < end_us)
        turn(&hold, end_us);
    uint64_t lost = load_tunnels_tally(loop->tunnels)->lost;
    if (lost)
        fprintf(stderr, "%" PRIu64 " tunnels were lost while held\n", lost);
}
