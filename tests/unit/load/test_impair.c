/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bench/load/impair.h"

static struct load_impair impair;
static const x4s_net_link link = {.remote = {.port = 500}};

static void begin(uint32_t loss_ppm, uint32_t delay_ms, uint32_t jitter_ms)
{
    const struct load_impairment plan = {loss_ppm, delay_ms, jitter_ms};
    load_impair_init(&impair, &plan, 7);
}

static void test_nothing(void **state)
{
    (void)state;
    begin(0, 0, 0);
    assert_false(load_impair_take(&impair, LOAD_OUT, &link, "x", 1, 5));
    assert_true(load_impair_next_us(&impair) == UINT64_MAX);
    assert_null(load_impair_due(&impair, 1000));
    load_impair_fini(&impair);
}

static void test_loss(void **state)
{
    int passed = 0;
    (void)state;
    begin(250000, 0, 0);
    for (int i = 0; i < 10000; i++)
        passed += !load_impair_take(&impair, LOAD_OUT, &link, "x", 1, 5);
    assert_in_range(passed, 7300, 7700);
    assert_int_equal(impair.lost, 10000 - passed);
    assert_int_equal(impair.count, 0);
    load_impair_fini(&impair);
}

static void test_delay_keeps_the_order(void **state)
{
    (void)state;
    begin(0, 3, 0);
    assert_true(load_impair_take(&impair, LOAD_OUT, &link, "first", 5, 1000));
    assert_true(load_impair_take(&impair, LOAD_IN, &link, "second", 6, 1500));
    assert_int_equal(load_impair_next_us(&impair), 4000);
    assert_null(load_impair_due(&impair, 3999));
    struct load_kept *kept = load_impair_due(&impair, 4000);
    assert_non_null(kept);
    assert_int_equal(kept->direction, LOAD_OUT);
    assert_int_equal(kept->len, 5);
    assert_memory_equal(kept->data, "first", 5);
    assert_int_equal(kept->link.remote.port, 500);
    free(kept);
    assert_null(load_impair_due(&impair, 4499));
    kept = load_impair_due(&impair, 4500);
    assert_int_equal(kept->direction, LOAD_IN);
    free(kept);
    load_impair_fini(&impair);
}

/* What is due first comes first, whenever it was sent; none comes too early or is lost. */
static void test_jitter(void **state)
{
    uint64_t before = 0;
    int count = 0;
    (void)state;
    begin(0, 10, 40);
    for (uint64_t now = 0; now < 1000; now++)
        assert_true(load_impair_take(&impair, LOAD_OUT, &link, "x", 1, now));
    for (struct load_kept *kept; (kept = load_impair_due(&impair, 60000)); count++) {
        assert_in_range(kept->due_us, 10000, 51000);
        assert_true(kept->due_us >= before);
        before = kept->due_us;
        free(kept);
    }
    assert_int_equal(count, 1000);
    load_impair_fini(&impair);
}

static void test_what_is_kept_is_freed(void **state)
{
    (void)state;
    begin(0, 10, 0);
    for (int i = 0; i < 100; i++)
        assert_true(load_impair_take(&impair, LOAD_OUT, &link, "x", 1, 0));
    load_impair_fini(&impair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_delay_keeps_the_order),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_what_is_kept_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
