/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_WIRE_H
#define BENCH_LOAD_WIRE_H

/*
 * Between libike's links and ioring's datagrams: one UDP socket that all tunnels share.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ioring/ring.h"
#include "x4/net/addr.h"

struct load_wire {
    struct ring *ring;
    x4s_net_link link; /* from the socket to the target */
};

x4s_net_addr load_wire_addr(const struct ring_addr *addr);

/*
 * Opens a socket towards `target`. `source` of family 0 takes the address that the kernel would
 * send from; port 0 any free one. False with a reason in *error.
 */
bool load_wire_open(struct load_wire *wire, enum ring_backend backend,
                    const struct ring_addr *source, const struct ring_addr *target,
                    struct ring_error *error);

void load_wire_close(struct load_wire *wire);

/* False if there was no room: as good as a loss. */
bool load_wire_send(struct load_wire *wire, const x4s_net_link *link, const void *data, size_t len);

/* The link that a datagram came over. */
x4s_net_link load_wire_link(const struct ring_datagram *datagram);

#endif
