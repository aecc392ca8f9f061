/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SPI_H
#define SHARD_SPI_H

/*
 * Where a shard's inbound SPIs come from: a counter under a keyed permutation of 32 bits. To others
 * they look random; to us they are different until the counter has gone through 2^32 values, so an
 * SPI that was handed out and not yet used needs no memory. The counters of several shards are
 * interleaved, so that their SPIs differ as well.
 */

#include <stdbool.h>
#include <stdint.h>

#include "x4/misc/siphash.h"

/* 1 to 255 are reserved by IANA, 0 is never sent (RFC 4303 2.1). */
#define SHARD_SPI_MIN 256

struct shard_spi {
    uint8_t key[x4c_siphash_key];
    uint32_t next;
    uint32_t step;
};

/* Tells whether an SA of ours has the SPI; asked because SAs may outlive 2^32 others. */
typedef bool (*shard_spi_taken_fn)(const void *user, uint32_t spi);

/* The key must be unpredictable and the same for all shards. `shard` is below `shards`. */
void shard_spi_init(struct shard_spi *spi, const uint8_t key[x4c_siphash_key], uint32_t shard,
                    uint32_t shards);

/* The next one, or 0 if a long row of them is taken. */
uint32_t shard_spi_next(struct shard_spi *spi, shard_spi_taken_fn taken, const void *user);

#endif
