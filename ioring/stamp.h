/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control message that tells when the kernel received a datagram (SO_TIMESTAMPNS, socket(7)).
 * Re-entrant; nothing is allocated.
 */
#ifndef IORING_STAMP_H
#define IORING_STAMP_H

#include <stdint.h>
#include <sys/socket.h>

/* Bytes for the control message, aligned. */
#define RING_STAMP_SIZE 32

/* Nanoseconds of CLOCK_REALTIME; 0 if the kernel did not say. */
uint64_t ring_stamp_read(struct msghdr *msg);

#endif
