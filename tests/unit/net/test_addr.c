/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/core/types.h"
#include "x4/net/addr.h"

static x4s_net_addr addr_of(const char *text, uint16_t port)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    addr.port = port;
    return addr;
}

static void test_size(void **state)
{
    (void)state;
    assert_int_equal(x4_net_addr_size(x4c_net_ipv4), 4);
    assert_int_equal(x4_net_addr_size(x4c_net_ipv6), 16);
    assert_int_equal(x4_net_addr_size(x4c_net_none), 0);
    assert_int_equal(x4_net_addr_size(255), 0);
}

static void test_parse(void **state)
{
    (void)state;
    static const uint8_t ipv4[16] = {192, 0, 2, 1};
    static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    x4s_net_addr addr = addr_of("192.0.2.1", 0);

    assert_int_equal(addr.family, x4c_net_ipv4);
    assert_memory_equal(addr.ip, ipv4, sizeof(ipv4));
    assert_int_equal(addr.port, 0);
    assert_int_equal(addr.scope, 0);

    addr = addr_of("2001:db8::1", 0);
    assert_int_equal(addr.family, x4c_net_ipv6);
    assert_memory_equal(addr.ip, ipv6, sizeof(ipv6));
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "192.0.2",    "192.0.2.256",  "192.0.2.1:500", "[2001:db8::1]", "2001:db8:::",
        "fe80::1%2", " 192.0.2.1", "192.0.2.1/24", "2001:db8::1::", "example",       "192.0.2.1.1",
    };
    static const x4s_net_addr none = {0};
    for (size_t i = 0; i < x4m_countof(bad); i++) {
        x4s_net_addr addr;
        memset(&addr, 0xff, sizeof(addr));
        assert_false(x4_net_addr_parse(bad[i], &addr));
        assert_true(x4_net_addr_equal(&addr, &none));
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        const char *ip;
        uint32_t scope;
        uint16_t port;
        const char *text;
    } cases[] = {
        {"192.0.2.1", 0, 500, "192.0.2.1:500"},
        {"192.0.2.1", 0, 0, "192.0.2.1"},
        {"2001:db8::1", 0, 500, "[2001:db8::1]:500"},
        {"2001:db8::1", 0, 0, "2001:db8::1"},
        {"fe80::1", 2, 4500, "[fe80::1%2]:4500"},
        {"fe80:1111:2222:3333:4444:5555:6666:7777", UINT32_MAX, 65535,
         "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535"},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        char text[x4c_net_addr_text];
        x4s_net_addr addr = addr_of(cases[i].ip, cases[i].port);
        addr.scope = cases[i].scope;
        assert_ptr_equal(x4_net_addr_format(&addr, text), text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_format_without_family(void **state)
{
    (void)state;
    char text[x4c_net_addr_text];
    assert_string_equal(x4_net_addr_format(&(x4s_net_addr){0}, text), "none");
}

static void test_equal(void **state)
{
    (void)state;
    x4s_net_addr a = addr_of("192.0.2.1", 500);
    x4s_net_addr other_port = addr_of("192.0.2.1", 4500);
    x4s_net_addr other_ip = addr_of("192.0.2.2", 500);
    x4s_net_addr same = addr_of("192.0.2.1", 500);

    assert_true(x4_net_addr_equal(&a, &same));
    assert_true(x4_net_addr_same_ip(&a, &other_port));
    assert_false(x4_net_addr_equal(&a, &other_port));
    assert_false(x4_net_addr_same_ip(&a, &other_ip));
}

static void test_scope_and_family_tell_apart(void **state)
{
    (void)state;
    x4s_net_addr a = addr_of("fe80::1", 0);
    x4s_net_addr b = a;
    b.scope = 3;
    assert_false(x4_net_addr_same_ip(&a, &b));

    x4s_net_addr ipv4 = addr_of("0.0.0.0", 0);
    x4s_net_addr ipv6 = addr_of("::", 0);
    assert_false(x4_net_addr_same_ip(&ipv4, &ipv6));
}

static void test_link_equal(void **state)
{
    (void)state;
    x4s_net_link a = {.local = addr_of("192.0.2.1", 500), .remote = addr_of("192.0.2.9", 500)};
    x4s_net_link b = a;
    b.socket = 7; /* carried, not compared */
    assert_true(x4_net_link_equal(&a, &b));

    b.remote.port = 501;
    assert_false(x4_net_link_equal(&a, &b));
    b = a;
    b.local = addr_of("192.0.2.2", 500);
    assert_false(x4_net_link_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_without_family),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_scope_and_family_tell_apart),
        cmocka_unit_test(test_link_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
