/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, const char *host, uint16_t port)
{
    struct redis_address address;

    assert_true(redis_address_parse(text, REDIS_PORT, &address));
    assert_string_equal(address.host, host);
    assert_int_equal(address.port, port);
}

static void test_forms(void **state)
{
    (void)state;
    check("192.0.2.1", "192.0.2.1", 6379);
    check("192.0.2.1:7000", "192.0.2.1", 7000);
    check("2001:db8::1", "2001:db8::1", 6379);
    check("[2001:db8::1]", "2001:db8::1", 6379);
    check("[2001:db8::1]:7000", "2001:db8::1", 7000);
    check("fe80::1%eth0", "fe80::1%eth0", 6379);
    check("/run/redis.sock", "/run/redis.sock", 0);
    check("unix:/run/redis.sock", "/run/redis.sock", 0);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "redis.example.org",
        "redis.example.org:6379",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:12x",
        "192.0.2.1:+1",
        "[2001:db8::1",
        "[2001:db8::1]6379",
        "[]:6379",
        "unix:run",
        "192.0.2.256",
        ":6379",
    };
    struct redis_address address;
    char path[REDIS_HOST_MAX + 3];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(redis_address_parse(texts[i], REDIS_PORT, &address));
    memset(path, '/', sizeof(path));
    path[REDIS_HOST_MAX + 1] = '\0';
    assert_false(redis_address_parse(path, REDIS_PORT, &address));
    path[REDIS_HOST_MAX] = '\0';
    assert_true(redis_address_parse(path, REDIS_PORT, &address));
}

static void test_parts(void **state)
{
    struct redis_address address;

    (void)state;
    assert_true(redis_address_make("::1", 3, 6379, &address));
    assert_false(redis_address_make("::1\0x", 5, 6379, &address));
    assert_false(redis_address_make("::1", 3, 0, &address));
    assert_false(redis_address_make("::1", 3, 65536, &address));
    assert_false(redis_address_make("/run/redis.sock", 15, 1, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
