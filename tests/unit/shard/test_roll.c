/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/roll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ENTRIES 8

struct fixture {
    struct shard_roll roll;
    struct shard_roll_entry entries[ENTRIES];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (!fixture || !shard_roll_init(&fixture->roll, 0, 1))
        return -1;
    *state = fixture;
    return 0;
}

/* Walks that a test leaves are the roll's to free; the sanitizers see to that. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < ENTRIES; i++) {
        if (x4_list_linked(&fixture->entries[i].link))
            shard_roll_leave(&fixture->roll, &fixture->entries[i]);
    }
    shard_roll_fini(&fixture->roll);
    free(fixture);
    return 0;
}

static void enter(struct fixture *fixture, int from, int to)
{
    for (int i = from; i < to; i++)
        shard_roll_enter(&fixture->roll, &fixture->entries[i]);
}

static void leave(struct fixture *fixture, int i)
{
    shard_roll_leave(&fixture->roll, &fixture->entries[i]);
}

/* The index of the walk's next entry, -1 at its end. */
static int next(struct fixture *fixture, struct shard_roll_walk *walk)
{
    const struct shard_roll_entry *entry = shard_roll_walk_next(&fixture->roll, walk);
    return entry ? (int)(entry - fixture->entries) : -1;
}

static void test_found_by_number(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fixture->entries[i].number, i + 1);
        assert_ptr_equal(shard_roll_find(&fixture->roll, (uint32_t)i + 1), &fixture->entries[i]);
    }
    assert_null(shard_roll_find(&fixture->roll, 4));
    assert_null(shard_roll_find(&fixture->roll, 0));
    leave(fixture, 1);
    assert_null(shard_roll_find(&fixture->roll, 2));
}

static void test_no_two_shards_give_the_same_number(void **state)
{
    (void)state;
    struct shard_roll rolls[3];
    struct shard_roll_entry entries[3][2] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(shard_roll_init(&rolls[i], i, 3));
        for (uint32_t k = 0; k < 2; k++) {
            shard_roll_enter(&rolls[i], &entries[i][k]);
            assert_int_equal(entries[i][k].number, 1 + i + 3 * k);
            assert_int_equal(shard_roll_home(entries[i][k].number, 3), i);
            assert_ptr_equal(shard_roll_find(&rolls[i], entries[i][k].number), &entries[i][k]);
        }
        for (uint32_t k = 0; k < 2; k++)
            shard_roll_leave(&rolls[i], &entries[i][k]);
        shard_roll_fini(&rolls[i]);
    }
}

static void test_numbers_begin_anew_past_those_taken(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 1);
    fixture->roll.last = UINT32_MAX - 1;
    enter(fixture, 1, 3);
    assert_int_equal(fixture->entries[1].number, UINT32_MAX);
    assert_int_equal(fixture->entries[2].number, 2);
}

static void test_walk_sees_all_in_their_order(void **state)
{
    struct fixture *fixture = *state;
    struct shard_roll_walk *empty = shard_roll_walk_new(&fixture->roll);
    assert_int_equal(next(fixture, empty), -1);
    enter(fixture, 0, 3);
    struct shard_roll_walk *walk = shard_roll_walk_new(&fixture->roll);
    for (int i = 0; i < 3; i++)
        assert_int_equal(next(fixture, walk), i);
    assert_int_equal(next(fixture, walk), -1);
    assert_int_equal(next(fixture, walk), -1);
}

static void test_walk_stays_valid_while_entries_go(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 5);
    struct shard_roll_walk *walk = shard_roll_walk_new(&fixture->roll);
    leave(fixture, 0);
    assert_int_equal(next(fixture, walk), 1);
    leave(fixture, 1);
    leave(fixture, 2);
    assert_int_equal(next(fixture, walk), 3);
    leave(fixture, 4);
    assert_int_equal(next(fixture, walk), -1);
}

static void test_walk_does_not_chase_those_that_come(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 2);
    struct shard_roll_walk *walk = shard_roll_walk_new(&fixture->roll);
    assert_int_equal(next(fixture, walk), 0);
    enter(fixture, 2, 4);
    assert_int_equal(next(fixture, walk), 1);
    assert_int_equal(next(fixture, walk), -1);
}

static void test_walks_pass_each_other(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 3);
    struct shard_roll_walk *first = shard_roll_walk_new(&fixture->roll);
    struct shard_roll_walk *second = shard_roll_walk_new(&fixture->roll);
    assert_int_equal(next(fixture, first), 0);
    assert_int_equal(next(fixture, second), 0);
    assert_int_equal(next(fixture, second), 1);
    assert_int_equal(next(fixture, first), 1);
    assert_int_equal(next(fixture, first), 2);
    assert_int_equal(next(fixture, second), 2);
    shard_roll_walk_free(first);
    assert_int_equal(next(fixture, second), -1);
}

static void test_walk_may_end_before_its_end(void **state)
{
    struct fixture *fixture = *state;
    enter(fixture, 0, 2);
    struct shard_roll_walk *walk = shard_roll_walk_new(&fixture->roll);
    assert_int_equal(next(fixture, walk), 0);
    shard_roll_walk_free(walk);
    leave(fixture, 0);
    leave(fixture, 1);
    assert_true(x4_list_empty(&fixture->roll.entries));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_found_by_number),
        TEST(test_no_two_shards_give_the_same_number),
        TEST(test_numbers_begin_anew_past_those_taken),
        TEST(test_walk_sees_all_in_their_order),
        TEST(test_walk_stays_valid_while_entries_go),
        TEST(test_walk_does_not_chase_those_that_come),
        TEST(test_walks_pass_each_other),
        TEST(test_walk_may_end_before_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
