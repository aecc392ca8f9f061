/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

bool load_wire_open(struct load_wire *wire, enum ring_backend backend,
                    const struct ring_addr *source, const struct ring_addr *target,
                    struct ring_error *error)
{
    struct ring_socket socket = {.bind = *source};
    if (source->family == 0 && !source_towards(target, &socket.bind)) {
        char text[RING_ADDR_TEXT_MAX];
        snprintf(error->text, sizeof(error->text), "no way to %s: %s",
                 ring_addr_format(target, text, sizeof(text)), strerror(errno));
        return false;
    }
    struct ring_options options = {.backend = backend, .sockets = &socket, .socket_count = 1};
    wire->ring = ring_open(&options, error);
    if (!wire->ring)
        return false;

    struct ring_addr bound = ring_socket_addr(wire->ring, 0);
    wire->link = (x4s_net_link){
        .local = load_wire_addr(&bound),
        .remote = load_wire_addr(target),
    };
    return true;
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

x4s_net_link load_wire_link(const struct ring_datagram *datagram)
{
    return (x4s_net_link){
        .local = load_wire_addr(&datagram->local),
        .remote = load_wire_addr(&datagram->remote),
        .socket = datagram->socket,
    };
}
