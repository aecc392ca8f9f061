/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_grows_to_a_bound(void **state)
{
    struct redis_backoff backoff = redis_backoff(7);

    (void)state;
    for (uint32_t step = REDIS_BACKOFF_MS, i = 0; i < 20; i++) {
        assert_in_range(redis_backoff_next(&backoff), step / 2, step);
        step = x4m_min(2 * step, (uint32_t)REDIS_BACKOFF_MAX_MS);
    }
    assert_int_equal(backoff.step_ms, REDIS_BACKOFF_MAX_MS);
    redis_backoff_reset(&backoff);
    assert_in_range(redis_backoff_next(&backoff), REDIS_BACKOFF_MS / 2, REDIS_BACKOFF_MS);
}

/* Two clients of one server do not wait alike; the pauses of one are not all the same. */
static void test_spreads(void **state)
{
    struct redis_backoff a = redis_backoff(1);
    struct redis_backoff b = redis_backoff(2);
    unsigned equal = 0;

    (void)state;
    for (int i = 0; i < 50; i++)
        equal += redis_backoff_next(&a) == redis_backoff_next(&b);
    assert_in_range(equal, 0, 10);
}

static void test_zero_is_a_seed(void **state)
{
    struct redis_backoff backoff = redis_backoff(0);
    x4_msec first;

    (void)state;
    for (int i = 0; i < 10; i++)
        first = redis_backoff_next(&backoff);
    for (int i = 0; i < 10; i++)
        if (redis_backoff_next(&backoff) != first)
            return;
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_to_a_bound),
        cmocka_unit_test(test_spreads),
        cmocka_unit_test(test_zero_is_a_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
