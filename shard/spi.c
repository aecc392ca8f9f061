/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/spi.h"

#include <string.h>

/* Four rounds of Luby and Rackoff make a pseudo-random permutation of a pseudo-random function. */
#define ROUNDS 4

/* With a million of 2^32 taken, so many in a row are never taken. */
#define TRIES 64

void shard_spi_init(struct shard_spi *spi, const uint8_t key[x4c_siphash_key], uint32_t shard,
                    uint32_t shards)
{
    memcpy(spi->key, key, x4c_siphash_key);
    spi->next = shard;
    spi->step = shards;
}

static uint16_t round_of(const struct shard_spi *spi, uint8_t number, uint16_t half)
{
    const uint8_t block[] = {number, (uint8_t)(half >> 8), (uint8_t)half};
    return (uint16_t)x4_siphash(spi->key, block, sizeof(block));
}

static uint32_t permute(const struct shard_spi *spi, uint32_t value)
{
    uint16_t left = (uint16_t)(value >> 16);
    uint16_t right = (uint16_t)value;
    for (uint8_t i = 0; i < ROUNDS; i++) {
        uint16_t mixed = left ^ round_of(spi, i, right);
        left = right;
        right = mixed;
    }
    return (uint32_t)left << 16 | right;
}

/* req 2408-2.4-5 2408-5.5-2 */
uint32_t shard_spi_next(struct shard_spi *spi, shard_spi_taken_fn taken, const void *user)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t value = permute(spi, spi->next);
        spi->next += spi->step;
        if (value >= SHARD_SPI_MIN && !taken(user, value))
            return value;
    }
    return 0;
}
