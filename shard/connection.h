/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONNECTION_H
#define SHARD_CONNECTION_H

/*
 * What a shard keeps of each connection, whatever snapshot of the configuration it is of: by number
 * (shard/config/numbers.h), in an array that grows and never moves.
 */

#include "shard/peer.h"

/* What a shard keeps of a connection. */
struct shard_connection {
    x4s_list sas; /* shard_sa.of_connection: the completed ones, oldest first */

    /* Completed ones of other shards. Known to the shard that begins the connection. */
    uint32_t abroad;

    uint32_t attempts; /* shard_attempt, under way or waiting */
    bool up;           /* it is in shard_counters.connections_up */
};

/* Makes room for numbers below `count`. False: no memory; what there is stays. */
bool shard_connections_room(struct shard *shard, uint32_t count);

void shard_connections_fini(struct shard *shard);

/* All numbers for which there is room are below. */
uint32_t shard_connections_limit(const struct shard *shard);

/* There is room for its number. */
struct shard_connection *shard_connection_of(const struct shard *shard,
                                             const struct hub_connection *connection);

/* The same by number. */
struct shard_connection *shard_connection_numbered(const struct shard *shard, uint32_t number);

/* An ISAKMP SA of it has come or gone, here or, as far as this shard knows, elsewhere. */
void shard_connection_recount(struct shard *shard, const struct hub_connection *connection);

/*
 * The connection of the newest snapshot that the SA goes on with: for whatever is negotiated under
 * it or in its place from now on. NULL: there is none any more. Then children go on as long as the
 * ISAKMP SA does, by the connection of before, and we begin none in its place.
 */
const struct hub_connection *shard_connection_now(const struct shard_sa *sa);

/* What a child is to be rekeyed by. NULL: the connection has no such child any more. */
const struct hub_child *shard_connection_child_now(const struct shard_child *child);

#endif
