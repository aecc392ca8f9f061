/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

/*
 * Datagrams under way. Each takes its own time, so those with different delays overtake each other.
 */

#include "tests/sim/random.h"
#include "x4/net/addr.h"

struct sim_datagram {
    struct sim_datagram *next;
    x4_msec due;
    x4s_net_addr from;
    x4s_net_addr to;
    size_t len;
    uint8_t data[];
};

struct sim_network {
    unsigned loss_pct;
    unsigned duplicate_pct;
    x4_msec delay_min_ms;
    x4_msec delay_max_ms;

    /* Optional: sees every datagram as it is sent; false swallows it. */
    bool (*tap)(void *context, const struct sim_datagram *datagram);
    void *tap_context;

    struct sim_random random;
    struct sim_datagram *queue; /* by due time, then in the order of sending */
    uint64_t sent;
    uint64_t lost;
};

/* Sends a copy of the bytes; how it fares is up to the chances above. */
void sim_network_send(struct sim_network *network, x4_msec now, const x4s_net_addr *from,
                      const x4s_net_addr *to, const void *data, size_t len);

/* When the next datagram arrives; x4c_never when none is under way. */
x4_msec sim_network_next(const struct sim_network *network);

/* The next datagram if it has arrived, now the caller's to free(), or NULL. */
struct sim_datagram *sim_network_take(struct sim_network *network, x4_msec now);

/* Loses all that is under way. */
void sim_network_clear(struct sim_network *network);

/* A copy that the caller frees. */
struct sim_datagram *sim_datagram_copy(const struct sim_datagram *datagram);

#endif
