/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_DIGEST_H
#define SIM_DIGEST_H

/*
 * A node's state as its user knows it, in one number: what was told and asked of each exchange, how
 * many there are and of which kind, and the public-key work done. Two numbers are equal if nothing
 * of that changed. What is only kept in memory is in the ledger.
 */

#include "tests/sim/sim.h"

uint64_t sim_digest(const struct sim_node *node);

#endif
