/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/report.h"

static struct load_options options;
static struct load_tally tally;
static struct load_result result;

static int fill(void **state)
{
    (void)state;
    options = (struct load_options){.count = 10};
    tally = (struct load_tally){.up = 4, .children = 8};
    tally.outcomes[LOAD_START] = (struct load_outcome){.begun = 9, .done = 4, .failed = 5};
    tally.failures[x4c_ike_timed_out] = 3;
    tally.failures[x4c_ike_no_proposal] = 2;
    for (uint64_t i = 1; i <= 4; i++)
        load_histogram_add(&tally.outcomes[LOAD_START].latency_us, i * 1000);
    result = (struct load_result){
        .options = &options,
        .ending = LOAD_INTERRUPTED,
        .backend = "epoll",
        .tally = &tally,
        .retransmissions = 17,
        .elapsed_us = 2000000,
        .own_cpu_ns = 4000000,
        .resident_bytes = 8192,
        .responder_known = true,
        .responder_cpu_ns = 6000000,
    };
    return 0;
}

static char *written(void (*report)(FILE *, const struct load_result *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    report(out, &result);
    fclose(out);
    return text;
}

static void test_text(void **state)
{
    (void)state;
    char *text = written(load_report_text);
    assert_string_equal(text, "4 of 10 tunnels up\n"
                              "failed: no_proposal      2 (no proposal acceptable)\n"
                              "failed: timed_out        3 (peer does not answer)\n"
                              "not started: 1 (interrupted)\n"
                              "2.000 s, 2.0 tunnels per second (epoll)\n"
                              "handshake latency: p50 2.0 ms, p90 4.0 ms, p99 4.0 ms, "
                              "p999 4.0 ms, max 4.0 ms\n"
                              "initiator CPU per handshake: 1000.0 us\n"
                              "responder CPU per handshake: 1500.0 us\n"
                              "retransmissions: 17\n");
    free(text);
}

static void test_json(void **state)
{
    (void)state;
    char *text = written(load_report_json);
    assert_string_equal(
        text, "{\"ending\":\"interrupted\",\"backend\":\"epoll\",\"asked\":10,\"started\":9,"
              "\"up\":4,\"failed\":5,\"lost\":0,\"children\":8,"
              "\"failures\":{\"no_proposal\":2,\"timed_out\":3},"
              "\"seconds\":2.000000,\"tunnels_per_second\":2.0,"
              "\"latency_us\":{\"p50\":2015,\"p90\":4000,\"p99\":4000,\"p999\":4000,\"max\":4000},"
              "\"retransmissions\":17,\"initiator_cpu_us\":1000.0,"
              "\"initiator_resident_bytes\":8192,\"responder_cpu_us\":1500.0}\n");
    free(text);
}

/* What was done while tunnels were held comes before what brought them up. */
static void test_upkeep_and_attack(void **state)
{
    (void)state;
    struct load_outcome *rekeys = &tally.outcomes[LOAD_REKEY];
    *rekeys = (struct load_outcome){
        .begun = 6, .done = 5, .failed = 1, .first_us = 1000000, .last_us = 2000000};
    load_histogram_add(&rekeys->latency_us, 2000);
    result.attacked = (struct load_attacked){.sent = 300, .bytes = 900, .answers = 7, .seconds = 2};
    result.silence_us = 1500;
    char *text = written(load_report_text);
    assert_non_null(strstr(text, "rekeys: 5 done, 1 failed, 5.0 per second\n"));
    assert_non_null(strstr(text, "rekeys latency: p50 2.0 ms"));
    assert_non_null(strstr(text, "longest silence: 1.5 ms\n"));
    assert_non_null(strstr(text, "attack: 300 datagrams, 150 per second, 7 answers\n"));
    free(text);
    text = written(load_report_json);
    assert_non_null(strstr(text, "\"rekeys\":{\"begun\":6,\"done\":5,\"failed\":1,"
                                 "\"seconds\":1.000000,\"latency_us\":{\"p50\":2000,"));
    assert_non_null(strstr(text, "\"silence_us\":1500,\"attack\":{\"sent\":300,\"bytes\":900,"
                                 "\"answers\":7,\"lasted\":2.0},\"asked\":10,"));
    free(text);
}

static void test_nothing_up(void **state)
{
    (void)state;
    tally = (struct load_tally){0};
    tally.outcomes[LOAD_START] = (struct load_outcome){.begun = 1, .failed = 1};
    tally.failures[x4c_ike_timed_out] = 1;
    options.count = 1;
    result.ending = LOAD_FINISHED;
    result.elapsed_us = 0;
    result.retransmissions = 0;
    char *text = written(load_report_text);
    assert_string_equal(text, "0 of 1 tunnels up\n"
                              "failed: timed_out        1 (peer does not answer)\n"
                              "retransmissions: 0\n");
    free(text);
}

static void test_progress(void **state)
{
    (void)state;
    FILE *out = tmpfile();
    assert_non_null(out);
    struct load_progress progress;
    char line[128];
    load_progress_init(&progress, out, 0);
    tally.in_flight = 3;
    load_progress_show(&progress, &tally, 1000000);
    tally.up = 104;
    tally.outcomes[LOAD_START].done = 104;
    load_progress_show(&progress, &tally, 3000000);
    load_progress_end(&progress);
    rewind(out);
    assert_non_null(fgets(line, sizeof(line), out));
    assert_string_equal(line, "4 up, 5 failed, 3 in flight, 4 per second\n");
    assert_non_null(fgets(line, sizeof(line), out));
    assert_string_equal(line, "104 up, 5 failed, 3 in flight, 50 per second\n");
    assert_null(fgets(line, sizeof(line), out));
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_text, fill),
        cmocka_unit_test_setup(test_json, fill),
        cmocka_unit_test_setup(test_upkeep_and_attack, fill),
        cmocka_unit_test_setup(test_nothing_up, fill),
        cmocka_unit_test_setup(test_progress, fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
