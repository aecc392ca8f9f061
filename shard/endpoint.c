/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/endpoint.h"

#include <string.h>

#include "shard/privilege/open.h"

#define NAT_T_PORT 4500 /* RFC 3947 4 */

x4s_net_addr shard_addr_from_ring(const struct ring_addr *addr)
{
    x4s_net_addr out = {.family = addr->family, .port = addr->port, .scope = addr->scope};
    memcpy(out.ip, addr->ip, sizeof(out.ip));
    return out;
}

struct ring_addr shard_addr_to_ring(const x4s_net_addr *addr)
{
    struct ring_addr out = {.family = addr->family, .port = addr->port, .scope = addr->scope};
    memcpy(out.ip, addr->ip, sizeof(out.ip));
    return out;
}

static bool add_socket(struct shard_sockets *sockets, const x4s_net_addr *addr, uint16_t port,
                       bool marker, bool ipsec)
{
    if (sockets->count == RING_SOCKETS_MAX)
        return false;
    struct ring_socket *socket = &sockets->sockets[sockets->count++];
    socket->bind = shard_addr_to_ring(addr);
    socket->bind.port = port;
    socket->marker = marker;
    socket->ipsec = ipsec;
    return true;
}

/* req 2408-2.5.1-1 */
bool shard_sockets_make(const struct hub_daemon *daemon, bool ipsec, struct shard_sockets *sockets)
{
    sockets->count = 0;
    for (size_t i = 0; i < daemon->listen_count; i++) {
        if (!add_socket(sockets, &daemon->listen[i], daemon->port, false, ipsec))
            return false;
        if (daemon->port_nat_t &&
            !add_socket(sockets, &daemon->listen[i], daemon->port_nat_t, true, ipsec))
            return false;
    }
    return true;
}

x4s_net_link shard_link_of(const struct ring_datagram *datagram, bool marker)
{
    return (x4s_net_link){
        .local = shard_addr_from_ring(&datagram->local),
        .remote = shard_addr_from_ring(&datagram->remote),
        .socket = datagram->socket,
        .encap = marker,
    };
}

static bool is_unspecified(const x4s_net_addr *addr)
{
    static const uint8_t zero[sizeof(addr->ip)];
    return memcmp(addr->ip, zero, sizeof(zero)) == 0;
}

static bool route_source(const x4s_net_addr *remote, x4s_net_addr *local)
{
    const struct ring_addr to = shard_addr_to_ring(remote);
    struct ring_addr from;
    if (!hub_open_source(&to, &from))
        return false;
    *local = shard_addr_from_ring(&from);
    return true;
}

/* The IKE socket that may send from `local`. The sockets are those of shard_sockets_make. */
static bool find_socket(const struct ring *ring, const struct hub_daemon *daemon,
                        const x4s_net_addr *local, uint32_t *index, uint16_t *port)
{
    const uint32_t step = daemon->port_nat_t ? 2 : 1;
    for (uint32_t i = 0; i < daemon->listen_count; i++) {
        const x4s_net_addr *listen = &daemon->listen[i];
        if (listen->family != local->family)
            continue;
        if (!is_unspecified(listen) && !x4_net_addr_same_ip(listen, local))
            continue;
        *index = i * step;
        *port = ring_socket_addr(ring, *index).port;
        return true;
    }
    return false;
}

/* Where the daemon listens on one address of the family only, packets leave from there. */
static bool only_listen(const struct hub_daemon *daemon, uint8_t family, x4s_net_addr *local)
{
    const x4s_net_addr *only = NULL;
    for (size_t i = 0; i < daemon->listen_count; i++) {
        if (daemon->listen[i].family != family)
            continue;
        if (only)
            return false;
        only = &daemon->listen[i];
    }
    if (!only || is_unspecified(only))
        return false;
    *local = *only;
    return true;
}

static bool find_source(const struct hub_daemon *daemon, const struct hub_connection *connection,
                        const x4s_net_addr *remote, x4s_net_addr *local)
{
    const x4s_net_addr *wanted = &connection->local_addrs.first;
    if (wanted->family == remote->family) {
        *local = *wanted;
        return true;
    }
    return only_listen(daemon, remote->family, local) || route_source(remote, local);
}

bool shard_link_make(const struct ring *ring, const struct hub_daemon *daemon,
                     const struct hub_connection *connection, const x4s_net_addr *remote,
                     x4s_net_link *link, const char **why)
{
    *link = (x4s_net_link){.remote = *remote};
    *why = "there is no route to the peer";
    if (!find_source(daemon, connection, remote, &link->local))
        return false;
    *why = "the daemon does not listen on the local address";
    return find_socket(ring, daemon, &link->local, &link->socket, &link->local.port);
}

bool shard_link_find(const struct ring *ring, const struct hub_daemon *daemon, x4s_net_link *link)
{
    uint16_t port;
    if (!find_socket(ring, daemon, &link->local, &link->socket, &port))
        return false;
    if (link->encap && daemon->port_nat_t == 0)
        return false;
    if (link->encap)
        port = ring_socket_addr(ring, ++link->socket).port;
    return link->local.port == port;
}

/* Of each pair of sockets the second is the one for NAT traversal. */
void shard_link_float(const struct ring *ring, x4s_net_link *link) /* req 3947-4-2 3947-4-3 */
{
    link->socket++;
    link->local.port = ring_socket_addr(ring, link->socket).port;
    link->remote.port = NAT_T_PORT;
    link->encap = btrue;
}
