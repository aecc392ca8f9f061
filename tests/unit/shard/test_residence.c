/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/residence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS UINT64_C(1000000) /* in nanoseconds */

static struct shard_residence residence;

static int empty(void **state)
{
    (void)state;
    residence = (struct shard_residence){0};
    return 0;
}

struct message {
    uint8_t header[28];
};

static struct message message_of(uint8_t cookie, uint8_t message_id)
{
    struct message message = {{0}};
    memset(message.header, cookie, 8);
    memset(message.header + 20, message_id, 4);
    return message;
}

static void receive(const struct message *message, uint64_t arrived_ns, int answers)
{
    const struct ring_datagram datagram = {
        .data = message->header,
        .size = sizeof(message->header),
        .arrived_ns = arrived_ns,
    };
    shard_residence_arrive(&residence, &datagram);
    while (answers-- > 0)
        shard_residence_answer(&residence, message);
    shard_residence_settle(&residence, &datagram);
}

static uint64_t count(void)
{
    return shard_residence_count(&residence.counts);
}

static void assert_max_us(uint64_t us)
{
    assert_in_range(shard_residence_quantile(&residence.counts, 1000), us,
                    us + us / SHARD_RESIDENCE_PARTS);
}

static void test_answered_at_once(void **state)
{
    (void)state;
    const struct message message = message_of(1, 0);
    receive(&message, 5 * MS, 1);
    assert_int_equal(count(), 0);
    shard_residence_end_round(&residence, 7 * MS);
    assert_int_equal(count(), 1);
    assert_max_us(2000);
    shard_residence_end_round(&residence, 9 * MS);
    assert_int_equal(count(), 1);
}

/* Of two messages that wait, each answer finds its own. */
static void test_answered_later(void **state)
{
    (void)state;
    const struct message first = message_of(1, 0);
    const struct message second = message_of(2, 0);
    receive(&first, 10 * MS, 0);
    receive(&second, 40 * MS, 0);
    shard_residence_end_round(&residence, 41 * MS);
    assert_int_equal(count(), 0);
    shard_residence_answer(&residence, &second);
    shard_residence_end_round(&residence, 50 * MS);
    assert_int_equal(count(), 1);
    assert_max_us(10000);
    shard_residence_answer(&residence, &first);
    shard_residence_end_round(&residence, 60 * MS);
    assert_int_equal(count(), 2);
    assert_max_us(50000);
}

static void test_a_message_has_one_answer(void **state)
{
    (void)state;
    const struct message message = message_of(1, 0);
    receive(&message, 1 * MS, 2);
    receive(&message, 1 * MS, 0);
    shard_residence_answer(&residence, &message);
    shard_residence_answer(&residence, &message); /* sent again */
    shard_residence_end_round(&residence, 2 * MS);
    assert_int_equal(count(), 2);
}

/* Another exchange, or another peer: both would be in the same place. */
static void test_what_answers_nothing(void **state)
{
    (void)state;
    const struct message asked = message_of(1, 3);
    struct message other_exchange = asked;
    struct message other_peer = asked;
    other_exchange.header[23] ^= 1;
    other_peer.header[7] ^= 1;
    receive(&asked, 1 * MS, 0);
    shard_residence_answer(&residence, &other_exchange);
    shard_residence_answer(&residence, &other_peer);
    shard_residence_end_round(&residence, 2 * MS);
    assert_int_equal(count(), 0);
    shard_residence_answer(&residence, &asked);
    shard_residence_end_round(&residence, 2 * MS);
    assert_int_equal(count(), 1);
}

static void test_without_a_time_nothing_is_counted(void **state)
{
    (void)state;
    const struct message message = message_of(1, 0);
    receive(&message, 0, 1);
    receive(&message, 0, 0);
    shard_residence_answer(&residence, &message);
    shard_residence_end_round(&residence, 2 * MS);
    assert_int_equal(count(), 0);
}

static void test_more_answers_than_a_round_keeps(void **state)
{
    (void)state;
    const struct message message = message_of(1, 0);
    for (int i = 0; i < SHARD_RESIDENCE_ANSWERS + 1; i++)
        receive(&message, 1 * MS, 1);
    shard_residence_end_round(&residence, 2 * MS);
    assert_int_equal(count(), SHARD_RESIDENCE_ANSWERS);
}

static void test_a_clock_that_was_set_back(void **state)
{
    (void)state;
    const struct message message = message_of(1, 0);
    receive(&message, 5 * MS, 1);
    shard_residence_end_round(&residence, 4 * MS);
    assert_int_equal(count(), 1);
    assert_max_us(0);
}

static void stay(uint64_t us)
{
    const struct message message = message_of(1, 0);
    receive(&message, MS, 1);
    shard_residence_end_round(&residence, MS + us * 1000);
}

static void test_quantiles(void **state)
{
    (void)state;
    assert_int_equal(shard_residence_quantile(&residence.counts, 500), 0);
    for (int i = 0; i < 989; i++)
        stay(10);
    for (int i = 0; i < 10; i++)
        stay(15);
    stay(9000);
    assert_int_equal(shard_residence_quantile(&residence.counts, 0), 10);
    assert_int_equal(shard_residence_quantile(&residence.counts, 500), 10);
    assert_int_equal(shard_residence_quantile(&residence.counts, 990), 15);
    assert_max_us(9000);
}

static void test_a_quantile_between_two_values(void **state)
{
    (void)state;
    stay(1);
    stay(2);
    stay(3);
    assert_int_equal(shard_residence_quantile(&residence.counts, 500), 2);
}

/* Never below the value, and above it by one part at most. */
static void test_times_of_every_size(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 26; shift++) {
        for (uint64_t step = 0; step < 3; step++) {
            const uint64_t us = (UINT64_C(1) << shift) - 1 + step;
            empty(NULL);
            stay(us);
            assert_max_us(us);
        }
    }
    empty(NULL);
    stay(SHARD_RESIDENCE_MAX_US * 10);
    assert_int_equal(shard_residence_quantile(&residence.counts, 1000), SHARD_RESIDENCE_MAX_US);
}

static void test_coarser_buckets(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {15, 127};
    uint64_t buckets[3];
    stay(0);
    stay(15);
    stay(16);
    stay(127);
    stay(128);
    const uint64_t sum_us = shard_residence_gather(&residence.counts, bounds, 2, buckets);
    assert_int_equal(buckets[0], 2);
    assert_int_equal(buckets[1], 2);
    assert_int_equal(buckets[2], 1);
    assert_in_range(sum_us, 286, 286 + 286 / SHARD_RESIDENCE_PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_answered_at_once, empty),
        cmocka_unit_test_setup(test_answered_later, empty),
        cmocka_unit_test_setup(test_a_message_has_one_answer, empty),
        cmocka_unit_test_setup(test_what_answers_nothing, empty),
        cmocka_unit_test_setup(test_without_a_time_nothing_is_counted, empty),
        cmocka_unit_test_setup(test_more_answers_than_a_round_keeps, empty),
        cmocka_unit_test_setup(test_a_clock_that_was_set_back, empty),
        cmocka_unit_test_setup(test_quantiles, empty),
        cmocka_unit_test_setup(test_a_quantile_between_two_values, empty),
        cmocka_unit_test_setup(test_times_of_every_size, empty),
        cmocka_unit_test_setup(test_coarser_buckets, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
