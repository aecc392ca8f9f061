/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void test_process_that_does_not(void **state)
{
    (void)state;
    uint64_t ns;
    assert_false(load_cpu_process_ns(INT32_MAX, &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_time_grows),
        cmocka_unit_test(test_resident_memory),
        cmocka_unit_test(test_process_that_exists),
        cmocka_unit_test(test_process_that_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
