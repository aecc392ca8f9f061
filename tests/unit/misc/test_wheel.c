/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "x4/misc/wheel.h"

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void test_nothing_set(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4_wheel_init(&wheel, 1000);
    assert_true(x4_wheel_next(&wheel) == x4c_never);
    x4_wheel_advance(&wheel, UINT64_C(1) << 50);
    assert_null(x4_wheel_pop(&wheel));
    assert_true(x4_wheel_next(&wheel) == x4c_never);
}

static void test_never_early_never_late(void **state)
{
    (void)state;
    static const x4_msec delays[] = {1,
                                     2,
                                     63,
                                     64,
                                     65,
                                     4095,
                                     4096,
                                     262143,
                                     262144,
                                     16777216,
                                     1u << 30,
                                     UINT64_C(5) << 30,
                                     x4c_wheel_span - 1,
                                     x4c_wheel_span};
    static const x4_msec origins[] = {0,
                                      1,
                                      63,
                                      1700000000123,
                                      (UINT64_C(1) << 36) - 1,
                                      (UINT64_C(1) << 36) - (UINT64_C(1) << 30)};
    for (size_t o = 0; o < x4m_countof(origins); o++) {
        for (size_t d = 0; d < x4m_countof(delays); d++) {
            x4s_wheel wheel;
            x4s_timer timer = {0};
            x4_wheel_init(&wheel, origins[o]);
            x4_wheel_set(&wheel, &timer, origins[o] + delays[d]);
            assert_true(x4_wheel_pending(&timer));
            assert_true(x4_wheel_next(&wheel) <= origins[o] + delays[d]);
            x4_wheel_advance(&wheel, origins[o] + delays[d] - 1);
            assert_null(x4_wheel_pop(&wheel));
            x4_wheel_advance(&wheel, origins[o] + delays[d]);
            assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
            assert_false(x4_wheel_pending(&timer));
            assert_null(x4_wheel_pop(&wheel));
        }
    }
}

static void test_far_times_are_clamped(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4s_timer timer = {0};
    x4_wheel_init(&wheel, 77);
    x4_wheel_set(&wheel, &timer, x4c_never);
    assert_true(timer.when == 77 + x4c_wheel_span);
    x4_wheel_advance(&wheel, 76 + x4c_wheel_span);
    assert_null(x4_wheel_pop(&wheel));
    x4_wheel_advance(&wheel, 77 + x4c_wheel_span);
    assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
}

/* A handler that sets its timer to now again must not be called for ever. */
static void test_past_times_wait_for_the_next_advance(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4s_timer timer = {0};
    x4_wheel_init(&wheel, 1000);
    x4_wheel_set(&wheel, &timer, 10);
    assert_null(x4_wheel_pop(&wheel));
    assert_true(x4_wheel_next(&wheel) == 1000);
    x4_wheel_advance(&wheel, 1000);
    assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
    x4_wheel_set(&wheel, &timer, 1000);
    assert_null(x4_wheel_pop(&wheel));
    x4_wheel_cancel(&wheel, &timer);
    x4_wheel_advance(&wheel, 2000);
    assert_null(x4_wheel_pop(&wheel));
}

static void test_set_moves(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4s_timer timer = {0};
    x4_wheel_init(&wheel, 0);
    x4_wheel_set(&wheel, &timer, 100);
    x4_wheel_set(&wheel, &timer, 5000);
    x4_wheel_advance(&wheel, 4999);
    assert_null(x4_wheel_pop(&wheel));
    x4_wheel_set(&wheel, &timer, 5001);
    x4_wheel_advance(&wheel, 5000);
    assert_null(x4_wheel_pop(&wheel));
    x4_wheel_advance(&wheel, 5001);
    assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
}

static void test_cancel(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4s_timer timer = {0};
    x4_wheel_init(&wheel, 0);
    x4_wheel_cancel(&wheel, &timer);
    x4_wheel_set(&wheel, &timer, 100);
    x4_wheel_cancel(&wheel, &timer);
    assert_false(x4_wheel_pending(&timer));
    assert_true(x4_wheel_next(&wheel) == x4c_never);
    x4_wheel_set(&wheel, &timer, 100);
    x4_wheel_advance(&wheel, 100);
    assert_true(x4_wheel_pending(&timer));
    x4_wheel_cancel(&wheel, &timer); /* expired but not handed out */
    assert_null(x4_wheel_pop(&wheel));
}

static void test_never_moves_back(void **state)
{
    (void)state;
    x4s_wheel wheel;
    x4s_timer timer = {0};
    x4_wheel_init(&wheel, 1000);
    x4_wheel_set(&wheel, &timer, 2000);
    x4_wheel_advance(&wheel, 500);
    assert_true(wheel.now == 1000);
    x4_wheel_advance(&wheel, 2000);
    assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
}

