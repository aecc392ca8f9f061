/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_NAT_H
#define SIM_NAT_H

/*
 * A box that translates the addresses of one node: to each port inside belongs one of its own
 * outside, over which anybody can reach the node as long as the box remembers it.
 */

#include <stdbool.h>

#include "x4/net/addr.h"

enum {
    SIM_NAT_PORTS_MAX = 2,      /* inside: those of IKE and of NAT traversal */
    SIM_NAT_FIRST_PORT = 40000, /* outside */
};

struct sim_nat {
    x4s_net_addr inside;  /* port 0 */
    x4s_net_addr outside; /* port 0 */
    bool forwards;        /* ports are the same on both sides, for ever: a server is inside */
    uint16_t last_port;
    unsigned count;
    struct {
        uint16_t inside;
        uint16_t outside;
    } ports[SIM_NAT_PORTS_MAX];
};

/* What the source address of a datagram from inside becomes; the box remembers it. */
x4s_net_addr sim_nat_out(struct sim_nat *nat, const x4s_net_addr *source);

/* What a destination outside becomes; false: it is none of the box, or nobody's any more. */
bool sim_nat_in(const struct sim_nat *nat, const x4s_net_addr *destination, x4s_net_addr *inside);

/* The box forgets what it remembered: what comes from inside gets new ports. */
void sim_nat_rebind(struct sim_nat *nat);

/* The box gets another address outside. */
void sim_nat_move(struct sim_nat *nat);

#endif
