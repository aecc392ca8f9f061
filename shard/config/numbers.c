/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "shard/config/sections.h"
#include "x4/core/memory.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

/* A name that snapshots have. */
struct entry {
    x4s_table_link by_name;
    uint32_t number;
    uint32_t snapshots;
    char name[];
};

/* The names of one kind. */
struct names {
    x4s_table by_name;
    uint32_t *spare; /* numbers to be given again */
    uint32_t spare_count;
    uint32_t limit; /* numbers that were given are below */
};

struct hub_numbers {
    struct names connections;
    struct names pools;
};

/* What a snapshot has of one kind. */
struct section {
    struct hub_config_numbers *numbers;
    size_t count;
    const char *(*name)(const struct hub_config *config, size_t index);
};

typedef void (*gone_fn)(void *user, uint32_t number);

/* The operator chooses the names. */
static const uint8_t hash_key[x4c_siphash_key];

/* -------------------------------------------------------------------------- names */

static bval has_name(const x4s_table_link *link, const void *name)
{
    return strcmp(x4m_container_const(link, struct entry, by_name)->name, name) == 0;
}

static uint64_t hash_of(const char *name)
{
    return x4_siphash(hash_key, name, strlen(name));
}

static struct entry *find(const struct names *names, const char *name)
{
    x4s_table_link *link = x4_table_find(&names->by_name, hash_of(name), has_name, name);
    return link ? x4m_container(link, struct entry, by_name) : NULL;
}

/* There is room for all numbers that may come back. */
static bool make_room(struct names *names)
{
    uint32_t *spare = realloc(names->spare, (names->limit + 1) * sizeof(*spare));
    if (!spare)
        return false;
    names->spare = spare;
    return true;
}

static uint32_t next_number(struct names *names)
{
    return names->spare_count ? names->spare[--names->spare_count] : names->limit++;
}

static struct entry *add(struct names *names, const char *name)
{
    struct entry *entry = calloc(1, sizeof(*entry) + strlen(name) + 1);
    if (!entry)
        return NULL;
    strcpy(entry->name, name);
    entry->number = next_number(names);
    x4_table_insert(&names->by_name, &entry->by_name, hash_of(name));
    return entry;
}

static void leave(struct names *names, const char *name, gone_fn gone, void *user)
{
    struct entry *entry = find(names, name);
    if (--entry->snapshots)
        return;
    names->spare[names->spare_count++] = entry->number;
    gone(user, entry->number);
    x4_table_remove(&names->by_name, &entry->by_name);
    free(entry);
}

static void nobody(void *user, uint32_t number)
{
    (void)user;
    (void)number;
}

/* -------------------------------------------------------------------------- sections */

static const char *connection_name(const struct hub_config *config, size_t index)
{
    return config->connections[index].name;
}

static const char *pool_name(const struct hub_config *config, size_t index)
{
    return config->pools[index].name;
}

static struct section connections_of(struct hub_config *config)
{
    return (struct section){&config->connection_numbers, config->connection_count, connection_name};
}

static struct section pools_of(struct hub_config *config)
{
    return (struct section){&config->pool_numbers, config->pool_count, pool_name};
}

static bool enter_names(struct names *names, const struct hub_config *config,
                        const struct section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        const char *name = section->name(config, i);
        struct entry *entry = find(names, name);
        if (!entry)
            entry = make_room(names) ? add(names, name) : NULL;
        if (!entry) {
            while (i > 0)
                leave(names, section->name(config, --i), nobody, NULL);
            return false;
        }
        entry->snapshots++;
        section->numbers->of_index[i] = entry->number;
    }
    return true;
}

/* The way back, for numbers below `limit`. */
static bool invert(const struct section *section, struct hub_arena *arena, uint32_t limit)
{
    struct hub_config_numbers *numbers = section->numbers;
    numbers->index_of = hub_arena_array(arena, limit, sizeof(*numbers->index_of));
    if (!numbers->index_of)
        return false;
    numbers->limit = limit;
    memset(numbers->index_of, 0xff, limit * sizeof(*numbers->index_of));
    for (size_t i = 0; i < section->count; i++)
        numbers->index_of[numbers->of_index[i]] = (uint32_t)i;
    return true;
}

