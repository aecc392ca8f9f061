/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_libike.h"

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
    shard_statistics_write(&f->shard, "stopped");
    const char *text = fixture_log(f);
    static const char *const fields[] = {
        " event=stopped handshakes=7 isakmp_sas=5 children=0 kernel_pairs=0 cpu_us=",
        " rss_kb=",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_that_are_not_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
