/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/taken.h"

static uint32_t place_of(uint32_t spi)
{
    return spi & ((UINT32_C(1) << SHARD_TAKEN_BITS) - 1);
}

void shard_taken_add(struct shard_taken *taken, uint32_t spi)
{
    const uint32_t place = place_of(spi);
    atomic_fetch_or(&taken->bits[place / 64], UINT64_C(1) << place % 64);
}

bool shard_taken_has(const struct shard_taken *taken, uint32_t spi)
{
    const uint32_t place = place_of(spi);
    return atomic_load(&taken->bits[place / 64]) >> place % 64 & 1;
}
