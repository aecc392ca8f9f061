/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What anybody can send to a responder: datagrams from hosts that it does not know.
 */

#include "tests/fuzz/datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct sim *sim = sim_new(DATAGRAMS_SEED);
    struct sim_node *responder = sim_add(sim);
    datagrams_configure(responder);
    responder->config1.aggressive = responder->config1.aggressive_psk = btrue;
    if (!sim_boot(responder))
        __builtin_trap();
    datagrams_feed(&input, responder);
    sim_free(sim);
    return 0;
}