static void test_jump_hands_out_in_order(void **state)
{
    (void)state;
    enum { count = 1000 };
    x4s_wheel wheel;
    x4s_timer timers[count] = {0};
    uint64_t seed = 0x77cb1;
    x4_wheel_init(&wheel, 12345);
    for (size_t i = 0; i < count; i++)
        x4_wheel_set(&wheel, &timers[i], 12346 + random_next(&seed) % 10000000);
    x4_wheel_advance(&wheel, 12346 + 10000000);
    x4_msec last = 0;
    for (size_t i = 0; i < count; i++) {
        x4s_timer *timer = x4_wheel_pop(&wheel);
        assert_non_null(timer);
        assert_true(timer->when >= last);
        last = timer->when;
    }
    assert_null(x4_wheel_pop(&wheel));
}

/* Following x4_wheel_next exactly reaches a lone timer within a wake-up per level. */
static void test_next_is_at_most_a_step_per_level_early(void **state)
{
    (void)state;
    uint64_t seed = 0x5eed;
    for (size_t round = 0; round < 2000; round++) {
        x4s_wheel wheel;
        x4s_timer timer = {0};
        x4_msec origin = random_next(&seed) >> 20;
        x4_wheel_init(&wheel, origin);
        x4_wheel_set(&wheel, &timer, origin + 1 + (random_next(&seed) >> (29 + round % 34)));
        size_t steps = 0;
        while (x4_wheel_next(&wheel) != timer.when) {
            x4_wheel_advance(&wheel, x4_wheel_next(&wheel));
            assert_null(x4_wheel_pop(&wheel));
            steps++;
        }
        assert_in_range(steps, 0, x4c_wheel_levels - 1);
        x4_wheel_advance(&wheel, timer.when);
        assert_ptr_equal(x4_wheel_pop(&wheel), &timer);
    }
}

#define MODEL_TIMERS 512

typedef struct model {
    x4s_wheel wheel;
    x4s_timer timers[MODEL_TIMERS];
    x4_msec when[MODEL_TIMERS]; /* x4c_never: idle */
    uint64_t seed;
} model;

/* Delays of every order of magnitude are equally likely. */
static x4_msec model_delay(model *m)
{
    return random_next(&m->seed) & ((UINT64_C(1) << random_next(&m->seed) % 34) - 1);
}

static void model_change(model *m)
{
    size_t i = random_next(&m->seed) % MODEL_TIMERS;
    if (random_next(&m->seed) % 4 == 0) {
        x4_wheel_cancel(&m->wheel, &m->timers[i]);
        m->when[i] = x4c_never;
        return;
    }
    m->when[i] = m->wheel.now + model_delay(m);
    x4_wheel_set(&m->wheel, &m->timers[i], m->when[i]);
}

static x4_msec model_earliest(const model *m)
{
    x4_msec earliest = x4c_never;
    for (size_t i = 0; i < MODEL_TIMERS; i++)
        earliest = x4m_min(earliest, m->when[i]);
    return earliest;
}

static void model_advance(model *m, x4_msec now)
{
    x4_wheel_advance(&m->wheel, now);
    for (x4s_timer *timer; (timer = x4_wheel_pop(&m->wheel));) {
        size_t i = (size_t)(timer - m->timers);
        assert_true(m->when[i] <= now);
        assert_true(m->when[i] == timer->when);
        m->when[i] = x4c_never;
    }
    assert_true(model_earliest(m) > now);
}

static void test_against_a_model(void **state)
{
    (void)state;
    model *m = calloc(1, sizeof(*m));
    assert_non_null(m);
    m->seed = 0xabcdef12345;
    for (size_t i = 0; i < MODEL_TIMERS; i++)
        m->when[i] = x4c_never;
    x4_wheel_init(&m->wheel, (UINT64_C(1) << 36) - 5000000); /* crosses the top level's wrap */

    for (size_t round = 0; round < 20000; round++) {
        for (uint64_t n = random_next(&m->seed) % 8; n > 0; n--)
            model_change(m);
        assert_true(x4_wheel_next(&m->wheel) <= model_earliest(m));
        assert_int_equal(x4_wheel_next(&m->wheel) == x4c_never, model_earliest(m) == x4c_never);
        model_advance(m, m->wheel.now + (model_delay(m) >> random_next(&m->seed) % 32));
    }
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_set),
        cmocka_unit_test(test_never_early_never_late),
        cmocka_unit_test(test_far_times_are_clamped),
        cmocka_unit_test(test_past_times_wait_for_the_next_advance),
        cmocka_unit_test(test_set_moves),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_never_moves_back),
        cmocka_unit_test(test_jump_hands_out_in_order),
        cmocka_unit_test(test_next_is_at_most_a_step_per_level_early),
        cmocka_unit_test(test_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
