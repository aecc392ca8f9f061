/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/xfrm.h"

/* Events that wait while the shard is busy: some ten thousand. */
#define EVENT_QUEUE_BYTES (8 << 20)

static int open_socket(uint32_t groups)
{
    const struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = groups};
    const int one = 1;
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
    if (fd < 0)
        return -1;
    /* An error does not bring the keys of its request back. */
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int open_requests(void *user)
{
    (void)user;
    return open_socket(0);
}

static int open_events(void *user)
{
    (void)user;
    const int size = EVENT_QUEUE_BYTES;
    const int fd = open_socket(XFRMGRP_ACQUIRE | XFRMGRP_EXPIRE | 1 << (XFRMNLGRP_AEVENTS - 1));
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    return fd;
}

const struct xfrm_sockets xfrm_netlink = {
    .requests = open_requests,
    .events = open_events,
};
