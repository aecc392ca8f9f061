/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SPI_H
#define SHARD_SPI_H

/*
 * Where a shard's inbound SPIs come from: a counter under a keyed permutation of 32 bits. To others
 * they look random; to us they are different until the counter has gone through 2^32 values, so an
 * SPI that was handed out and not yet used needs no memory. The counters of several shards are
 * interleaved, so that their SPIs differ as well.
 *
 * Where SAs go from one node to another and back, as estates, their SPIs must not be those of SAs
 * that are there: the first four bits say which estate it was drawn for, and only its owner, who
 * knows all SAs of it, draws for it. The permutation is one of the other 28 bits then.
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/misc/siphash.h"

/* 1 to 255 are reserved by IANA, 0 is never sent (RFC 4303 2.1). */
#define SHARD_SPI_MIN 256

#define SHARD_SPI_PART_BITS 4
#define SHARD_SPI_PARTS     (1 << SHARD_SPI_PART_BITS)

struct shard_spi {
    uint8_t key[x4c_siphash_key];
    uint32_t next;
    uint32_t step;
    unsigned half_bits; /* of what is permuted */
};

/* Tells whether an SA of ours has the SPI; asked because SAs may outlive 2^32 others. */
typedef bool (*shard_spi_taken_fn)(const void *user, uint32_t spi);

/*
 * The key must be unpredictable and the same for all shards. `shard` is below `shards`. `parts`, up
 * to SHARD_SPI_PARTS: SPIs are drawn for so many estates, each of which has its own.
 */
void shard_spi_init(struct shard_spi *spi, const uint8_t key[x4c_siphash_key], uint32_t shard,
                    uint32_t shards, uint32_t parts);

/* The next one of that part, or 0 if a long row of them is taken. */
uint32_t shard_spi_next(struct shard_spi *spi, uint32_t part, shard_spi_taken_fn taken,
                        const void *user);

#endif
