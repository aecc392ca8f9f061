/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(struct metrics_text *text, const char *wanted)
{
    assert_false(text->failed);
    assert_int_equal(text->len, strlen(wanted));
    assert_memory_equal(text->data, wanted, text->len);
    free(text->data);
}

static void test_a_family(void **state)
{
    (void)state;
    struct metrics_text text = {0};
    metrics_text_family(&text, "a_total", "counter", "What it is.");
    metrics_text_begin(&text, "a_total", "");
    metrics_text_value(&text, UINT64_MAX);
    metrics_text_begin(&text, "a_total", "");
    metrics_text_label_number(&text, "shard", 3);
    metrics_text_label(&text, "reason", "none");
    metrics_text_value(&text, 0);
    assert_text(&text, "# HELP a_total What it is.\n# TYPE a_total counter\n"
                       "a_total 18446744073709551615\n"
                       "a_total{shard=\"3\",reason=\"none\"} 0\n");
}

static void test_fractions(void **state)
{
    (void)state;
    struct metrics_text text = {0};
    metrics_text_begin(&text, "a", "");
    metrics_text_fraction(&text, 1795946104798, 1000);
    metrics_text_begin(&text, "a", "");
    metrics_text_fraction(&text, 0, 1000);
    metrics_text_begin(&text, "a", "");
    metrics_text_fraction(&text, 1, 1000000);
    assert_text(&text, "a 1795946104.798\na 0\na 1e-06\n");
}

/* Nobody gets out of a label's quotes, whatever he calls himself. */
static void test_labels_are_escaped(void **state)
{
    (void)state;
    struct metrics_text text = {0};
    metrics_text_begin(&text, "a", "");
    metrics_text_label(&text, "id", "\"} 1\nb{x=\"\\\xc3\xa9\xff\xc3");
    metrics_text_value(&text, 1);
    assert_text(&text, "a{id=\"\\\"} 1\\nb{x=\\\"\\\\\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"} 1\n");
}

static void test_a_histogram(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {1, 10, 2500};
    static const uint64_t buckets[] = {1, 0, 2, 4};
    static const char *const labels[] = {"mode", "main", NULL};
    const struct metrics_histogram histogram = {bounds, buckets, 3, 12345, 1000};
    struct metrics_text text = {0};
    metrics_text_histogram(&text, "d_seconds", labels, &histogram);
    assert_text(&text, "d_seconds_bucket{mode=\"main\",le=\"0.001\"} 1\n"
                       "d_seconds_bucket{mode=\"main\",le=\"0.01\"} 1\n"
                       "d_seconds_bucket{mode=\"main\",le=\"2.5\"} 3\n"
                       "d_seconds_bucket{mode=\"main\",le=\"+Inf\"} 7\n"
                       "d_seconds_sum{mode=\"main\"} 12.345\n"
                       "d_seconds_count{mode=\"main\"} 7\n");
}

static void test_it_grows(void **state)
{
    (void)state;
    struct metrics_text text = {0};
    for (int i = 0; i < 100000; i++) {
        metrics_text_begin(&text, "abc", "");
        metrics_text_value(&text, 1);
    }
    assert_false(text.failed);
    assert_int_equal(text.len, 600000);
    assert_memory_equal(text.data + 599994, "abc 1\n", 6);
    free(text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_family),           cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_labels_are_escaped), cmocka_unit_test(test_a_histogram),
        cmocka_unit_test(test_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
