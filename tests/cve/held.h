/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CVE_HELD_H
#define CVE_HELD_H

/*
 * Phase 1 up to a message that is under way and does not arrive: others come first, and then it
 * has to come through.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    MINUTE_MS = 60 * 1000,
};

/* A message that is under way and does not arrive. */
struct held {
    struct pair pair;
    unsigned seen;
    unsigned hold; /* counted from 1; 0: none */
    struct sim_datagram *message;
};

static inline bool held_tap(void *context, const struct sim_datagram *datagram)
{
    struct held *held = context;
    if (++held->seen != held->hold)
        return true;
    held->message = sim_datagram_copy(datagram);
    return false;
}

/* Phase 1 as the pair is configured, up to a message. */
static inline void hold(struct held *held, unsigned number)
{
    held->hold = number;
    assert_true(sim_boot(held->pair.bob));
    held->pair.sim->network.tap = held_tap;
    held->pair.sim->network.tap_context = held;
    held->pair.a = sim_init1(held->pair.alice, held->pair.bob);
    sim_settle(held->pair.sim);
    assert_non_null(held->message);
}

static inline struct held held_at(unsigned number)
{
    struct held held = {.pair = pair_new(1)};
    hold(&held, number);
    held.pair.sim->network.tap_context = NULL;
    held.pair.sim->network.tap = NULL;
    return held;
}

static inline x4e_ike_reason feed(const struct held *held, const struct sim_datagram *message)
{
    return sim_inject(held->pair.bob, &message->from, message->data, message->len);
}

/* The message as it was arrives after all, and phase 1 comes about. */
static inline void go_on(struct held *held, const uint8_t *original)
{
    memcpy(held->message->data, original, held->message->len);
    feed(held, held->message);
    sim_run(held->pair.sim, MINUTE_MS);
    assert_true(sim_complete(held->pair.a));
    sim_free(held->pair.sim);
    free(held->message);
}

static inline uint8_t *copy_of(const struct held *held)
{
    uint8_t *copy = malloc(held->message->len);
    assert_non_null(copy);
    memcpy(copy, held->message->data, held->message->len);
    return copy;
}

/* A change to a copy of the held message: refused, without a trace. */
static inline void refuse_change(const struct held *held, size_t at, size_t size, uint32_t value)
{
    struct sim_datagram *message = sim_datagram_copy(held->message);
    struct sim_node *bob = held->pair.bob;
    const size_t blocks = bob->ledger.blocks;
    wire_put(message->data + at, size, value);
    if (memcmp(message->data, held->message->data, message->len) != 0) {
        assert_int_not_equal(feed(held, message), x4c_ike_none);
        assert_int_equal(bob->ledger.blocks, blocks);
    }
    free(message);
}

#endif
