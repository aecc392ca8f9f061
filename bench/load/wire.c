/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A fleet answers in bursts: more than a ring has when nobody asks for more. */
#define RECEIVE_BUFFERS 2048
#define SEND_SLOTS      4096

x4s_net_addr load_wire_addr(const struct ring_addr *addr)
{
    x4s_net_addr net = {.family = addr->family, .port = addr->port, .scope = addr->scope};
    memcpy(net.ip, addr->ip, sizeof(net.ip));
    return net;
}

static struct ring_addr ring_addr_of(const x4s_net_addr *net)
{
    struct ring_addr addr = {.family = net->family, .port = net->port, .scope = net->scope};
    memcpy(addr.ip, net->ip, sizeof(addr.ip));
    return addr;
}

/* A connected UDP socket tells the route's source address without sending anything. */
static bool source_towards(const struct ring_addr *target, struct ring_addr *source)
{
    union ring_sockaddr name;
    socklen_t size = ring_addr_to_sockaddr(target, &name);
    int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool found = connect(fd, &name.any, size) == 0;
    size = sizeof(name);
    found = found && getsockname(fd, &name.any, &size) == 0 &&
            ring_addr_from_sockaddr(source, &name.any, size);
    int reason = errno;
    close(fd);
    errno = reason;
    source->port = 0;
    return found;
}

/* Every address of a range is local; the kernel takes what each datagram says (IP_PKTINFO). */
static bool choose_source(const struct load_wire_source *source, const struct ring_addr *target,
                          struct ring_addr *bind)
{
    *bind = source->addr;
    if (source->range.base.family != x4c_net_none) {
        *bind = (struct ring_addr){.family = target->family, .port = source->addr.port};
        return true;
    }
    if (source->addr.family != 0)
        return true;
    bool found = source_towards(target, bind);
    bind->port = source->addr.port;
    return found;
}

static bool open_ring(struct load_wire *wire, enum ring_backend backend,
                      const struct ring_addr *first, struct ring_error *error)
{
    struct ring_socket sockets[RING_SOCKETS_MAX];
    const uint32_t count = wire->nat_t_port ? 2 * wire->ports : wire->ports;
    for (uint32_t i = 0; i < count; i++) {
        sockets[i] = (struct ring_socket){.bind = *first, .marker = i >= wire->ports};
        if (first->port != 0)
            sockets[i].bind.port = (uint16_t)(first->port + i);
    }
    struct ring_options options = {
        .backend = backend,
        .sockets = sockets,
        .socket_count = count,
        .receive_buffers = RECEIVE_BUFFERS,
        .send_slots = SEND_SLOTS,
    };
    wire->ring = ring_open(&options, error);
    return wire->ring != NULL;
}

bool load_wire_open(struct load_wire *wire, enum ring_backend backend,
                    const struct load_wire_source *source, const struct ring_addr *target,
                    struct ring_error *error)
{
    struct ring_addr first;
    *wire = (struct load_wire){
        .ports = source->ports ? source->ports : 1,
        .nat_t_port = (uint16_t)source->nat_t_port,
        .range = source->range,
    };
    if (!choose_source(source, target, &first)) {
        char text[RING_ADDR_TEXT_MAX];
        snprintf(error->text, sizeof(error->text), "no way to %s: %s",
                 ring_addr_format(target, text, sizeof(text)), strerror(errno));
        return false;
    }
    if (!open_ring(wire, backend, &first, error))
        return false;
    struct ring_addr bound = ring_socket_addr(wire->ring, 0);
    wire->link = (x4s_net_link){
        .local = load_wire_addr(&bound),
        .remote = load_wire_addr(target),
    };
    return true;
}

x4s_net_link load_wire_link_of(const struct load_wire *wire, uint32_t n)
{
    x4s_net_link link = wire->link;
    link.socket = n % wire->ports;
    struct ring_addr bound = ring_socket_addr(wire->ring, link.socket);
    link.local.port = bound.port;
    if (wire->range.base.family == x4c_net_none)
        return link;
    x4s_net_addr own = load_pattern_addr(&wire->range, n % load_pattern_capacity(&wire->range));
    memcpy(link.local.ip, own.ip, sizeof(link.local.ip));
    return link;
}

void load_wire_move(const struct load_wire *wire, x4s_net_link *link)
{
    link->socket += wire->ports;
    link->local.port = ring_socket_addr(wire->ring, link->socket).port;
    link->remote.port = wire->nat_t_port;
    link->encap = btrue;
}

void load_wire_close(struct load_wire *wire)
{
    ring_close(wire->ring);
    wire->ring = NULL;
}

bool load_wire_send(struct load_wire *wire, const x4s_net_link *link, const void *data, size_t len)
{
    struct ring_addr local = ring_addr_of(&link->local);
    struct ring_addr remote = ring_addr_of(&link->remote);
    return ring_send(wire->ring, link->socket, &local, &remote, data, len);
}

x4s_net_link load_wire_link(const struct load_wire *wire, const struct ring_datagram *datagram)
{
    return (x4s_net_link){
        .local = load_wire_addr(&datagram->local),
        .remote = load_wire_addr(&datagram->remote),
        .socket = datagram->socket,
        .encap = datagram->socket >= wire->ports,
    };
}
