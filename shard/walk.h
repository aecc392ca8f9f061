/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_WALK_H
#define SHARD_WALK_H

/*
 * Walks through the SAs of a shard (shard/roll.h) that the control thread has begun, piece by
 * piece, and does not go on with.
 */

#include "shard/hub.h"
#include "shard/roll.h"

/*
 * The shard releases it; NULL is ignored. Where there is no memory to say so it stays until the
 * shard's end.
 */
void hub_walk_end(struct hub *hub, uint32_t shard, struct shard_roll_walk *walk);

#endif
