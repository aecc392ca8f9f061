/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_WIRE_H
#define BENCH_LOAD_WIRE_H

/*
 * Between libike's links and ioring's datagrams: the UDP sockets of a fleet, one for each source
 * port, and the way from each peer to the target.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bench/load/pattern.h"
#include "ioring/ring.h"
#include "x4/net/addr.h"

/* Where a fleet sends from. */
struct load_wire_source {
    struct ring_addr addr;     /* family 0: what the route to the target has; port 0: any free */
    uint32_t ports;            /* sockets: this port and those above it; 0 as 1 */
    uint32_t nat_t_port;       /* the target's; not 0: as many sockets with the marker (RFC 3948) */
    struct load_pattern range; /* family not 0: an address of it for each peer, not addr's */
};

/* The sockets of NAT traversal follow the others, one for each. */
struct load_wire {
    struct ring *ring;
    x4s_net_link link; /* from the first socket to the target */
    uint32_t ports;
    uint16_t nat_t_port;
    struct load_pattern range;
};

x4s_net_addr load_wire_addr(const struct ring_addr *addr);

/* False with a reason in *error. */
bool load_wire_open(struct load_wire *wire, enum ring_backend backend,
                    const struct load_wire_source *source, const struct ring_addr *target,
                    struct ring_error *error);

void load_wire_close(struct load_wire *wire);

/* The way of peer n to the target: its own address, where they have some, and one of the ports. */
x4s_net_link load_wire_link_of(const struct load_wire *wire, uint32_t n);

/* Moves a link of the first sockets to the ports of NAT traversal (RFC 3947 4). */
void load_wire_move(const struct load_wire *wire, x4s_net_link *link);

/* False if there was no room: as good as a loss. */
bool load_wire_send(struct load_wire *wire, const x4s_net_link *link, const void *data, size_t len);

/* The link that a datagram came over. */
x4s_net_link load_wire_link(const struct load_wire *wire, const struct ring_datagram *datagram);

#endif
