/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_PAIR_H
#define SIM_PAIR_H

/*
 * What most tests begin with: a world of two nodes, with or without an ISAKMP SA between them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/sim.h"

struct pair {
    struct sim *sim;
    struct sim_node *alice; /* initiates phase 1 */
    struct sim_node *bob;
    struct sim_xchg *a; /* their ISAKMP SA, as each sees it */
    struct sim_xchg *b;
};

static inline struct pair pair_new(uint64_t seed)
{
    struct pair pair = {.sim = sim_new(seed)};
    pair.alice = sim_add(pair.sim);
    pair.bob = sim_add(pair.sim);
    return pair;
}

/* Runs phase 1 as the nodes are configured; it has to come about. */
static inline void pair_connect(struct pair *pair)
{
    pair->a = sim_init1(pair->alice, pair->bob);
    assert_non_null(pair->a);
    sim_settle(pair->sim);
    assert_true(sim_complete(pair->a));
    pair->b = sim_peer(pair->a);
    assert_non_null(pair->b);
    assert_true(sim_complete(pair->b));
}

static inline struct pair pair_connected(uint64_t seed)
{
    struct pair pair = pair_new(seed);
    pair_connect(&pair);
    return pair;
}

/* Runs a quick mode under one end's ISAKMP SA; it has to come about. */
static inline struct sim_xchg *pair_quick(struct sim_xchg *phase1)
{
    struct sim_xchg *quick = sim_init2(phase1);
    assert_non_null(quick);
    sim_settle(phase1->node->sim);
    assert_true(sim_complete(quick));
    assert_non_null(sim_peer(quick));
    return quick;
}

/* The same transforms for both nodes. */
static inline void pair_transform1(const struct pair *pair, const x4s_ike_transform1 *transform)
{
    pair->alice->transforms1[0] = *transform;
    pair->bob->transforms1[0] = *transform;
}

static inline void pair_transform2(const struct pair *pair, const x4s_ike_transform2 *transform)
{
    pair->alice->transforms2[0] = *transform;
    pair->bob->transforms2[0] = *transform;
}

#endif
