/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_ARENA_H
#define SHARD_CONFIG_ARENA_H

/*
 * Memory that is released whole and wiped then, for it may hold secrets. Not for several threads at
 * once.
 */

#include <stdbool.h>
#include <stddef.h>

struct hub_arena;

/* NULL when out of memory. */
struct hub_arena *hub_arena_new(void);

/* Wipes and releases all that was allocated; NULL is ignored. */
void hub_arena_free(struct hub_arena *arena);

/*
 * Zeroed memory aligned for any type, or NULL when out of memory; the arena remembers that. Of size
 * 0 it is a valid pointer too.
 */
void *hub_arena_alloc(struct hub_arena *arena, size_t size) __attribute__((warn_unused_result));

/* An array of `count` zeroed elements. */
void *hub_arena_array(struct hub_arena *arena, size_t count, size_t size)
    __attribute__((warn_unused_result));

/* A copy of `len` bytes and a NUL after them. `text` may be NULL where there are none. */
char *hub_arena_text(struct hub_arena *arena, const char *text, size_t len)
    __attribute__((warn_unused_result));

/* Whether an allocation failed since the arena was made. */
bool hub_arena_exhausted(const struct hub_arena *arena);

#endif
