/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/load/arrival.h"

static struct load_arrival arrival;

static void begin(uint32_t per_second, bool poisson, uint32_t ramp_sec)
{
    const struct load_arrival_plan plan = {per_second, poisson, ramp_sec};
    load_arrival_init(&arrival, &plan, 7, 1000000);
}

/* When the n-th arrives, counted from 0. */
static uint64_t arrives_us(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        load_arrival_take(&arrival);
    return load_arrival_next_us(&arrival, 0);
}

static void test_closed_loop(void **state)
{
    (void)state;
    begin(0, false, 0);
    assert_int_equal(load_arrival_next_us(&arrival, 1234), 1234);
    load_arrival_take(&arrival);
    assert_int_equal(load_arrival_next_us(&arrival, 5678), 5678);
}

static void test_constant_rate(void **state)
{
    (void)state;
    begin(4, false, 0);
    assert_int_equal(arrives_us(0), 1000000);
    assert_int_equal(arrives_us(1), 1250000);
    assert_int_equal(arrives_us(7), 3000000);
}

/* Nothing is made up for or left out by who comes late. */
static void test_lateness_does_not_move_it(void **state)
{
    (void)state;
    begin(4, false, 0);
    load_arrival_take(&arrival);
    assert_int_equal(load_arrival_next_us(&arrival, 99000000), 1250000);
}

static void test_poisson_has_the_rate(void **state)
{
    (void)state;
    begin(100, true, 0);
    uint64_t last_us = arrives_us(10000);
    assert_in_range(last_us, 1000000 + 97000000, 1000000 + 103000000);
}

static void test_poisson_is_memoryless(void **state)
{
    uint32_t near = 0;
    (void)state;
    begin(1000, true, 0);
    uint64_t before = load_arrival_next_us(&arrival, 0);
    for (int i = 0; i < 10000; i++) {
        load_arrival_take(&arrival);
        uint64_t next = load_arrival_next_us(&arrival, 0);
        assert_true(next >= before);
        near += next - before < 693; /* the median of the distance: ln 2 */
        before = next;
    }
    assert_in_range(near, 4800, 5200);
}

/* In ten seconds from nothing to 20 a second: 100 arrive, of which 25 in the first half. */
static void test_ramp(void **state)
{
    (void)state;
    begin(20, false, 10);
    assert_int_equal(arrives_us(25), 1000000 + 5000000);
    assert_int_equal(arrives_us(75), 1000000 + 10000000);
    assert_int_equal(arrives_us(20), 1000000 + 11000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_loop),
        cmocka_unit_test(test_constant_rate),
        cmocka_unit_test(test_lateness_does_not_move_it),
        cmocka_unit_test(test_poisson_has_the_rate),
        cmocka_unit_test(test_poisson_is_memoryless),
        cmocka_unit_test(test_ramp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
