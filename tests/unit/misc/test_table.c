/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/misc/table.h"

typedef struct item {
    x4s_table_link link;
    uint32_t key;
    bval in;
} item;

/* Gives memory full of garbage, so that nothing may rely on zeros; refuses when told to. */
static bval refuse;

static void *dirty_alloc(void *context, size_t size)
{
    (void)context;
    void *pointer = refuse ? NULL : malloc(size);
    if (pointer)
        memset(pointer, 0xdb, size);
    return pointer;
}

static void dirty_free(void *context, void *pointer, size_t size)
{
    (void)context;
    (void)size;
    free(pointer);
}

static const x4s_allocator dirty = {.alloc = dirty_alloc, .free = dirty_free};

/* Multiplication by an odd number, mixed down: a different hash for every key. */
static uint64_t spread(uint32_t key)
{
    uint64_t hash = (key + 1) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static bval match(const x4s_table_link *link, const void *key)
{
    return x4m_container_const(link, item, link)->key == *(const uint32_t *)key;
}

static item *find(const x4s_table *table, uint32_t key)
{
    x4s_table_link *link = x4_table_find(table, spread(key), match, &key);
    return link ? x4m_container(link, item, link) : NULL;
}

static item *items_new(size_t count)
{
    item *items = calloc(count, sizeof(*items));
    assert_non_null(items);
    for (size_t i = 0; i < count; i++)
        items[i].key = (uint32_t)i;
    return items;
}

static void put(x4s_table *table, item *it)
{
    x4_table_insert(table, &it->link, spread(it->key));
    it->in = btrue;
}

static void take(x4s_table *table, item *it)
{
    x4_table_remove(table, &it->link);
    it->in = bfalse;
}

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void assert_same_as_model(const x4s_table *table, item *items, size_t count)
{
    size_t in = 0;
    for (size_t i = 0; i < count; i++) {
        in += items[i].in;
        assert_ptr_equal(find(table, items[i].key), items[i].in ? &items[i] : NULL);
    }
    assert_int_equal(table->count, in);
}

static void test_random_operations(void **state)
{
    (void)state;
    enum { count = 200000, rounds = 1000000 };
    x4s_table table;
    item *items = items_new(count);
    uint64_t seed = 0x1d872b41;
    assert_true(x4_table_init(&table, &dirty));

    for (size_t round = 0; round < rounds; round++) {
        item *it = &items[random_next(&seed) % count];
        assert_ptr_equal(find(&table, it->key), it->in ? it : NULL);
        if (!it->in)
            put(&table, it);
        else if (random_next(&seed) % 4 == 0)
            take(&table, it);
        if (round % 250000 == 0)
            assert_same_as_model(&table, items, count);
    }
    assert_same_as_model(&table, items, count);

    for (x4s_table_link *link; (link = x4_table_any(&table));)
        take(&table, x4m_container(link, item, link));
    assert_same_as_model(&table, items, count);
    x4_table_fini(&table);
    free(items);
}

static void test_every_size_on_the_way_up(void **state)
{
    (void)state;
    enum { count = 600 };
    x4s_table table;
    item *items = items_new(count);
    assert_true(x4_table_init(&table, &dirty));
    for (size_t i = 0; i < count; i++) {
        put(&table, &items[i]);
        assert_same_as_model(&table, items, count);
        assert_non_null(x4_table_any(&table));
    }
    for (size_t i = count; i-- > 0;) {
        take(&table, &items[i]);
        assert_same_as_model(&table, items, count);
    }
    assert_null(x4_table_any(&table));
    x4_table_fini(&table);
    free(items);
}

static void test_no_insert_moves_many_buckets(void **state)
{
    (void)state;
    enum { count = 1000000 };
    x4s_table table;
    item *items = items_new(count);
    assert_true(x4_table_init(&table, &x4_libc_allocator));
    for (size_t i = 0; i < count; i++) {
        size_t moved = table.old ? table.moved : 0;
        put(&table, &items[i]);
        if (table.old)
            assert_in_range(table.moved - moved, 0, 2);
    }
    assert_in_range(table.mask + 1, count, 2 * count + 1);
    assert_int_equal(table.count, count);
    x4_table_fini(&table);
    free(items);
}

/* Emptying by x4_table_any in the middle of a move must neither miss nor repeat an entry. */
static void test_any_while_growing(void **state)
{
    (void)state;
    for (size_t count = 64; count < 140; count++) {
        x4s_table table;
        item *items = items_new(count);
        size_t taken = 0;
        assert_true(x4_table_init(&table, &dirty));
        for (size_t i = 0; i < count; i++)
            put(&table, &items[i]);
        for (x4s_table_link *link; (link = x4_table_any(&table)); taken++)
            take(&table, x4m_container(link, item, link));
        assert_int_equal(taken, count);
        put(&table, &items[0]);
        assert_ptr_equal(x4_table_any(&table), &items[0].link);
        x4_table_fini(&table);
        free(items);
    }
}

static void test_equal_hashes(void **state)
{
    (void)state;
    enum { count = 300 };
    x4s_table table;
    item *items = items_new(count);
    assert_true(x4_table_init(&table, &dirty));
    for (size_t i = 0; i < count; i++)
        x4_table_insert(&table, &items[i].link, 42);
    for (uint32_t i = 0; i < count; i++)
        assert_ptr_equal(x4_table_find(&table, 42, match, &i), &items[i].link);
    uint32_t absent = count;
    assert_null(x4_table_find(&table, 42, match, &absent));
    for (size_t i = 0; i < count; i++)
        x4_table_remove(&table, &items[i].link);
    assert_null(x4_table_any(&table));
    x4_table_fini(&table);
    free(items);
}

static void test_goes_on_without_memory(void **state)
{
    (void)state;
    enum { count = 1000 };
    x4s_table table;
    item *items = items_new(count);
    assert_true(x4_table_init(&table, &dirty));
    refuse = btrue;
    for (size_t i = 0; i < count / 2; i++)
        put(&table, &items[i]);
    assert_int_equal(table.mask, 63);
    assert_same_as_model(&table, items, count);
    refuse = bfalse;
    for (size_t i = count / 2; i < count; i++)
        put(&table, &items[i]);
    assert_true(table.mask > 63);
    assert_same_as_model(&table, items, count);
    x4_table_fini(&table);
    free(items);
}

static void test_init_without_memory(void **state)
{
    (void)state;
    x4s_table table;
    refuse = btrue;
    assert_false(x4_table_init(&table, &dirty));
    refuse = bfalse;
    x4_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_every_size_on_the_way_up),
        cmocka_unit_test(test_no_insert_moves_many_buckets),
        cmocka_unit_test(test_any_while_growing),
        cmocka_unit_test(test_equal_hashes),
        cmocka_unit_test(test_goes_on_without_memory),
        cmocka_unit_test(test_init_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
