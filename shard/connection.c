/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/connection.h"

#include <stdlib.h>

#include "shard/config/kin.h"
#include "shard/config/numbers.h"

/* Lists lead back to their heads, so what was allocated stays where it is. */
#define BLOCK 1024U

static bool add_block(struct shard *shard)
{
    struct shard_connection **blocks = realloc(
        shard->connections, (shard->connection_blocks + 1) * sizeof(struct shard_connection *));
    if (!blocks)
        return false;
    shard->connections = blocks;
    struct shard_connection *block = calloc(BLOCK, sizeof(*block));
    if (!block)
        return false;
    for (uint32_t i = 0; i < BLOCK; i++)
        x4_list_init(&block[i].sas);
    blocks[shard->connection_blocks++] = block;
    return true;
}

uint32_t shard_connections_limit(const struct shard *shard)
{
    return shard->connection_blocks * BLOCK;
}

bool shard_connections_room(struct shard *shard, uint32_t count)
{
    while (shard_connections_limit(shard) < count) {
        if (!add_block(shard))
            return false;
    }
    return true;
}

void shard_connections_fini(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->connection_blocks; i++)
        free(shard->connections[i]);
    free(shard->connections);
    shard->connections = NULL;
    shard->connection_blocks = 0;
}

struct shard_connection *shard_connection_numbered(const struct shard *shard, uint32_t number)
{
    return &shard->connections[number / BLOCK][number % BLOCK];
}

struct shard_connection *shard_connection_of(const struct shard *shard,
                                             const struct hub_connection *connection)
{
    return shard_connection_numbered(shard, hub_connection_number(connection));
}

/* By the one shard that knows of all SAs. */
void shard_connection_recount(struct shard *shard, const struct hub_connection *connection)
{
    if (hub_connection_home(connection, shard->steer.count) != shard->steer.index)
        return;
    struct shard_connection *mine = shard_connection_of(shard, connection);
    const bool up = !x4_list_empty(&mine->sas) || mine->abroad > 0;
    shard->counters.connections_up += (uint64_t)up - (uint64_t)mine->up;
    mine->up = up;
}

const struct hub_connection *shard_connection_now(const struct shard_sa *sa)
{
    return hub_connection_in(sa->shard->config, sa->connection, &sa->link.remote);
}

const struct hub_child *shard_connection_child_now(const struct shard_child *child)
{
    const struct hub_connection *connection = shard_connection_now(child->sa);
    return connection ? hub_connection_child(connection, child->config->name) : child->config;
}
