/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of a socket: what cannot be IKE stays out, and first messages do in part if it is
 * wished (ring_thin).
 *
 * A first message is one whose responder cookie is zero (RFC 2408 3.1): anybody can send them. All
 * else belongs to something that there is, or says so, and is let in always.
 */
#ifndef IORING_FILTER_H
#define IORING_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

enum {
    RING_FILTER_PROGRAM_MAX = 16, /* instructions */
    RING_FILTER_ALL = 1000,
};

/*
 * Writes the kernel's program for sockets with or without the non-ESP marker, which lets `permille`
 * of the first messages in: 1 to RING_FILTER_ALL, by chance. Returns its length. Pure.
 */
size_t ring_filter_program(bool marker, uint32_t permille,
                           struct sock_filter program[RING_FILTER_PROGRAM_MAX]);

/* Gives a UDP socket its filter, in the place of one that it has. False: errno. */
bool ring_filter_attach(int fd, bool marker, uint32_t permille);

#endif
