/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_STALL_H
#define SHARD_STALL_H

/*
 * Sees that the shards go round: each is asked once a second, and one that has not answered a
 * second later is said to be stalled. Its log, which is the control thread's, says when it goes on.
 */

#include "shard/hub.h"

void hub_stall_watch(struct hub *hub);

/* A shard is stalled now. */
bool hub_stall_is_any(const struct hub *hub);

#endif
