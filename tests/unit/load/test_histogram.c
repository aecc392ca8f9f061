/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/histogram.h"

static struct load_histogram histogram;

static int empty(void **state)
{
    (void)state;
    histogram = (struct load_histogram){0};
    return 0;
}

static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(load_histogram_quantile(&histogram, 500), 0);
    assert_int_equal(load_histogram_quantile(&histogram, 1000), 0);
}

static void test_small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 100; value++)
        load_histogram_add(&histogram, value);
    assert_int_equal(histogram.count, 100);
    assert_int_equal(load_histogram_quantile(&histogram, 0), 0);
    assert_int_equal(load_histogram_quantile(&histogram, 500), 49);
    assert_int_equal(load_histogram_quantile(&histogram, 990), 98);
    assert_int_equal(load_histogram_quantile(&histogram, 1000), 99);
}

/* A quantile is never below the value and above it by one part in PARTS at most. */
static void test_one_value_of_every_size(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 40; shift++) {
        for (uint64_t step = 0; step < 3; step++) {
            uint64_t value = (UINT64_C(1) << shift) - 1 + step;
            if (value > LOAD_HISTOGRAM_VALUE_MAX)
                continue;
            histogram = (struct load_histogram){0};
            load_histogram_add(&histogram, value);
            load_histogram_add(&histogram, LOAD_HISTOGRAM_VALUE_MAX);
            uint64_t quantile = load_histogram_quantile(&histogram, 500);
            assert_in_range(quantile, value, value + value / LOAD_HISTOGRAM_PARTS);
        }
    }
}

static void test_buckets_keep_the_order(void **state)
{
    (void)state;
    uint64_t before = 0;
    for (uint64_t value = 1; value < UINT64_C(1) << 39; value += value / 7 + 1) {
        histogram = (struct load_histogram){0};
        load_histogram_add(&histogram, value);
        load_histogram_add(&histogram, LOAD_HISTOGRAM_VALUE_MAX);
        uint64_t quantile = load_histogram_quantile(&histogram, 500);
        assert_true(quantile >= before);
        before = quantile;
    }
}

static void test_never_above_the_largest(void **state)
{
    (void)state;
    load_histogram_add(&histogram, 1000001);
    assert_int_equal(load_histogram_quantile(&histogram, 500), 1000001);
    assert_int_equal(histogram.max, 1000001);
}

static void test_huge_values_are_clamped(void **state)
{
    (void)state;
    load_histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(load_histogram_quantile(&histogram, 1000), LOAD_HISTOGRAM_VALUE_MAX);
}

static void test_print(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    load_histogram_add(&histogram, 3);
    load_histogram_add(&histogram, 3);
    load_histogram_add(&histogram, 7);
    load_histogram_add(&histogram, 9);
    load_histogram_print(&histogram, out);
    fclose(out);
    assert_non_null(strstr(text, "           3 0.500000000000          2           2.00\n"));
    assert_non_null(strstr(text, "           7 0.750000000000          3           4.00\n"));
    assert_non_null(strstr(text, "           9 1.000000000000          4\n#[Mean"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing, empty),
        cmocka_unit_test_setup(test_small_values_are_exact, empty),
        cmocka_unit_test_setup(test_one_value_of_every_size, empty),
        cmocka_unit_test_setup(test_buckets_keep_the_order, empty),
        cmocka_unit_test_setup(test_never_above_the_largest, empty),
        cmocka_unit_test_setup(test_huge_values_are_clamped, empty),
        cmocka_unit_test_setup(test_print, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
