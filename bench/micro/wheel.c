/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timer wheel with as many timers as there are SAs: one moved, as each message of a peer does
 * it, and all fired and set again while the clock goes on, for each that fires.
 */
#include "x4/misc/wheel.h"
#include "bench/micro/kit.h"

#include <stdlib.h>

enum {
    SPAN_MS = 30000, /* dead peer detection's interval */
    FIRES = 100,
};

struct state {
    x4s_wheel wheel;
    uint64_t sequence;
    size_t count;
    x4s_timer *timers;
};

static x4_msec later(struct state *state)
{
    return state->wheel.now + 1 + micro_next(&state->sequence) % SPAN_MS;
}

static void *open_wheel(const struct micro_case *self)
{
    struct state *state = micro_alloc(sizeof(*state));
    state->sequence = 5;
    state->count = self->size;
    state->timers = micro_alloc(state->count * sizeof(*state->timers));
    x4_wheel_init(&state->wheel, 0);
    for (size_t i = 0; i < state->count; i++)
        x4_wheel_set(&state->wheel, &state->timers[i], later(state));
    return state;
}

static void run_move(void *user)
{
    struct state *state = user;
    x4s_timer *timer = &state->timers[micro_next(&state->sequence) % state->count];
    x4_wheel_set(&state->wheel, timer, later(state));
}

static void run_fire(void *user)
{
    struct state *state = user;
    for (int fired = 0; fired < FIRES;) {
        x4s_timer *timer = x4_wheel_pop(&state->wheel);
        if (!timer) {
            x4_wheel_advance(&state->wheel, x4_wheel_next(&state->wheel));
            continue;
        }
        x4_wheel_set(&state->wheel, timer, state->wheel.now + SPAN_MS);
        fired++;
    }
}

static void close_wheel(void *user)
{
    struct state *state = user;
    free(state->timers);
    free(state);
}

#define ROW(operation, number, count)                                                              \
    {                                                                                              \
        .name = "wheel/" #operation "/" #count, .size = (count), .items = (number),                \
        .open = open_wheel, .run = run_##operation, .close = close_wheel                           \
    }

static const struct micro_case cases[] = {
    ROW(move, 1, 1000),       ROW(move, 1, 1000000),     ROW(fire, FIRES, 1000),
    ROW(fire, FIRES, 100000), ROW(fire, FIRES, 1000000),
};

MICRO_TABLE(micro_wheel_cases, cases);
