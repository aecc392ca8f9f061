/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/cpi.h"

/* With nine of ten taken, so many in a row are once in a million. */
#define TRIES 128

_Static_assert(SHARD_CPIS % 64 == 0, "whole words");

static uint64_t bit_of(uint16_t cpi)
{
    return UINT64_C(1) << (cpi - x4c_ike_cpi_first) % 64;
}

static _Atomic uint64_t *word_of(struct shard_cpis *cpis, uint16_t cpi)
{
    return &cpis->taken[(cpi - x4c_ike_cpi_first) / 64];
}

uint16_t shard_cpi_draw(struct shard_cpis *cpis, uint32_t part, uint32_t parts)
{
    for (int i = 0; i < TRIES; i++) {
        const unsigned drawn = atomic_fetch_add_explicit(&cpis->drawn, 1, memory_order_relaxed);
        const unsigned number = drawn % (SHARD_CPIS / parts) * parts + part;
        const uint16_t cpi = (uint16_t)(x4c_ike_cpi_first + number);
        if (!(atomic_load_explicit(word_of(cpis, cpi), memory_order_relaxed) & bit_of(cpi)))
            return cpi;
    }
    return 0;
}

bool shard_cpi_take(struct shard_cpis *cpis, uint16_t cpi)
{
    const uint64_t bit = bit_of(cpi);
    return !(atomic_fetch_or_explicit(word_of(cpis, cpi), bit, memory_order_relaxed) & bit);
}

void shard_cpi_give(struct shard_cpis *cpis, uint16_t cpi)
{
    (void)atomic_fetch_and_explicit(word_of(cpis, cpi), ~bit_of(cpi), memory_order_relaxed);
}
