/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_ROLL_H
#define SHARD_ROLL_H

/*
 * All ISAKMP SAs of a shard, numbered in the order in which they came: found by their number, and
 * walked in pieces while others come and go.
 *
 * A walk keeps its place by standing in the list itself, so every step costs O(1) whatever happens
 * between two of them. It sees each entry once that was there when it began and still is when its
 * turn comes; of those that came since, as many as have gone.
 */

#include "x4/core/types.h"
#include "x4/misc/list.h"
#include "x4/misc/table.h"

struct shard_roll {
    x4s_list entries;
    x4s_table by_number;
    size_t count;
    uint32_t last;  /* number */
    uint32_t index; /* of the shard in its group */
    uint32_t step;  /* shards of the group: no two give the same number */
};

/* Embedded in what is enrolled, and in a walk, which has no number. */
struct shard_roll_entry {
    x4s_list link;
    x4s_table_link by_number;
    uint32_t number;
};

struct shard_roll_walk {
    struct shard_roll_entry place; /* after the last entry that was given */
    size_t left;                   /* entries that it may still give */
};

/* False: no memory. */
bool shard_roll_init(struct shard_roll *roll, uint32_t index, uint32_t count);

/* Entries are gone before; walks that are left are freed. Zeroed memory is left alone. */
void shard_roll_fini(struct shard_roll *roll);

/* Gives the entry a number from 1 on. */
void shard_roll_enter(struct shard_roll *roll, struct shard_roll_entry *entry);

void shard_roll_leave(struct shard_roll *roll, struct shard_roll_entry *entry);

/* The entry of a number, or NULL. */
struct shard_roll_entry *shard_roll_find(const struct shard_roll *roll, uint32_t number);

/* The shard that a number would be of, in a group of so many. */
static inline uint32_t shard_roll_home(uint32_t number, uint32_t count)
{
    return (number - 1) % count;
}

/* NULL: no memory. */
struct shard_roll_walk *shard_roll_walk_new(struct shard_roll *roll);

/* The next entry, or NULL at the end. */
struct shard_roll_entry *shard_roll_walk_next(struct shard_roll *roll,
                                              struct shard_roll_walk *walk);

void shard_roll_walk_free(struct shard_roll_walk *walk);

#endif
