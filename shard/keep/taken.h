/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_TAKEN_H
#define SHARD_KEEP_TAKEN_H

/*
 * SPIs of SAs that were made again from records. They come from counters and keys of other
 * processes (shard/spi.h), so that a new SPI of any shard might be one of them: all shards look
 * here before they hand one out. It is a set of the low bits of SPIs, without locks, and nothing
 * leaves it: an SPI of which it says that it is taken may be free, never the other way round. With
 * a million of them one new SPI in seventeen is passed over.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHARD_TAKEN_BITS 24

/* Zeroed: none. Of all shards. */
struct shard_taken {
    _Atomic uint64_t bits[(1 << SHARD_TAKEN_BITS) / 64];
};

void shard_taken_add(struct shard_taken *taken, uint32_t spi);

bool shard_taken_has(const struct shard_taken *taken, uint32_t spi);

#endif
