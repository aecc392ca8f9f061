/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_this_machine(void **state)
{
    (void)state;
    assert_true(metrics_host_is_local("localhost"));
    assert_true(metrics_host_is_local("LocalHost:9640"));
    assert_true(metrics_host_is_local("127.0.0.1"));
    assert_true(metrics_host_is_local("127.1.2.3:80"));
    assert_true(metrics_host_is_local("[::1]:9640"));
}

static void test_others(void **state)
{
    (void)state;
    assert_false(metrics_host_is_local(""));
    assert_false(metrics_host_is_local("localhost.example.org"));
    assert_false(metrics_host_is_local("localhostx"));
    assert_false(metrics_host_is_local("xlocalhost"));
    assert_false(metrics_host_is_local("127.0.0.1.example.org"));
    assert_false(metrics_host_is_local("128.0.0.1"));
    assert_false(metrics_host_is_local("[::2]"));
    assert_false(metrics_host_is_local("[2001:db8::1]:9640"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
