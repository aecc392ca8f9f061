/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_TRAP_H
#define SHARD_TRAP_H

/*
 * Children with start_action = trap: their traffic waits in the kernel until a packet of it asks
 * for SAs, which are begun then. A connection's traps are its home shard's
 * (shard/config/numbers.h).
 */

#include "shard/initiate.h"

/* Sets the traps of a connection of the newest snapshot; those of older ones stay. */
void shard_trap_set(struct shard *shard, const struct hub_connection *connection);

/* All of the newest snapshot are set: those of older ones go. */
void shard_trap_sweep(struct shard *shard);

/* HUB_KERNEL_WANTED */
void shard_trap_met(struct shard *shard, struct hub_kernel_trap *trap);

/* Forgets all, which stay in the kernel. */
void shard_trap_fini(struct shard *shard);

#endif
