/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages written, without encryption. `size` is the number of transforms that are offered.
 */
#include "bench/micro/kit.h"
#include "bench/micro/messages.h"

#include <stdlib.h>

struct state {
    const struct micro_message *kind;
    size_t count;
    uint8_t raw[MICRO_MESSAGE_MAX];
};

static void *open_message(const struct micro_case *self)
{
    struct state *state = micro_alloc(sizeof(*state));
    state->kind = self->what;
    state->count = self->size;
    return state;
}

static void run_build(void *user)
{
    struct state *state = user;
    micro_must(micro_message_build(state->kind, state->count, state->raw) > 0, "building");
}

#define ROW(text, kind, transforms)                                                                \
    {                                                                                              \
        .name = "build/" text, .what = &(kind), .size = (transforms), .open = open_message,        \
        .run = run_build, .close = free                                                            \
    }

static const struct micro_case cases[] = {
    ROW("main1/1", micro_main_1, 1),   ROW("main1/8", micro_main_1, 8),
    ROW("main3", micro_main_3, 0),     ROW("main5", micro_main_5, 0),
    ROW("quick1/1", micro_quick_1, 1), ROW("quick1/8", micro_quick_1, 8),
    ROW("dpd", micro_dpd, 0),
};

MICRO_TABLE(micro_build_cases, cases);
