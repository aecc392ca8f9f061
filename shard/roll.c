/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/roll.h"

#include <assert.h>
#include <stdlib.h>

bool shard_roll_init(struct shard_roll *roll, uint32_t index, uint32_t count)
{
    *roll = (struct shard_roll){.index = index, .step = count};
    x4_list_init(&roll->entries);
    return x4_table_init(&roll->by_number, &x4_libc_allocator);
}

/* Numbers of a shard are `step` apart. */
static uint64_t bucket_of(const struct shard_roll *roll, uint32_t number)
{
    return number / roll->step;
}

static bval has_number(const x4s_table_link *link, const void *key)
{
    return x4m_container_const(link, struct shard_roll_entry, by_number)->number ==
           *(const uint32_t *)key;
}

struct shard_roll_entry *shard_roll_find(const struct shard_roll *roll, uint32_t number)
{
    x4s_table_link *link =
        x4_table_find(&roll->by_number, bucket_of(roll, number), has_number, &number);
    return link ? x4m_container(link, struct shard_roll_entry, by_number) : NULL;
}

/* After four billion SAs of the group they begin anew, past those that are still there. */
static uint32_t next_number(struct shard_roll *roll)
{
    do {
        const bool first = roll->last == 0 || roll->last > UINT32_MAX - roll->step;
        roll->last = first ? roll->index + 1 : roll->last + roll->step;
    } while (shard_roll_find(roll, roll->last));
    return roll->last;
}

void shard_roll_enter(struct shard_roll *roll, struct shard_roll_entry *entry)
{
    entry->number = next_number(roll);
    x4_list_append(&roll->entries, &entry->link);
    x4_table_insert(&roll->by_number, &entry->by_number, bucket_of(roll, entry->number));
    roll->count++;
}

void shard_roll_leave(struct shard_roll *roll, struct shard_roll_entry *entry)
{
    x4_list_remove(&entry->link);
    x4_table_remove(&roll->by_number, &entry->by_number);
    roll->count--;
}

static void put_behind(struct shard_roll_walk *walk, x4s_list *entry)
{
    walk->place.link.prev = entry;
    walk->place.link.next = entry->next;
    entry->next->prev = &walk->place.link;
    entry->next = &walk->place.link;
}

struct shard_roll_walk *shard_roll_walk_new(struct shard_roll *roll)
{
    struct shard_roll_walk *walk = calloc(1, sizeof(*walk));
    if (!walk)
        return NULL;
    walk->left = roll->count;
    put_behind(walk, &roll->entries);
    return walk;
}

/* Places of other walks, which have no number, are passed over: there are few. */
struct shard_roll_entry *shard_roll_walk_next(struct shard_roll *roll, struct shard_roll_walk *walk)
{
    struct shard_roll_entry *entry = NULL;
    x4s_list *link = walk->place.link.next;
    for (; walk->left && link != &roll->entries && !entry; link = link->next) {
        struct shard_roll_entry *next = x4m_container(link, struct shard_roll_entry, link);
        entry = next->number ? next : NULL;
    }
    if (!entry)
        return NULL;
    x4_list_remove(&walk->place.link);
    put_behind(walk, &entry->link);
    walk->left--;
    return entry;
}

void shard_roll_walk_free(struct shard_roll_walk *walk)
{
    x4_list_remove(&walk->place.link);
    free(walk);
}

void shard_roll_fini(struct shard_roll *roll)
{
    if (!roll->by_number.buckets)
        return;
    while (!x4_list_empty(&roll->entries)) {
        struct shard_roll_entry *entry =
            x4m_container(roll->entries.next, struct shard_roll_entry, link);
        assert(!entry->number);
        shard_roll_walk_free(x4m_container(entry, struct shard_roll_walk, place));
    }
    x4_table_fini(&roll->by_number);
}
