/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_NAME_H
#define STORE_NAME_H

/*
 * What records are called.
 *
 * An estate is all that one node has negotiated; it has one owner at a time. It is divided into
 * partitions: what belongs to a peer is in one of them, so that it can be written as a whole and
 * lies in one place of a cluster, and several shards share in reading the estate. A partition
 * follows from the two identities alone: every node and every version computes the same.
 *
 * Within a partition a record has a name: a byte that says what it is, and what the protocol names
 * the SA by. Of an ISAKMP SA that is the two cookies (RFC 2408 2.5.3), of a pair of IPsec SAs the
 * SPI that is ours.
 */

#include <stdbool.h>
#include <string.h>

#include "x4/ike/charon.h"

enum {
    STORE_PARTITIONS = 64,
    STORE_ESTATE_MAX = 63, /* characters of an estate's name, which is the name of its node */
    STORE_NAME_MAX = 17,   /* bytes of a record's name */
};

/* The first byte of a record's name. */
enum store_kind {
    STORE_ISAKMP = 1, /* initiator cookie, responder cookie: 17 bytes in all */
    STORE_CHILD = 2,  /* inbound SPI, big-endian: 5 bytes in all */
};

/* Bytes behind `len` are 0. */
struct store_name {
    uint8_t len;
    uint8_t bytes[STORE_NAME_MAX];
};

struct store_name store_name_isakmp(const uint8_t cookie_i[8], const uint8_t cookie_r[8]);

struct store_name store_name_child(uint32_t spi_in);

/* False: no bytes that the two functions above make. */
bool store_name_read(x4s_chunk bytes, struct store_name *name);

static inline bool store_name_is(const struct store_name *a, const struct store_name *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* The partition of the peer `remote_id`, to whom we are `local_id`. */
uint32_t store_partition(const x4s_ike_id *local_id, const x4s_ike_id *remote_id);

#endif