static bool alone(const struct section *section, struct hub_arena *arena)
{
    uint32_t *of_index = hub_arena_array(arena, section->count, sizeof(*of_index));
    if (!of_index)
        return false;
    section->numbers->of_index = of_index;
    for (size_t i = 0; i < section->count; i++)
        of_index[i] = (uint32_t)i;
    return invert(section, arena, (uint32_t)section->count);
}

bool hub_numbers_alone(struct hub_config *config, struct hub_arena *arena)
{
    const struct section connections = connections_of(config);
    const struct section pools = pools_of(config);
    return alone(&connections, arena) && alone(&pools, arena);
}

/* -------------------------------------------------------------------------- snapshots */

static bool names_init(struct names *names)
{
    return make_room(names) && x4_table_init(&names->by_name, &x4_libc_allocator);
}

static void names_fini(struct names *names)
{
    x4s_table_link *link;
    free(names->spare);
    if (!names->by_name.buckets)
        return;
    while ((link = x4_table_any(&names->by_name))) {
        x4_table_remove(&names->by_name, link);
        free(x4m_container(link, struct entry, by_name));
    }
    x4_table_fini(&names->by_name);
}

struct hub_numbers *hub_numbers_new(void)
{
    struct hub_numbers *numbers = calloc(1, sizeof(*numbers));
    if (!numbers)
        return NULL;
    if (names_init(&numbers->connections) && names_init(&numbers->pools))
        return numbers;
    hub_numbers_free(numbers);
    return NULL;
}

void hub_numbers_free(struct hub_numbers *numbers)
{
    if (!numbers)
        return;
    names_fini(&numbers->connections);
    names_fini(&numbers->pools);
    free(numbers);
}

bool hub_numbers_enter(struct hub_numbers *numbers, struct hub_config *config)
{
    struct hub_arena *arena = hub_config_arena(config);
    const struct section connections = connections_of(config);
    const struct section pools = pools_of(config);
    if (!enter_names(&numbers->connections, config, &connections))
        return false;
    if (!enter_names(&numbers->pools, config, &pools)) {
        for (size_t i = 0; i < connections.count; i++)
            leave(&numbers->connections, connection_name(config, i), nobody, NULL);
        return false;
    }
    if (invert(&connections, arena, numbers->connections.limit) &&
        invert(&pools, arena, numbers->pools.limit))
        return true;
    hub_numbers_leave(numbers, config, nobody, NULL);
    return false;
}

void hub_numbers_leave(struct hub_numbers *numbers, const struct hub_config *config, gone_fn gone,
                       void *user)
{
    for (size_t i = 0; i < config->connection_count; i++)
        leave(&numbers->connections, connection_name(config, i), nobody, NULL);
    for (size_t i = 0; i < config->pool_count; i++)
        leave(&numbers->pools, pool_name(config, i), gone, user);
}

/* -------------------------------------------------------------------------- lookups */

uint32_t hub_connection_number(const struct hub_connection *connection)
{
    return connection->config->connection_numbers.of_index[connection->index];
}

uint32_t hub_pool_number(const struct hub_pool *pool)
{
    return pool->config->pool_numbers.of_index[pool->index];
}

uint32_t hub_connection_home(const struct hub_connection *connection, uint32_t shards)
{
    return hub_connection_number(connection) % shards;
}

uint32_t hub_pool_home(const struct hub_pool *pool, uint32_t shards)
{
    return hub_pool_number(pool) % shards;
}

static uint32_t index_of(const struct hub_config_numbers *numbers, uint32_t number)
{
    return number < numbers->limit ? numbers->index_of[number] : HUB_NO_INDEX;
}

const struct hub_connection *hub_connection_numbered(const struct hub_config *config,
                                                     uint32_t number)
{
    const uint32_t index = index_of(&config->connection_numbers, number);
    return index == HUB_NO_INDEX ? NULL : &config->connections[index];
}

const struct hub_pool *hub_pool_numbered(const struct hub_config *config, uint32_t number)
{
    const uint32_t index = index_of(&config->pool_numbers, number);
    return index == HUB_NO_INDEX ? NULL : &config->pools[index];
}
