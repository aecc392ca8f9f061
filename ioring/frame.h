/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a datagram on an IKE port is, before anything of ISAKMP is looked at (RFC 3948 2.2, 2.3).
 *
 *     port 500:   ISAKMP header and payloads
 *     port 4500:  00 00 00 00, then ISAKMP        IKE
 *                 SPI (never 0), sequence, ...    ESP in UDP
 *                 ff                              NAT keepalive
 *
 * Pure functions; re-entrant.
 */
#ifndef IORING_FRAME_H
#define IORING_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RING_MARKER_SIZE = 4,         /* the non-ESP marker, four zero bytes */
    RING_ISAKMP_HEADER_SIZE = 28, /* RFC 2408 3.1: the shortest message */
    RING_KEEPALIVE_BYTE = 0xff,   /* req 3948-2.3-4 */
};

enum ring_frame {
    RING_FRAME_IKE,
    RING_FRAME_SHORT,
    RING_FRAME_NO_MARKER,
    RING_FRAME_KEEPALIVE,
};

/* Bytes in front of the ISAKMP header. */
static inline size_t ring_frame_overhead(bool marker) /* req 3947-4-4 */
{
    return marker ? RING_MARKER_SIZE : 0;
}

/* Classifies the UDP payload of a socket with or without the marker. */
enum ring_frame ring_frame_classify(bool marker, const uint8_t *data, size_t size);

#endif
