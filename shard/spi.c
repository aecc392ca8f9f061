/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/spi.h"

#include <string.h>

/* Four rounds of Luby and Rackoff make a pseudo-random permutation of a pseudo-random function. */
#define ROUNDS 4

/* With a million of 2^32 taken, so many in a row are never taken. */
#define TRIES 64

void shard_spi_init(struct shard_spi *spi, const uint8_t key[x4c_siphash_key], uint32_t shard,
                    uint32_t shards, uint32_t parts)
{
    memcpy(spi->key, key, x4c_siphash_key);
    spi->next = shard;
    spi->step = shards;
    spi->half_bits = parts > 1 ? (32 - SHARD_SPI_PART_BITS) / 2 : 16;
}

static uint32_t round_of(const struct shard_spi *spi, uint8_t number, uint32_t half)
{
    const uint8_t block[] = {number, (uint8_t)(half >> 8), (uint8_t)half};
    return (uint32_t)x4_siphash(spi->key, block, sizeof(block));
}

static uint32_t permute(const struct shard_spi *spi, uint32_t value)
{
    const uint32_t mask = (UINT32_C(1) << spi->half_bits) - 1;
    uint32_t left = value >> spi->half_bits & mask;
    uint32_t right = value & mask;
    for (uint8_t i = 0; i < ROUNDS; i++) {
        const uint32_t mixed = (left ^ round_of(spi, i, right)) & mask;
        left = right;
        right = mixed;
    }
    return left << spi->half_bits | right;
}

static uint32_t place(const struct shard_spi *spi, uint32_t part, uint32_t value)
{
    return spi->half_bits == 16 ? value : part << (32 - SHARD_SPI_PART_BITS) | value;
}

/* req 2408-2.4-5 2408-5.5-2 */
uint32_t shard_spi_next(struct shard_spi *spi, uint32_t part, shard_spi_taken_fn taken,
                        const void *user)
{
    for (int i = 0; i < TRIES; i++) {
        const uint32_t value = place(spi, part, permute(spi, spi->next));
        spi->next += spi->step;
        if (value >= SHARD_SPI_MIN && !taken(user, value))
            return value;
    }
    return 0;
}
