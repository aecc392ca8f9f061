/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_NUMBERS_H
#define SHARD_CONFIG_NUMBERS_H

/*
 * Numbers for the names of connections and pools. What a shard keeps of one it keeps by number, and
 * so beyond the snapshot: a connection has the same number in all snapshots that have its name.
 *
 * A number is given again when no snapshot has its name any more. Numbers are small, since they are
 * indices of arrays.
 */

#include "shard/config/arena.h"
#include "shard/config/config.h"

/* Who has which number. For one thread, which is the only one that changes snapshots. */
struct hub_numbers;

/* NULL: no memory. */
struct hub_numbers *hub_numbers_new(void);

/* The snapshots were taken out before, or are of no use any more. NULL is ignored. */
void hub_numbers_free(struct hub_numbers *numbers);

/*
 * Numbers a snapshot that nobody else has yet. It costs O(1) for each of its names. False: no
 * memory, and nothing has changed but the snapshot, which is to be freed.
 */
bool hub_numbers_enter(struct hub_numbers *numbers, struct hub_config *config);

/*
 * Takes out a snapshot that was entered. For each pool that no snapshot has any more `gone` is
 * called with its number.
 */
void hub_numbers_leave(struct hub_numbers *numbers, const struct hub_config *config,
                       void (*gone)(void *user, uint32_t pool), void *user);

/* -------------------------------------------------------------------------- lookups */

uint32_t hub_connection_number(const struct hub_connection *connection);
uint32_t hub_pool_number(const struct hub_pool *pool);

/* Which of so many shards begins a connection, or keeps a pool: the same in all snapshots. */
uint32_t hub_connection_home(const struct hub_connection *connection, uint32_t shards);
uint32_t hub_pool_home(const struct hub_pool *pool, uint32_t shards);

/* NULL: the snapshot has none of that number. */
const struct hub_connection *hub_connection_numbered(const struct hub_config *config,
                                                     uint32_t number);
const struct hub_pool *hub_pool_numbered(const struct hub_config *config, uint32_t number);

/* -------------------------------------------------------------------------- for config.c */

/* The numbers of a snapshot that is alone. False: no memory. */
bool hub_numbers_alone(struct hub_config *config, struct hub_arena *arena);

#endif
