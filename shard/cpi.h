/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CPI_H
#define SHARD_CPI_H

/*
 * Where inbound CPIs of IPComp come from. They have 16 bits (RFC 3173 3.3), too few to divide them
 * among shards or to use each once: all shards draw from one set, without locks. A CPI is drawn
 * when a quick mode begins and taken when it is complete; the same one is drawn again only after
 * all others, so seldom does another quick mode take it meanwhile.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "x4/ike/ipsec_sa.h"

#define SHARD_CPIS (x4c_ike_cpi_last - x4c_ike_cpi_first + 1)

/* Zeroed: all are free. */
struct shard_cpis {
    atomic_uint drawn;
    _Atomic uint64_t taken[SHARD_CPIS / 64];
};

/*
 * One that is free now; 0 if a long row of them is taken. Of `parts` estates each has its own, so
 * that those of two nodes differ: `part` is below `parts`.
 */
uint16_t shard_cpi_draw(struct shard_cpis *cpis, uint32_t part, uint32_t parts);

/* False: somebody has it. */
bool shard_cpi_take(struct shard_cpis *cpis, uint16_t cpi);

void shard_cpi_give(struct shard_cpis *cpis, uint16_t cpi);

#endif
