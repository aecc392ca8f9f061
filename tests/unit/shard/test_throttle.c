/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    PRICE = 5000,
    FREE_TRIES = SHARD_THROTTLE_FREE_MS / PRICE,
    START = 1000000,
};

static struct shard_throttle throttle;

static int open_throttle(void **state)
{
    (void)state;
    return shard_throttle_init(&throttle) ? 0 : -1;
}

static int close_throttle(void **state)
{
    (void)state;
    shard_throttle_fini(&throttle);
    return 0;
}

static x4_msec try_at(x4_msec now, uint64_t key)
{
    const struct shard_throttle_claim claim = {key, PRICE};
    return shard_throttle_charge(&throttle, now, &claim, 1);
}

static void test_slower_and_slower(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FREE_TRIES; i++)
        assert_int_equal(try_at(START, 1), 0);
    for (x4_msec wait = PRICE; wait <= SHARD_THROTTLE_WAIT_MS; wait += PRICE)
        assert_int_equal(try_at(START, 1), wait);
    for (unsigned i = 0; i < 100; i++)
        assert_true(try_at(START, 1) == x4c_never);
    assert_int_equal(try_at(START, 2), 0);
}

/* What is not looked at is not charged: one try is left for every price that was paid off. */
static void test_paid_off(void **state)
{
    (void)state;
    while (try_at(START, 1) != x4c_never) {
    }
    assert_true(try_at(START + PRICE - 1, 1) == x4c_never);
    assert_int_equal(try_at(START + PRICE, 1), SHARD_THROTTLE_WAIT_MS);
    assert_true(try_at(START + PRICE, 1) == x4c_never);
    x4_msec later = START + PRICE + SHARD_THROTTLE_FREE_MS + SHARD_THROTTLE_WAIT_MS;
    for (unsigned i = 0; i < FREE_TRIES; i++)
        assert_int_equal(try_at(later, 1), 0);
    assert_int_equal(try_at(later, 1), PRICE);
}

/* Of an hour of trying few tries count. */
static void test_long_run(void **state)
{
    (void)state;
    unsigned looked_at = 0;
    for (x4_msec now = START; now < START + 3600 * 1000; now += 10)
        looked_at += try_at(now, 1) != x4c_never;
    assert_in_range(looked_at, 3600 * 1000 / PRICE, 3600 * 1000 / PRICE + 20);
}

static void test_refund(void **state)
{
    (void)state;
    const struct shard_throttle_claim claim = {1, PRICE};
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(shard_throttle_charge(&throttle, START, &claim, 1), 0);
        shard_throttle_refund(&throttle, &claim, 1);
    }
    for (unsigned i = 0; i < FREE_TRIES; i++)
        assert_int_equal(try_at(START, 1), 0);
    assert_int_equal(try_at(START, 1), PRICE);
    shard_throttle_refund(&throttle, &claim, 1);
    assert_int_equal(try_at(START, 1), PRICE);
}

/* The one that owes most decides; where it is too much nobody is charged. */
static void test_several(void **state)
{
    (void)state;
    const struct shard_throttle_claim claims[] = {{1, 1000}, {2, PRICE}};
    for (unsigned i = 0; i < FREE_TRIES; i++)
        assert_int_equal(shard_throttle_charge(&throttle, START, claims, 2), 0);
    assert_int_equal(shard_throttle_charge(&throttle, START, claims, 2), PRICE);
    while (try_at(START, 2) != x4c_never) {
    }
    unsigned left = 0;
    assert_true(shard_throttle_charge(&throttle, START, claims, 2) == x4c_never);
    while (shard_throttle_charge(&throttle, START, claims, 1) == 0)
        left++;
    assert_int_equal(left, SHARD_THROTTLE_FREE_MS / 1000 - FREE_TRIES - 1);
}

/* More keys than places: all are served, and who owes most is not forgotten. */
static void test_crowd(void **state)
{
    (void)state;
    while (try_at(START, 1) != x4c_never) {
    }
    for (uint64_t key = 2; key < 10 * SHARD_THROTTLE_SLOTS; key++)
        assert_int_equal(try_at(START, key), 0);
    assert_true(try_at(START, 1) == x4c_never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_slower_and_slower, open_throttle, close_throttle),
        cmocka_unit_test_setup_teardown(test_paid_off, open_throttle, close_throttle),
        cmocka_unit_test_setup_teardown(test_long_run, open_throttle, close_throttle),
        cmocka_unit_test_setup_teardown(test_refund, open_throttle, close_throttle),
        cmocka_unit_test_setup_teardown(test_several, open_throttle, close_throttle),
        cmocka_unit_test_setup_teardown(test_crowd, open_throttle, close_throttle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
