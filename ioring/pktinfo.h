/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control messages that tell which local address a datagram hit, and set the source address of a
 * reply (IP_PKTINFO, ip(7); IPV6_PKTINFO, RFC 3542 6.1). Re-entrant; nothing is allocated.
 */
#ifndef IORING_PKTINFO_H
#define IORING_PKTINFO_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "ioring/addr.h"

/* Bytes for the one control message of either family, aligned. */
#define RING_PKTINFO_SIZE 40

/* The local IP address that msg (as received) hit, port 0; family 0 if the kernel did not say. */
struct ring_addr ring_pktinfo_read(struct msghdr *msg);

/*
 * Points msg->msg_control at `control` (RING_PKTINFO_SIZE bytes, aligned for a cmsghdr) and writes
 * the source address into it; without a family, msg gets no control message.
 */
void ring_pktinfo_write(struct msghdr *msg, void *control, const struct ring_addr *local);

#endif
