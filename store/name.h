/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_NAME_H
#define STORE_NAME_H

/*
 * Under what a record is found: estate (the node that negotiated it), partition, name.
 *
 * The name is a letter and what the protocol names the SA by: an ISAKMP SA its two cookies (RFC
 * 2408 2.5.3), a pair of IPsec SAs the SPI that is ours.
 *
 * A partition holds all that belongs to one peer, so that it can be written as a whole and lies in
 * one place of a cluster. It follows from the two identities alone: every node and every version
 * computes the same.
 */

#include "x4/ike/charon.h"

#define STORE_PARTITIONS  64
#define STORE_NAME_MAX    17
#define STORE_NAME_ISAKMP 'i'
#define STORE_NAME_CHILD  'c'

struct store_name {
    uint8_t len;
    uint8_t data[STORE_NAME_MAX];
};

struct store_name store_name_isakmp(const uint8_t cookie_i[8], const uint8_t cookie_r[8]);

struct store_name store_name_child(uint32_t spi_in);

/* False: no bytes that the two functions above make. */
bool store_name_read(x4s_chunk bytes, struct store_name *name);

bool store_name_equal(const struct store_name *a, const struct store_name *b);

/* The partition of the peer `remote_id`, to whom we are `local_id`. */
uint32_t store_partition(const x4s_ike_id *local_id, const x4s_ike_id *remote_id);

#endif
