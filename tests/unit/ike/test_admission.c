/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Who goes first, the budget of aggressive mode, and the bytes that strangers send and get.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/ike/books.h"
#include "x4/ike/admission.h"
#include "x4/ike/isakmp.h"
#include "x4/ike/message.h"

static x4s_charon charon_with(uint32_t rate, x4s_ike_stats *stats)
{
    x4s_charon charon = {.config.limits.aggressive_a_second = rate, .now = 5000, .stats = stats};
    x4_admission_init(&charon);
    return charon;
}

static unsigned spend(x4s_charon *charon, unsigned tries)
{
    unsigned spent = 0;
    for (unsigned i = 0; i < tries; i++)
        spent += x4_admission_spend(charon);
    return spent;
}

/* As much as for a second at once; then what time brings, and no more than that for a second. */
static void test_budget(void **state)
{
    (void)state;
    x4s_charon charon = charon_with(10, NULL);
    assert_int_equal(spend(&charon, 20), 10);
    charon.now += 99;
    assert_int_equal(spend(&charon, 2), 0);
    charon.now += 1;
    assert_int_equal(spend(&charon, 2), 1);
    charon.now += 350;
    assert_int_equal(spend(&charon, 20), 3);
    charon.now += 50;
    assert_int_equal(spend(&charon, 20), 1);
    charon.now += 100000;
    assert_int_equal(spend(&charon, 20), 10);
}

/* However the tries are spread over time, a rate is a rate. */
static void test_rate(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 3, 100, 999, 5000};
    for (size_t i = 0; i < x4m_countof(rates); i++) {
        x4s_charon charon = charon_with(rates[i], NULL);
        unsigned spent = spend(&charon, rates[i]);
        assert_int_equal(spent, rates[i]);
        for (unsigned ms = 0; ms < 10000; ms++) {
            charon.now++;
            spent += spend(&charon, 10);
        }
        assert_int_equal(spent, 11 * rates[i]);
    }
}

static void test_left(void **state)
{
    (void)state;
    x4s_charon charon = charon_with(10, NULL);
    assert_int_equal(x4_admission_left(&charon), 10);
    assert_int_equal(spend(&charon, 9), 9);
    assert_int_equal(x4_admission_left(&charon), 1);
    charon.now += 250;
    assert_int_equal(x4_admission_left(&charon), 3);
}

/* -------------------------------------------------------------------------- who goes first */

static unsigned events;

static void count_event(void *userdata, const x4s_trace_event *event)
{
    (void)userdata;
    assert_string_equal(event->name, "pressed");
    events++;
}

struct door {
    x4s_charon charon;
    x4s_ike_stats stats;
    struct books books;
    x4s_allocator allocator;
    x4s_net_link link;
    x4s_ike_message message;
};

static void door_open(struct door *door)
{
    *door = (struct door){.message.link = &door->link};
    door->allocator = books_allocator(&door->books);
    door->charon = (x4s_charon){.allocator = &door->allocator,
                                .stats = &door->stats,
                                .now = 1000,
                                .config = {.limits.remembered = 1 << 16,
                                           .trace = count_event,
                                           .trace_level = x4c_trace_notice}};
    events = 0;
}

static void door_close(struct door *door)
{
    x4_recall_clear(&door->charon);
    assert_int_equal(door->books.blocks, 0);
}

static bval knock(struct door *door, uint64_t who, uint32_t left)
{
    const x4s_ike_room room = {100, left};
    door->message.digest = who;
    return x4_admission_first(&door->charon, &door->message, &room, 1);
}

/* As long as half is left nobody is remembered; then those that come again go first. */
static void test_repetitions_go_first(void **state)
{
    (void)state;
    struct door door;
    door_open(&door);
    assert_true(knock(&door, 1, 51));
    assert_int_equal(door.books.blocks, 0);
    assert_false(knock(&door, 1, 50));
    assert_false(knock(&door, 2, 26));
    assert_true(knock(&door, 1, 26));
    assert_false(knock(&door, 1, 50)); /* it was let in, so it begins anew */
    assert_false(knock(&door, 2, 25));
    assert_true(knock(&door, 2, 13));
    for (unsigned times = 1; times < 7; times++)
        assert_false(knock(&door, 3, 1));
    assert_true(knock(&door, 3, 1));
    for (unsigned times = 1; times < 40; times++)
        assert_false(knock(&door, 4, 0));
    door_close(&door);
}

/* There has to be room in all. */
static void test_several_rooms(void **state)
{
    (void)state;
    struct door door;
    door_open(&door);
    const x4s_ike_room rooms[] = {{100, 100}, {10, 5}};
    door.message.digest = 1;
    assert_true(x4_admission_first(&door.charon, &door.message, rooms, 1));
    assert_false(x4_admission_first(&door.charon, &door.message, rooms, 2));
    assert_true(x4_admission_first(&door.charon, &door.message, rooms, 2));
    door_close(&door);
}

static void test_told_once_a_minute(void **state)
{
    (void)state;
    struct door door;
    door_open(&door);
    assert_true(knock(&door, 1, 100));
    assert_int_equal(events, 0);
    for (unsigned i = 0; i < 10; i++)
        assert_false(knock(&door, i, 0));
    assert_int_equal(events, 1);
    door.charon.now += x4c_limit_pressed_ms - 1;
    assert_false(knock(&door, 1, 0));
    assert_int_equal(events, 1);
    door.charon.now++;
    assert_false(knock(&door, 1, 0));
    assert_int_equal(events, 2);
    door_close(&door);
}

/* -------------------------------------------------------------------------- bytes */

static void test_bytes(void **state)
{
    (void)state;
    x4s_ike_stats stats = {0};
    x4s_charon charon = charon_with(1, &stats);
    x4_admission_in(&charon, x4c_exchange_main, 1);
    x4_admission_out(&charon, x4c_exchange_main, 2);
    x4_admission_in(&charon, x4c_exchange_aggressive, 4);
    x4_admission_out(&charon, x4c_exchange_aggressive, 8);
    x4_admission_out(&charon, x4c_exchange_aggressive, 16);
    assert_int_equal(stats.main_in, 1);
    assert_int_equal(stats.main_out, 2);
    assert_int_equal(stats.aggressive_in, 4);
    assert_int_equal(stats.aggressive_out, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget),        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_left),          cmocka_unit_test(test_repetitions_go_first),
        cmocka_unit_test(test_several_rooms), cmocka_unit_test(test_told_once_a_minute),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
