/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_REVIVAL_H
#define SHARD_KEEP_REVIVAL_H

/*
 * The control thread's part in making SAs again from records (shard/keep/revive.h): it has all
 * shards read, hears that all have, and then lets them serve and begin. Without a store they begin
 * at once.
 */

#include "shard/hub_state.h"

void hub_revive(struct hub *hub);

#endif
