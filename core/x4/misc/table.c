/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/misc/table.h"

/*
 * The table doubles, so what hangs in bucket i of the old array belongs to buckets i and
 * i + old size of the new one. Those two come to life when bucket i is moved: until then the old
 * bucket is the one that is searched and inserted to, and the new two are never read. So the new
 * array need not be zeroed, and no operation looks at more than one bucket.
 */

#define INITIAL_BUCKETS   64
#define MOVES_PER_CHANGE  2
#define BYTES_OF(buckets) ((buckets) * sizeof(x4s_table_link *))

/* The bucket of a hash, and its number: that of the new array, of which the old is the beginning.
 */
static x4s_table_link **bucket_of(const x4s_table *table, uint64_t hash, size_t *number)
{
    size_t old_index = (size_t)hash & table->old_mask;
    bval in_old = table->old && old_index >= table->moved;
    *number = in_old ? old_index : (size_t)hash & table->mask;
    return in_old ? &table->old[*number] : &table->buckets[*number];
}

bval x4_table_init(x4s_table *table, const x4s_allocator *allocator)
{
    *table = (x4s_table){.allocator = allocator, .mask = INITIAL_BUCKETS - 1};
    table->buckets = x4_alloc(allocator, BYTES_OF(INITIAL_BUCKETS));
    return table->buckets != NULL;
}

/* Buckets hold no secrets; wiping megabytes of them would be the pause that growing avoids. */
static void free_buckets(const x4s_table *table, x4s_table_link **buckets, size_t mask)
{
    if (buckets)
        table->allocator->free(table->allocator->context, buckets, BYTES_OF(mask + 1));
}

void x4_table_fini(x4s_table *table)
{
    free_buckets(table, table->old, table->old_mask);
    free_buckets(table, table->buckets, table->mask);
    *table = (x4s_table){0};
}

static void grow(x4s_table *table)
{
    size_t size = (table->mask + 1) * 2;
    x4s_table_link **buckets = table->allocator->alloc(table->allocator->context, BYTES_OF(size));
    if (!buckets)
        return;
    table->old = table->buckets;
    table->old_mask = table->mask;
    table->moved = 0;
    table->buckets = buckets;
    table->mask = size - 1;
}

static void move_bucket(x4s_table *table)
{
    size_t low = table->moved++;
    size_t high = low + table->old_mask + 1;

    table->buckets[low] = table->buckets[high] = NULL;
    for (x4s_table_link *link = table->old[low], *next; link; link = next) {
        x4s_table_link **bucket = &table->buckets[link->hash & table->mask];
        next = link->next;
        link->next = *bucket;
        *bucket = link;
    }
}

static void move_some(x4s_table *table)
{
    for (int i = 0; i < MOVES_PER_CHANGE && table->old; i++) {
        move_bucket(table);
        if (table->moved <= table->old_mask)
            continue;
        free_buckets(table, table->old, table->old_mask);
        table->old = NULL;
    }
}

x4s_table_link *x4_table_find(const x4s_table *table, uint64_t hash, x4f_table_match match,
                              const void *key)
{
    size_t number;
    for (x4s_table_link *link = *bucket_of(table, hash, &number); link; link = link->next)
        if (link->hash == hash && match(link, key))
            return link;
    return NULL;
}

void x4_table_insert(x4s_table *table, x4s_table_link *link, uint64_t hash)
{
    if (!table->old && table->count > table->mask)
        grow(table);
    move_some(table);

    size_t number;
    x4s_table_link **bucket = bucket_of(table, hash, &number);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    table->first = x4m_min(table->first, number);
    table->count++;
}

void x4_table_remove(x4s_table *table, x4s_table_link *link)
{
    size_t number;
    x4s_table_link **at = bucket_of(table, link->hash, &number);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    link->next = NULL;
    table->count--;
    move_some(table);
}

/* Moving never lowers the number of an entry's bucket, so `first` stays true through it. */
x4s_table_link *x4_table_any(x4s_table *table)
{
    if (!table->count)
        return NULL;
    for (;; table->first++) {
        size_t number;
        x4s_table_link *link = *bucket_of(table, table->first, &number);
        if (link && number == table->first)
            return link;
    }
}
