/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_sentinel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_switch(void **state)
{
    struct redis_address address;

    (void)state;
    assert_true(redis_switch_master("ike 10.0.0.1 6379 10.0.0.2 6380", "ike", &address));
    assert_string_equal(address.host, "10.0.0.2");
    assert_int_equal(address.port, 6380);
    assert_true(redis_switch_master("ike fd00::1 6379 fd00::2 6380", "ike", &address));
    assert_string_equal(address.host, "fd00::2");
}

static void test_not_for_us(void **state)
{
    static const char *const messages[] = {
        "",
        "other 10.0.0.1 6379 10.0.0.2 6380",
        "ikes 10.0.0.1 6379 10.0.0.2 6380",
        "ike 10.0.0.1 6379 10.0.0.2",
        "ike 10.0.0.1 6379 10.0.0.2 x",
        "ike 10.0.0.1 6379 10.0.0.2 0",
        "ike 10.0.0.1 6379 10.0.0.2 65536",
        "ike 10.0.0.1 6379 redis.example.org 6380",
    };
    struct redis_address address;

    (void)state;
    for (size_t i = 0; i < x4m_countof(messages); i++)
        assert_false(redis_switch_master(messages[i], "ike", &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_not_for_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
