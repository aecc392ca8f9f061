/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages taken apart: header, chain of payloads, and what is in them up to the choice of a
 * transform. `size` is the number of transforms that are offered.
 */
#include "bench/micro/kit.h"
#include "bench/micro/messages.h"

#include <stdlib.h>

struct state {
    const struct micro_message *kind;
    size_t len;
    uint8_t raw[MICRO_MESSAGE_MAX];
};

static void *open_message(const struct micro_case *self)
{
    struct state *state = micro_alloc(sizeof(*state));
    state->kind = self->what;
    state->len = micro_message_build(state->kind, self->size, state->raw);
    return state;
}

static void run_read(void *user)
{
    const struct state *state = user;
    micro_must(micro_message_read(state->kind, (x4s_chunk){state->raw, state->len}), "parsing");
}

#define ROW(text, kind, transforms)                                                                \
    {                                                                                              \
        .name = "parse/" text, .what = &(kind), .size = (transforms), .open = open_message,        \
        .run = run_read, .close = free                                                             \
    }

static const struct micro_case cases[] = {
    ROW("main1/1", micro_main_1, 1),   ROW("main1/8", micro_main_1, 8),
    ROW("main3", micro_main_3, 0),     ROW("main5", micro_main_5, 0),
    ROW("quick1/1", micro_quick_1, 1), ROW("quick1/8", micro_quick_1, 8),
    ROW("dpd", micro_dpd, 0),
};

MICRO_TABLE(micro_parse_cases, cases);
