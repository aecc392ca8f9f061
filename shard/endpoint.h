/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_ENDPOINT_H
#define SHARD_ENDPOINT_H

/*
 * Between the ring's sockets and libike's links.
 */

#include <stdbool.h>

#include "ioring/ring.h"
#include "shard/config/config.h"
#include "x4/net/addr.h"

x4s_net_addr shard_addr_from_ring(const struct ring_addr *addr);
struct ring_addr shard_addr_to_ring(const x4s_net_addr *addr);

/* The sockets that the daemon's section asks for: an IKE port and a NAT traversal port each. */
struct shard_sockets {
    struct ring_socket sockets[RING_SOCKETS_MAX];
    size_t count;
};

/* `ipsec`: as of struct ring_socket. False: more than a ring can have. */
bool shard_sockets_make(const struct hub_daemon *daemon, bool ipsec, struct shard_sockets *sockets);

/* The link that a datagram came over. `marker` is that of its socket. */
x4s_net_link shard_link_of(const struct ring_datagram *datagram, bool marker);

/*
 * The link for initiating to `remote` (with its port) as the connection says: a socket of the
 * IKE port, and a source address of ours, the connection's or the one that the routes give.
 * False: *why is a text in static storage.
 */
bool shard_link_make(const struct ring *ring, const struct hub_daemon *daemon,
                     const struct hub_connection *connection, const x4s_net_addr *remote,
                     x4s_net_link *link, const char **why);

/* Sets the socket of a link of before. False: the daemon does not listen there. */
bool shard_link_find(const struct ring *ring, const struct hub_daemon *daemon, x4s_net_link *link);

/*
 * The same two hosts over the ports of NAT traversal (RFC 3947 4), from a link of the IKE port.
 * The peer's is 4500.
 */
void shard_link_float(const struct ring *ring, x4s_net_link *link);

#endif
