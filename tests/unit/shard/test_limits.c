/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const x4s_ike_limits whole = {
    .half_open = 10,
    .remembered = 41,
    .unproven = 9,
    .aggressive = 8,
    .pending2 = 7,
    .half_open_address = 6,
    .half_open_prefix = 5,
    .prefix4_bits = 20,
    .prefix6_bits = 40,
    .aggressive_a_second = 4,
    .jobs_a_tick = 3,
    .jobs_waiting = 1,
};

static void assert_limits(const x4s_ike_limits *limits, const x4s_ike_limits *expected)
{
    assert_int_equal(limits->half_open, expected->half_open);
    assert_int_equal(limits->remembered, expected->remembered);
    assert_int_equal(limits->unproven, expected->unproven);
    assert_int_equal(limits->aggressive, expected->aggressive);
    assert_int_equal(limits->pending2, expected->pending2);
    assert_int_equal(limits->half_open_address, expected->half_open_address);
    assert_int_equal(limits->half_open_prefix, expected->half_open_prefix);
    assert_int_equal(limits->prefix4_bits, expected->prefix4_bits);
    assert_int_equal(limits->prefix6_bits, expected->prefix6_bits);
    assert_int_equal(limits->aggressive_a_second, expected->aggressive_a_second);
    assert_int_equal(limits->jobs_a_tick, expected->jobs_a_tick);
    assert_int_equal(limits->jobs_waiting, expected->jobs_waiting);
}

static void test_one_has_all(void **state)
{
    (void)state;
    const x4s_ike_limits limits = shard_limits_share(&whole, 1);
    assert_limits(&limits, &whole);
}

static void test_what_is_shared_out(void **state)
{
    (void)state;
    x4s_ike_limits expected = whole;
    expected.half_open = 3;
    expected.remembered = 11;
    expected.unproven = 3;
    expected.aggressive = 2;
    expected.aggressive_a_second = 1;
    expected.jobs_waiting = 1;
    const x4s_ike_limits limits = shard_limits_share(&whole, 4);
    assert_limits(&limits, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_has_all),
        cmocka_unit_test(test_what_is_shared_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
