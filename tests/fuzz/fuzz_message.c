/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What anybody can send: datagrams to a responder that knows none of their senders. The input is a
 * row of datagrams, each behind two bytes of length and one that says who sends it and how much
 * time passes before.
 */

#include "tests/fuzz/input.h"
#include "tests/sim/sim.h"

enum {
    DATAGRAMS_MAX = 32,
    TIME_STEP_MS = 700,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct sim *sim = sim_new(1);
    struct sim_node *responder = sim_add(sim);
    if (!sim_boot(responder))
        __builtin_trap();
    for (unsigned i = 0; i < DATAGRAMS_MAX && input.left; i++) {
        size_t len;
        size_t wanted = input_u16(&input);
        uint8_t how = input_u8(&input);
        const uint8_t *datagram = input_bytes(&input, wanted, &len);
        const x4s_net_addr from = {.family = x4c_net_ipv4,
                                   .ip = {192, 0, 2, how & 3},
                                   .port = (uint16_t)(500 + (how & 4))};
        sim_run(sim, (x4_msec)(how >> 4) * TIME_STEP_MS);
        sim_inject(responder, &from, datagram, len);
    }
    sim_free(sim);
    return 0;
}
