/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/load/pace.h"

#define SECOND UINT64_C(1000000)

/* Takes all that is allowed, every `step_us` for `seconds`. */
static uint64_t taken(uint32_t per_second, uint64_t step_us, uint64_t seconds)
{
    struct load_pace pace;
    uint64_t sum = 0;
    load_pace_init(&pace, per_second, 0);
    for (uint64_t now = 0; now < seconds * SECOND; now += step_us) {
        uint32_t count = load_pace_allowed(&pace, now);
        load_pace_take(&pace, count);
        sum += count;
    }
    return sum;
}

static void test_no_limit(void **state)
{
    (void)state;
    struct load_pace pace;
    load_pace_init(&pace, 0, 5);
    assert_int_equal(load_pace_allowed(&pace, 5), UINT32_MAX);
    load_pace_take(&pace, 1000);
    assert_int_equal(load_pace_allowed(&pace, 5), UINT32_MAX);
    assert_int_equal(load_pace_wait_us(&pace), 0);
}

static void test_first_at_once(void **state)
{
    (void)state;
    struct load_pace pace;
    load_pace_init(&pace, 1, 77);
    assert_int_equal(load_pace_allowed(&pace, 77), 1);
    load_pace_take(&pace, 1);
    assert_int_equal(load_pace_allowed(&pace, 77), 0);
}

static void test_rate_is_kept(void **state)
{
    (void)state;
    assert_int_equal(taken(1, 1000, 10), 10);
    assert_int_equal(taken(3, 1000, 10), 30);
    assert_in_range(taken(5000, 1000, 10), 49990, 50001);
    assert_in_range(taken(999999, 777, 10), 9998000, 10000000);
}

static void test_wait_is_exact(void **state)
{
    (void)state;
    struct load_pace pace;
    load_pace_init(&pace, 3, 0);
    load_pace_take(&pace, load_pace_allowed(&pace, 0));
    uint64_t wait = load_pace_wait_us(&pace);
    assert_int_equal(wait, 333334);
    assert_int_equal(load_pace_allowed(&pace, wait - 1), 0);
    assert_int_equal(load_pace_allowed(&pace, wait), 1);
    assert_int_equal(load_pace_wait_us(&pace), 0);
}

static void test_a_stall_is_not_made_up_for(void **state)
{
    (void)state;
    struct load_pace pace;
    load_pace_init(&pace, 1000, 0);
    load_pace_take(&pace, 1);
    assert_int_equal(load_pace_allowed(&pace, 3600 * 24 * SECOND), LOAD_PACE_BURST_MS);
    load_pace_init(&pace, 2, 0);
    assert_int_equal(load_pace_allowed(&pace, 60 * SECOND), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_first_at_once),
        cmocka_unit_test(test_rate_is_kept),
        cmocka_unit_test(test_wait_is_exact),
        cmocka_unit_test(test_a_stall_is_not_made_up_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
