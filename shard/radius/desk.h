/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_DESK_H
#define SHARD_RADIUS_DESK_H

/*
 * RADIUS for the control thread: sockets to the servers of the newest configuration, through which
 * the questions of all shards go (shard/radius/client.h). A shard never waits: its questions are
 * letters. After a reload what is under way goes on with the servers of before.
 */

#include "shard/hub.h"
#include "shard/radius/client.h"

struct hub_radius_desk;

/* A question of a shard's (shard/radius/question.h). `member` is the hub. */
void hub_radius_deliver(void *member, struct shard_letter *letter);

/* The servers are those of the newest configuration from now on; there may be none. */
void hub_radius_change(struct hub *hub);

/* What is under way is forgotten. */
void hub_radius_close(struct hub *hub);

/* The sums of all servers since the daemon began, or NULL where there never was one. */
const struct radius_counters *hub_radius_counters(const struct hub *hub);

#endif
