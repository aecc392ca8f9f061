/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a hostile responder can answer an initiator, who wants a quick mode as soon as it has an
 * ISAKMP SA.
 */

#include "tests/fuzz/datagrams.h"

static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1)
        sim_init2(xchg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct sim *sim = sim_new(DATAGRAMS_SEED);
    struct sim_node *initiator = sim_add(sim);
    struct sim_node *responder = sim_add(sim);
    datagrams_configure(initiator);
    initiator->hook = begin_quick_mode;
    responder->deaf = true;
    if (!sim_init1(initiator, responder))
        __builtin_trap();
    sim_settle(sim);
    datagrams_feed(&input, initiator);
    sim_free(sim);
    return 0;
}
