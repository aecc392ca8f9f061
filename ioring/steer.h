/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which ring of a group a datagram is for: a keyed hash of the initiator cookie, modulo the rings.
 *
 * The initiator cookie is the first eight bytes of every ISAKMP message (RFC 2408 3.1) and stays
 * the same for an ISAKMP SA and all that is negotiated under it, whatever becomes of addresses and
 * ports. The kernel steers by it (a classic BPF program on the group of sockets, SO_REUSEPORT); the
 * same hash in C tells whether a datagram is at home and which cookies of our own will be.
 *
 * The hash is HalfSipHash-1-3 over the two words of the cookie in network order. A peer chooses its
 * cookie, so the key must be unpredictable; it is the same for all rings of a group, on port 500
 * and on port 4500. What has no cookie (too short, NAT keepalives, ESP in UDP) is spread at random.
 *
 * Cost of a datagram: some 530 instructions of BPF; in C six rounds of 14 operations.
 * Pure but for ring_steer_attach(); re-entrant.
 */
#ifndef IORING_STEER_H
#define IORING_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

enum {
    RING_STEER_COOKIE_SIZE = 8,
    RING_STEER_PROGRAM_MAX = 600, /* instructions */
};

struct ring_steer {
    uint32_t key[2];
    uint32_t index; /* of this ring, below count */
    uint32_t count; /* of rings in the group, 1 or more */
};

/* The hash itself, over two words. */
uint32_t ring_steer_hash(const uint32_t key[2], uint32_t first, uint32_t second);

/* The index of the ring that gets the datagrams with that initiator cookie. */
uint32_t ring_steer_cookie(const struct ring_steer *steer,
                           const uint8_t cookie[RING_STEER_COOKIE_SIZE]);

/*
 * Writes the kernel's program for sockets with or without the non-ESP marker. Returns its length,
 * at most RING_STEER_PROGRAM_MAX.
 */
size_t ring_steer_program(const struct ring_steer *steer, bool marker,
                          struct sock_filter program[RING_STEER_PROGRAM_MAX]);

/*
 * Gives the group of a UDP socket its program. The socket has SO_REUSEPORT and either is not bound
 * yet, and will be the first of its group, or is a member. False: errno.
 */
bool ring_steer_attach(const struct ring_steer *steer, int fd, bool marker);

#endif
