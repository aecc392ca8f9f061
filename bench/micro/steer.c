/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash that decides which shard a cookie belongs to, and the one that tables are keyed with.
 */
#include "ioring/steer.h"
#include "bench/micro/kit.h"
#include "x4/misc/siphash.h"

#include <stdlib.h>

struct state {
    struct ring_steer steer;
    uint8_t key[x4c_siphash_key];
    size_t len;
    uint8_t data[1280];
};

static void *open_hash(const struct micro_case *self)
{
    uint64_t sequence = 6;
    struct state *state = micro_alloc(sizeof(*state));
    state->len = self->size;
    state->steer.count = 8;
    micro_fill(&sequence, state->steer.key, sizeof(state->steer.key));
    micro_fill(&sequence, state->key, sizeof(state->key));
    micro_fill(&sequence, state->data, sizeof(state->data));
    return state;
}

static void run_steer(void *user)
{
    const struct state *state = user;
    const uint32_t index = ring_steer_cookie(&state->steer, state->data);
    micro_keep(&index);
}

static void run_siphash(void *user)
{
    const struct state *state = user;
    const uint64_t hash = x4_siphash(state->key, state->data, state->len);
    micro_keep(&hash);
}

#define ROW(text, operation, bytes)                                                                \
    {                                                                                              \
        .name = text, .size = (bytes), .open = open_hash, .run = run_##operation, .close = free    \
    }

static const struct micro_case cases[] = {
    ROW("steer/cookie", steer, RING_STEER_COOKIE_SIZE),
    ROW("siphash/16", siphash, 16),
    ROW("siphash/256", siphash, 256),
    ROW("siphash/1280", siphash, 1280),
};

MICRO_TABLE(micro_steer_cases, cases);
