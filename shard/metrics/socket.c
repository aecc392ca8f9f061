/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 32

static bool bind_and_listen(int fd, struct ring_addr *bound)
{
    const int on = 1;
    union ring_sockaddr addr;
    socklen_t size = ring_addr_to_sockaddr(bound, &addr);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (addr.any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(fd, &addr.any, size) != 0 || listen(fd, BACKLOG) != 0)
        return false;
    size = sizeof(addr);
    return getsockname(fd, &addr.any, &size) == 0 &&
           ring_addr_from_sockaddr(bound, &addr.any, size);
}

static bool fail(struct metrics_socket *mine, struct ring_error *error)
{
    char where[RING_ADDR_TEXT_MAX];
    error->code = errno;
    snprintf(error->text, sizeof(error->text), "metrics at %s: %s",
             ring_addr_format(&mine->addr, where, sizeof(where)), strerror(errno));
    metrics_socket_close(mine);
    return false;
}

bool metrics_socket_open(struct metrics_socket *mine, const struct ring_addr *addr,
                         struct ring_error *error)
{
    union ring_sockaddr to;
    (void)ring_addr_to_sockaddr(addr, &to);
    mine->addr = *addr;
    mine->fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return (mine->fd >= 0 && bind_and_listen(mine->fd, &mine->addr)) || fail(mine, error);
}

void metrics_socket_close(struct metrics_socket *mine)
{
    if (mine->fd >= 0)
        close(mine->fd);
    mine->fd = -1;
}

/* RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3 */
bool metrics_socket_is_loopback(const struct ring_addr *addr)
{
    static const uint8_t one[16] = {[15] = 1};
    if (ring_addr_ip_size(addr) == 4)
        return addr->ip[0] == 127;
    return memcmp(addr->ip, one, sizeof(one)) == 0;
}
