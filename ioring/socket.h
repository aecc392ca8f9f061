/* SPDX-License-Identifier: BSD-2-Clause */
/* One UDP socket of a ring: how it is opened, and what the kernel dropped on it. */
#ifndef IORING_SOCKET_H
#define IORING_SOCKET_H

#include "ioring/ring.h"

struct ring_udp {
    int fd;
    bool marker;
    struct ring_addr addr; /* as bound */
    uint32_t queue;        /* bytes granted for the receive queue, as the kernel accounts them */
    uint32_t drops;        /* the kernel's drop counter at the last poll; it wraps */
};

/*
 * Opens and binds; with `steer` as a member of a group. `receive_queue` is the kernel's, in bytes.
 * False with a reason that names address and port; nothing stays open then.
 */
bool ring_udp_open(struct ring_udp *udp, const struct ring_socket *spec, uint32_t receive_queue,
                   const struct ring_steer *steer, struct ring_error *error);

/* The kernel shall say when it receives a datagram (ioring/stamp.h). False: errno. */
bool ring_udp_stamp(const struct ring_udp *udp);

/* Lets so many of a thousand first messages in from now on (ioring/filter.h). False: errno. */
bool ring_udp_thin(const struct ring_udp *udp, uint32_t permille);

void ring_udp_close(struct ring_udp *udp);

/* Datagrams that the kernel dropped on the socket since the last call. */
uint32_t ring_udp_new_drops(struct ring_udp *udp);

#endif
