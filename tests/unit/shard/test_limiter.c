/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static int passes(struct hub_limiter *limiter, const char *reason, x4_msec now, int tries)
{
    uint64_t suppressed;
    int passed = 0;
    for (int i = 0; i < tries; i++)
        passed += hub_limiter_pass(limiter, "refused", reason, now, &suppressed);
    return passed;
}

static void test_so_many_in_a_window(void **state)
{
    (void)state;
    struct hub_limiter limiter = {0};
    assert_int_equal(passes(&limiter, "malformed", 5000, 1000), HUB_LIMITER_LINES);
    assert_int_equal(passes(&limiter, "malformed", 5999, 1000), 0);
    assert_int_equal(passes(&limiter, "malformed", 6000, 1000), HUB_LIMITER_LINES);
}

static void test_reasons_do_not_share(void **state)
{
    (void)state;
    struct hub_limiter limiter = {0};
    passes(&limiter, "malformed", 0, 100);
    assert_int_equal(passes(&limiter, "no_policy", 0, 1), 1);
}

static void test_next_line_tells_the_count(void **state)
{
    (void)state;
    struct hub_limiter limiter = {0};
    uint64_t suppressed = 99;
    passes(&limiter, "malformed", 0, HUB_LIMITER_LINES + 7);
    assert_true(hub_limiter_pass(&limiter, "refused", "malformed", 1000, &suppressed));
    assert_int_equal(suppressed, 7);
    assert_true(hub_limiter_pass(&limiter, "refused", "malformed", 1000, &suppressed));
    assert_int_equal(suppressed, 0);
}

static void test_count_is_told_without_a_next_line(void **state)
{
    (void)state;
    struct hub_limiter limiter = {0};
    struct hub_limiter_slot taken;
    assert_true(hub_limiter_due(&limiter) == x4c_never);
    passes(&limiter, "malformed", 100, HUB_LIMITER_LINES + 3);
    assert_true(hub_limiter_due(&limiter) == 100 + HUB_LIMITER_WINDOW);
    assert_false(hub_limiter_take(&limiter, 1099, &taken));
    assert_true(hub_limiter_take(&limiter, 1100, &taken));
    assert_string_equal(taken.event, "refused");
    assert_string_equal(taken.reason, "malformed");
    assert_int_equal(taken.suppressed, 3);
    assert_false(hub_limiter_take(&limiter, 1100, &taken));
    assert_true(hub_limiter_due(&limiter) == x4c_never);
}

static void test_many_kinds_share_the_last_slot(void **state)
{
    (void)state;
    struct hub_limiter limiter = {0};
    char reason[HUB_LIMITER_NAME];
    for (int i = 0; i < HUB_LIMITER_SLOTS; i++) {
        snprintf(reason, sizeof(reason), "reason-%d", i);
        assert_int_equal(passes(&limiter, reason, 0, 100), HUB_LIMITER_LINES);
    }
    assert_int_equal(passes(&limiter, "one-more", 0, 100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_so_many_in_a_window),
        cmocka_unit_test(test_reasons_do_not_share),
        cmocka_unit_test(test_next_line_tells_the_count),
        cmocka_unit_test(test_count_is_told_without_a_next_line),
        cmocka_unit_test(test_many_kinds_share_the_last_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
