/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int begin(int family, const struct sockaddr *to, socklen_t size)
{
    const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || connect(fd, to, size) == 0 || errno == EINPROGRESS)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int connect_path(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    return begin(AF_UNIX, (const struct sockaddr *)&to, sizeof(to));
}

/* Commands are small, and leave when they are written. */
static void do_not_delay(int fd)
{
    const int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Nobody is asked for a name: it is a number, maybe with an interface behind it. */
static int connect_port(const char *host, uint16_t port)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *list;
    char number[8];

    snprintf(number, sizeof(number), "%u", (unsigned)port);
    if (getaddrinfo(host, number, &hints, &list) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    const int fd = begin(list->ai_family, list->ai_addr, list->ai_addrlen);
    const int error = errno;
    freeaddrinfo(list);
    if (fd >= 0)
        do_not_delay(fd);
    errno = error;
    return fd;
}

int redis_socket_connect(const struct redis_address *address)
{
    return address->port ? connect_port(address->host, address->port) : connect_path(address->host);
}
