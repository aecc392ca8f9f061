/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "bench/load/cpu.h"

static void test_own_time_grows(void **state)
{
    (void)state;
    uint64_t before = load_cpu_thread_ns();
    while (load_cpu_thread_ns() == before)
        ;
    assert_true(load_cpu_thread_ns() > before);
}

static void test_resident_memory(void **state)
{
    (void)state;
    assert_true(load_cpu_resident_bytes() > 4096);
}

static void test_process_that_exists(void **state)
{
    (void)state;
    uint64_t ns = 0;
    if (access("/proc/self/schedstat", R_OK) != 0)
        skip();
    assert_true(load_cpu_process_ns(getpid(), &ns));
    assert_true(ns > 0);
}

/* What a child uses is its parent's, as long as it lives. */
static void test_children(void **state)
{
    (void)state;
    enum { SPENT_NS = 20000000 };
    int wake[2];
    uint64_t before;
    uint64_t after;
    char byte;
    if (access("/proc/self/schedstat", R_OK) != 0)
        skip();
    assert_int_equal(pipe(wake), 0);
    assert_true(load_cpu_process_ns(getpid(), &before));
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        while (load_cpu_thread_ns() < SPENT_NS)
            ;
        _exit(write(wake[1], "", 1) == 1 ? pause() : 1);
    }
    /* So that a child that fails is an end, and none is left when something is not as it should. */
    close(wake[1]);
    const ssize_t came = read(wake[0], &byte, 1);
    const bool known = load_cpu_process_ns(getpid(), &after);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(wake[0]);
    assert_int_equal(came, 1);
    assert_true(known);
    assert_true(after - before > SPENT_NS / 2);
}

static void test_process_that_does_not(void **state)
{
    (void)state;
    uint64_t ns;
    assert_false(load_cpu_process_ns(INT32_MAX, &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_time_grows),        cmocka_unit_test(test_resident_memory),
        cmocka_unit_test(test_process_that_exists),   cmocka_unit_test(test_children),
        cmocka_unit_test(test_process_that_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
