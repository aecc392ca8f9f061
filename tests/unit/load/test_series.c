/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load/series.h"

static struct load_tally tally;
static struct load_series series;

static void test_lines(void **state)
{
    char path[] = "/tmp/series-XXXXXX";
    char line[160];
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_true(load_series_open(&series, path, 1000000));
    tally.up = 10;
    tally.in_flight = 3;
    tally.outcomes[LOAD_START].done = 10;
    load_series_add(&series, &tally, 3000000);
    tally.outcomes[LOAD_START].done = 11;
    tally.outcomes[LOAD_REKEY].done = 4;
    tally.outcomes[LOAD_REKEY].failed = 1;
    tally.lost = 2;
    load_series_add(&series, &tally, 4000000);
    load_series_add(&series, &tally, 4000000); /* no time has passed */
    load_series_close(&series);

    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    assert_non_null(strstr(line, "seconds,up,in_flight,lost,failed,starts_per_second"));
    assert_non_null(fgets(line, sizeof(line), file));
    assert_string_equal(line, "2.000,10,3,0,0,5.0,0.0,0.0,0.0\n");
    assert_non_null(fgets(line, sizeof(line), file));
    assert_string_equal(line, "3.000,10,3,2,1,1.0,0.0,4.0,0.0\n");
    assert_null(fgets(line, sizeof(line), file));
    fclose(file);
    unlink(path);
}

static void test_none(void **state)
{
    (void)state;
    assert_true(load_series_open(&series, NULL, 0));
    load_series_add(&series, &tally, 1000000);
    load_series_close(&series);
    assert_false(load_series_open(&series, "/nowhere/series.csv", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
