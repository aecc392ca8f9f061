/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_slot_map.h"

#include <hiredis/hiredis.h>
#include <string.h>

void redis_slot_map_clear(struct redis_slot_map *map)
{
    map->count = 0;
    memset(map->of_slot, REDIS_NO_NODE, sizeof(map->of_slot));
}

static size_t index_of(const struct redis_slot_map *map, const struct redis_address *node)
{
    size_t i = 0;
    while (i < map->count && !redis_address_is(&map->nodes[i], node))
        i++;
    return i;
}

bool redis_slot_map_has(const struct redis_slot_map *map, const struct redis_address *node)
{
    return index_of(map, node) < map->count;
}

bool redis_slot_map_set(struct redis_slot_map *map, uint16_t first, uint16_t last,
                        const struct redis_address *node)
{
    const size_t index = index_of(map, node);

    if (index == REDIS_NODES_MAX)
        return false;
    if (index == map->count)
        map->nodes[map->count++] = *node;
    memset(map->of_slot + first, (int)index, (size_t)(last - first) + 1);
    return true;
}

const struct redis_address *redis_slot_map_find(const struct redis_slot_map *map, uint16_t slot)
{
    const uint8_t index = map->of_slot[slot];
    return index == REDIS_NO_NODE ? NULL : &map->nodes[index];
}

/* address, port, and more that does not matter */
static bool read_node(const redisReply *reply, const struct redis_address *asked,
                      struct redis_address *node)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2 ||
        reply->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    const redisReply *host = reply->element[0];
    const long long port = reply->element[1]->integer;
    if (host->type == REDIS_REPLY_NIL || (host->type == REDIS_REPLY_STRING && host->len == 0))
        return redis_address_make(asked->host, strlen(asked->host), port, node);
    return host->type == REDIS_REPLY_STRING && redis_address_make(host->str, host->len, port, node);
}

/* first, last, the primary, and replicas */
static bool read_range(struct redis_slot_map *map, const redisReply *reply,
                       const struct redis_address *asked)
{
    struct redis_address node;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 ||
        reply->element[0]->type != REDIS_REPLY_INTEGER ||
        reply->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    const long long first = reply->element[0]->integer;
    const long long last = reply->element[1]->integer;
    return first >= 0 && first <= last && last < REDIS_SLOTS &&
           read_node(reply->element[2], asked, &node) &&
           redis_slot_map_set(map, (uint16_t)first, (uint16_t)last, &node);
}

bool redis_slot_map_read(struct redis_slot_map *map, const redisReply *reply,
                         const struct redis_address *asked)
{
    redis_slot_map_clear(map);
    bool good = reply->type == REDIS_REPLY_ARRAY;
    for (size_t i = 0; good && i < reply->elements; i++)
        good = read_range(map, reply->element[i], asked);
    if (!good)
        redis_slot_map_clear(map);
    return good;
}
