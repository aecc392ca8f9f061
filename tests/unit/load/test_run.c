/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/load/run.h"
#include "tests/unit/load/responder.h"

/*
 * Whole runs against a responder in a thread of its own: the command line's options, a loop of
 * turns, the time in which tunnels are held, and the summary.
 */

static struct responder_thread thread;
static struct load_options options;

/* What load_run() prints, to be freed; its status goes to *status. */
static char *run(const char *more, int *status)
{
    char line[400];
    char *words[40] = {(char *)(uintptr_t) "ikeload"};
    int count = 1;
    struct load_error error;
    FILE *kept = stdout;
    char *text = NULL;
    size_t size;
    snprintf(line, sizeof(line),
             "--target 127.0.0.1 --psk secret --count 20 --concurrency 5 --json --proposal "
             "aes128-sha256-ecp256 %s",
             more);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    if (load_options_parse(count, words, &options, &error) != LOAD_GO)
        fail_msg("%s", error.text);
    options.target = thread.addr;
    stdout = open_memstream(&text, &size);
    *status = load_run(&options);
    fclose(stdout);
    stdout = kept;
    return text;
}

static long number(const char *text, const char *object, const char *name)
{
    char member[64];
    const char *at = strstr(text, object);
    snprintf(member, sizeof(member), "\"%s\":", name);
    at = at ? strstr(at, member) : NULL;
    if (!at)
        fail_msg("no %s of %s in %s", name, object, text);
    return strtol(at + strlen(member), NULL, 10);
}

static int start(void **state)
{
    sigset_t set;
    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    responder_start(&thread);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    responder_stop(&thread);
    return 0;
}

static void test_up_and_down(void **state)
{
    int status;
    (void)state;
    char *text = run("--rate 2000 --arrival poisson --loss 0 --delay 2", &status);
    assert_int_equal(status, 0);
    assert_int_equal(number(text, "asked", "up"), 20);
    assert_int_equal(number(text, "asked", "failed"), 0);
    assert_true(number(text, "latency_us", "p50") >= 9000); /* nine messages, 1 to 2 ms each */
    free(text);
}

static void test_time_is_over(void **state)
{
    int status;
    (void)state;
    char *text = run("--loss 100 --timeout 1", &status);
    assert_int_equal(status, 1);
    assert_non_null(strstr(text, "\"ending\":\"timed out\""));
    assert_int_equal(number(text, "asked", "up"), 0);
    free(text);
}

static void test_upkeep(void **state)
{
    int status;
    (void)state;
    char *text = run("--hold=1 --rekey-rate 50 --reauth-rate 20 --churn-rate 20 --dpd 1", &status);
    assert_int_equal(status, 0);
    assert_true(number(text, "rekeys", "done") > 0);
    assert_int_equal(number(text, "rekeys", "failed"), 0);
    assert_true(number(text, "reauthentications", "done") > 0);
    assert_true(number(text, "reconnects", "done") > 0);
    assert_int_equal(number(text, "asked", "lost"), 0);
    free(text);
}

static void test_storm(void **state)
{
    int status;
    (void)state;
    char *text = run("--hold=1 --storm --attack junk --attack-rate 1000", &status);
    assert_int_equal(status, 0);
    assert_int_equal(number(text, "reconnects", "done"), 20);
    assert_true(number(text, "attack", "sent") > 0);
    free(text);
}

/* A signal ends the holding; the summary has been printed. */
static void test_signal(void **state)
{
    int status;
    (void)state;
    raise(SIGTERM);
    char *text = run("--hold", &status);
    assert_int_equal(status, 1);
    assert_non_null(strstr(text, "\"ending\":\"interrupted\""));
    free(text);
}

static void test_files(void **state)
{
    char folder[] = "/tmp/load-run-XXXXXX";
    char more[120];
    char path[64];
    int status;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(more, sizeof(more), "--histogram %s/h --series %s/s", folder, folder);
    free(run(more, &status));
    assert_int_equal(status, 0);
    for (const char *name = "hs"; *name; name++) {
        snprintf(path, sizeof(path), "%s/%c", folder, *name);
        assert_int_equal(unlink(path), 0);
    }
    rmdir(folder);
    free(run("--series /nowhere/s", &status));
    assert_int_equal(status, 1);
}

static void test_nobody_to_send_from(void **state)
{
    int status;
    (void)state;
    free(run("--source 192.0.2.77", &status));
    assert_int_equal(status, 1);
    free(run("--cert /nowhere", &status));
    assert_int_equal(status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_and_down),
        cmocka_unit_test(test_time_is_over),
        cmocka_unit_test(test_upkeep),
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nobody_to_send_from),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
