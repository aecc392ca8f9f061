/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_SLOT_MAP_H
#define STORE_REDIS_SLOT_MAP_H

/*
 * Which node of a cluster has which slot.
 */

#include "store/redis_address.h"
#include "store/redis_slot.h"

struct redisReply;

enum {
    REDIS_NODES_MAX = 128, /* that have slots */
    REDIS_NO_NODE = 0xff,
};

struct redis_slot_map {
    size_t count;
    struct redis_address nodes[REDIS_NODES_MAX];
    uint8_t of_slot[REDIS_SLOTS]; /* index in nodes; REDIS_NO_NODE: nobody has it */
};

void redis_slot_map_clear(struct redis_slot_map *map);

/*
 * Reads the reply to CLUSTER SLOTS. A node without an address of its own is the one that was asked.
 * False: it is no such reply, or has too many nodes, or names them by host names; the map is empty.
 */
bool redis_slot_map_read(struct redis_slot_map *map, const struct redisReply *reply,
                         const struct redis_address *asked);

/* NULL: nobody. */
const struct redis_address *redis_slot_map_find(const struct redis_slot_map *map, uint16_t slot);

/* False: it has too many nodes. */
bool redis_slot_map_set(struct redis_slot_map *map, uint16_t first, uint16_t last,
                        const struct redis_address *node);

bool redis_slot_map_has(const struct redis_slot_map *map, const struct redis_address *node);

#endif
