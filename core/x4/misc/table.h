/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_MISC_TABLE_H
#define X4_MISC_TABLE_H

/*
 * An intrusive chained hash table that grows without a pause: it keeps two bucket arrays while it
 * grows and moves a few buckets with every insert and removal. Lookup, insert and removal are O(1).
 * The caller hashes (keyed where a stranger chooses the key, see siphash.h) and compares.
 *
 * Growing neither zeroes nor wipes its arrays: the longest single step is the allocator's own time
 * for an array of eight bytes an entry, which the C library maps and faults in page by page.
 */

#include "x4/core/memory.h"
#include "x4/core/types.h"

/* Embedded in what is stored. */
typedef struct x4s_table_link {
    struct x4s_table_link *next;
    uint64_t hash;
} x4s_table_link;

typedef struct x4s_table {
    const x4s_allocator *allocator;
    x4s_table_link **buckets;
    x4s_table_link **old; /* what is not moved yet, or NULL */
    size_t mask;
    size_t old_mask;
    size_t moved; /* buckets of old that are empty by now */
    size_t count;
    size_t first; /* no bucket before this one holds an entry */
} x4s_table;

/* Tells whether the entry is the one that is looked for. */
typedef bval (*x4f_table_match)(const x4s_table_link *link, const void *key);

/* bfalse when out of memory. */
bval x4_table_init(x4s_table *table, const x4s_allocator *allocator) x4m_must_use;

/* The entries are the caller's and must be gone before. */
void x4_table_fini(x4s_table *table);

/* The first entry of that hash that matches, or NULL. */
x4s_table_link *x4_table_find(const x4s_table *table, uint64_t hash, x4f_table_match match,
                              const void *key);

/* Never fails: if the table cannot grow it becomes slower. The link must be in no table. */
void x4_table_insert(x4s_table *table, x4s_table_link *link, uint64_t hash);

/* The link must be in this table. */
void x4_table_remove(x4s_table *table, x4s_table_link *link);

/*
 * Any entry, or NULL when the table is empty: for emptying it, which costs O(1) an entry and one
 * walk over the buckets in all.
 */
x4s_table_link *x4_table_any(x4s_table *table);

#endif
