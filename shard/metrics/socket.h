/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_SOCKET_H
#define SHARD_METRICS_SOCKET_H

/*
 * The listening socket. It is opened before the process gives up its rights, and never again.
 */

#include "ioring/addr.h"
#include "ioring/error.h"

struct metrics_socket {
    int fd;                /* -1: none */
    struct ring_addr addr; /* where it listens */
};

/* Where the port is 0 it gets one that is free. False: *error says why, and there is none. */
bool metrics_socket_open(struct metrics_socket *socket, const struct ring_addr *addr,
                         struct ring_error *error);

void metrics_socket_close(struct metrics_socket *socket);

/* Only processes of this machine reach it. */
bool metrics_socket_is_loopback(const struct ring_addr *addr);

#endif
