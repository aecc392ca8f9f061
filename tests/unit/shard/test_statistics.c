/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_libike.h"

/* The line of so many shards that all counted the same. */
static const char *write_line(struct fixture *f, int shards)
{
    struct shard_tally tally;
    struct shard_tally sum = {0};
    shard_tally_take(&f->shard, &tally);
    for (int i = 0; i < shards; i++)
        shard_tally_add(&sum, &tally);
    assert_true(hub_log_begin(&f->shard.log, x4c_trace_notice, "stopped"));
    hub_statistics_put(&f->shard.log, &sum);
    hub_log_end(&f->shard.log);
    return fixture_log(f);
}

static void test_counters_that_are_not_zero(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    f->shard.stats.completed2[x4c_ike_initiator] = 3;
    f->shard.stats.completed2[x4c_ike_responder] = 4;
    f->shard.stats.phase1 = 5;
    f->shard.stats.refused[x4c_ike_malformed] = 6;
    f->shard.stats.disposed1[x4c_ike_timed_out] = 7;
    f->shard.stats.disposed2[x4c_ike_deleted] = 8;
    f->shard.counters.rekeys2 = 9;
    const char *text = write_line(f, 1);
    static const char *const fields[] = {
        " event=stopped handshakes=7 isakmp_sas=5 children=0 kernel_pairs=0 cpu_us=",
        " ph2_initiated=3 ph2_responded=4 ",
        " refused_malformed=6 ",
        " ph1_down_timed_out=7 ",
        " ph2_down_deleted=8 ",
        " rekeys2=9\n",
    };
    for (size_t i = 0; i < x4m_countof(fields); i++)
        assert_non_null(strstr(text, fields[i]));
    assert_null(strstr(text, "messages_in"));
    assert_null(strstr(text, "=0 ring"));
    fixture_free(f);
}

static void test_counters_are_added_up(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    f->shard.stats.completed2[x4c_ike_initiator] = 3;
    f->shard.stats.disposed2[x4c_ike_reason_count - 1] = 4;
    f->shard.counters.untold = 5;
    const char *text = write_line(f, 3);
    assert_non_null(strstr(text, " event=stopped handshakes=9 "));
    assert_non_null(strstr(text, "=12 "));
    assert_non_null(strstr(text, " untold=15\n"));
    fixture_free(f);
}

static void test_residence(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("");
    assert_null(strstr(write_line(f, 1), "residence"));
    f->shard.residence.counts.buckets[9] = 99;
    f->shard.residence.counts.buckets[12] = 1;
    const char *text = write_line(f, 2);
    assert_non_null(strstr(text, " residence_count=200 residence_p50_us=9 residence_p99_us=9 "
                                 "residence_max_us=12\n"));
    fixture_free(f);
}

static void test_the_process_has_used_something(void **state)
{
    (void)state;
    assert_true(hub_process_rss_kb() > 0);
    const uint64_t before = hub_process_cpu_us();
    while (hub_process_cpu_us() == before)
        continue;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_that_are_not_zero),
        cmocka_unit_test(test_counters_are_added_up),
        cmocka_unit_test(test_residence),
        cmocka_unit_test(test_the_process_has_used_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
