/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/core/types.h"
#include "x4/net/selector.h"

static x4s_net_addr addr_of(const char *text)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    return addr;
}

static x4s_net_selector one(const char *ip)
{
    x4s_net_addr addr = addr_of(ip);
    x4s_net_selector s;
    x4_net_selector_from_addr(&addr, &s);
    return s;
}

static x4s_net_selector subnet(const char *ip, unsigned prefix)
{
    x4s_net_addr addr = addr_of(ip);
    x4s_net_selector s;
    assert_true(x4_net_selector_from_prefix(&addr, prefix, &s));
    return s;
}

static x4s_net_selector range(const char *from, const char *to)
{
    x4s_net_addr a = addr_of(from);
    x4s_net_addr b = addr_of(to);
    x4s_net_selector s;
    assert_true(x4_net_selector_from_range(&a, &b, &s));
    return s;
}

static x4s_net_selector with(x4s_net_selector s, uint8_t protocol, uint16_t port)
{
    s.protocol = protocol;
    s.port = port;
    return s;
}

static void assert_text(x4s_net_selector s, const char *expected)
{
    char text[x4c_net_selector_text];
    assert_ptr_equal(x4_net_selector_format(&s, text), text);
    assert_string_equal(text, expected);
}

static void test_format(void **state)
{
    (void)state;
    assert_text(one("10.0.0.7"), "10.0.0.7");
    assert_text(subnet("10.0.0.0", 24), "10.0.0.0/24");
    assert_text(subnet("10.0.0.7", 32), "10.0.0.7/32");
    assert_text(range("10.0.0.1", "10.0.0.9"), "10.0.0.1-10.0.0.9");
    assert_text(with(one("10.0.0.7"), 6, 80), "10.0.0.7[6/80]");
    assert_text(with(subnet("10.0.0.0", 8), 17, 0), "10.0.0.0/8[17/0]");
    assert_text(with(one("10.0.0.7"), 0, 80), "10.0.0.7[0/80]");
    assert_text(subnet("::", 0), "::/0");
    assert_text(subnet("2001:db8::", 32), "2001:db8::/32");
    assert_text((x4s_net_selector){0}, "none");
}

static void test_format_of_the_longest(void **state)
{
    (void)state;
    const char *from = "1111:2222:3333:4444:5555:6666:7777:8888";
    const char *to = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_text(with(range(from, to), 255, 65535),
                "1111:2222:3333:4444:5555:6666:7777:8888-"
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[255/65535]");
}

static void test_format_of_a_subnet_with_odd_ends(void **state)
{
    (void)state;
    x4s_net_selector s = range("10.0.0.1", "10.0.0.9");
    s.form = x4c_net_subnet;
    assert_text(s, "10.0.0.1-10.0.0.9");
}

static void test_prefix_clears_host_bits(void **state)
{
    (void)state;
    static const uint8_t from[16] = {10, 1, 128};
    static const uint8_t to[16] = {10, 1, 255, 255};
    x4s_net_selector s = subnet("10.1.200.3", 17);

    assert_int_equal(s.form, x4c_net_subnet);
    assert_int_equal(s.family, x4c_net_ipv4);
    assert_memory_equal(s.from, from, sizeof(from));
    assert_memory_equal(s.to, to, sizeof(to));
}

static void test_prefix_refuses(void **state)
{
    (void)state;
    x4s_net_addr ipv4 = addr_of("10.0.0.0");
    x4s_net_addr ipv6 = addr_of("2001:db8::");
    x4s_net_addr none = {0};
    x4s_net_selector s;
    assert_false(x4_net_selector_from_prefix(&ipv4, 33, &s));
    assert_false(x4_net_selector_from_prefix(&ipv6, 129, &s));
    assert_false(x4_net_selector_from_prefix(&ipv6, UINT32_MAX, &s));
    assert_false(x4_net_selector_from_prefix(&none, 0, &s));
}

static void test_range_refuses(void **state)
{
    (void)state;
    x4s_net_addr low = addr_of("10.0.0.1");
    x4s_net_addr high = addr_of("10.0.0.2");
    x4s_net_addr ipv6 = addr_of("2001:db8::");
    x4s_net_addr none = {0};
    x4s_net_selector s;
    assert_false(x4_net_selector_from_range(&high, &low, &s));
    assert_false(x4_net_selector_from_range(&low, &ipv6, &s));
    assert_false(x4_net_selector_from_range(&none, &none, &s));
    assert_true(x4_net_selector_from_range(&low, &low, &s));
}

static void test_prefix_of(void **state)
{
    (void)state;
    for (unsigned prefix = 0; prefix <= 32; prefix++) {
        x4s_net_selector s = subnet("203.0.113.77", prefix);
        assert_int_equal(x4_net_selector_prefix(&s), prefix);
    }
    for (unsigned prefix = 0; prefix <= 128; prefix++) {
        x4s_net_selector s = subnet("2001:db8:aaaa:5555::77", prefix);
        assert_int_equal(x4_net_selector_prefix(&s), prefix);
    }
    x4s_net_selector address = one("10.0.0.7");
    x4s_net_selector whole = range("10.0.0.0", "10.0.0.255");
    x4s_net_selector odd_end = range("10.0.0.0", "10.0.0.254");
    x4s_net_selector odd_start = range("10.0.0.1", "10.0.0.255");
    x4s_net_selector across = range("10.0.0.128", "10.0.1.127");
    x4s_net_selector none = {0};
    assert_int_equal(x4_net_selector_prefix(&address), 32);
    assert_int_equal(x4_net_selector_prefix(&whole), 24);
    assert_int_equal(x4_net_selector_prefix(&odd_end), -1);
    assert_int_equal(x4_net_selector_prefix(&odd_start), -1);
    assert_int_equal(x4_net_selector_prefix(&across), -1);
    assert_int_equal(x4_net_selector_prefix(&none), -1);
}

static void test_equal_ignores_the_form(void **state)
{
    (void)state;
    x4s_net_selector a = subnet("10.0.0.0", 24);
    x4s_net_selector b = range("10.0.0.0", "10.0.0.255");
    x4s_net_selector ports = with(b, 6, 80);
    x4s_net_selector zero4 = one("0.0.0.0");
    x4s_net_selector zero6 = one("::");
    assert_true(x4_net_selector_equal(&a, &b));
    assert_false(x4_net_selector_equal(&a, &ports));
    assert_false(x4_net_selector_equal(&zero4, &zero6));
}

static void assert_contains(x4s_net_selector outer, x4s_net_selector inner, bval expected)
{
    assert_int_equal(x4_net_selector_contains(&outer, &inner), expected);
}

static void test_contains(void **state)
{
    (void)state;
    x4s_net_selector net = subnet("10.0.0.0", 24);

    assert_contains(net, net, btrue);
    assert_contains(net, one("10.0.0.0"), btrue);
    assert_contains(net, one("10.0.0.255"), btrue);
    assert_contains(net, one("10.0.1.0"), bfalse);
    assert_contains(net, one("9.255.255.255"), bfalse);
    assert_contains(net, subnet("10.0.0.0", 23), bfalse);
    assert_contains(net, range("10.0.0.200", "10.0.1.1"), bfalse);
    assert_contains(subnet("0.0.0.0", 0), net, btrue);
    assert_contains(subnet("::", 0), net, bfalse);
    assert_contains(subnet("2001:db8::", 32), one("2001:db8:ffff::1"), btrue);
}

static void test_contains_protocol_and_port(void **state)
{
    (void)state;
    x4s_net_selector net = subnet("10.0.0.0", 24);
    x4s_net_selector tcp = with(net, 6, 0);
    x4s_net_selector web = with(net, 6, 80);

    assert_contains(net, web, btrue);
    assert_contains(tcp, web, btrue);
    assert_contains(web, tcp, bfalse);
    assert_contains(tcp, net, bfalse);
    assert_contains(with(net, 17, 0), web, bfalse);
}

static void test_has_addr(void **state)
{
    (void)state;
    x4s_net_selector s = with(range("10.0.0.5", "10.0.0.9"), 6, 80);
    x4s_net_addr inside = addr_of("10.0.0.9");
    x4s_net_addr outside = addr_of("10.0.0.10");
    x4s_net_addr ipv6 = addr_of("2001:db8::1");
    inside.port = 4711;
    assert_true(x4_net_selector_has_addr(&s, &inside));
    assert_false(x4_net_selector_has_addr(&s, &outside));
    assert_false(x4_net_selector_has_addr(&s, &ipv6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_of_the_longest),
        cmocka_unit_test(test_format_of_a_subnet_with_odd_ends),
        cmocka_unit_test(test_prefix_clears_host_bits),
        cmocka_unit_test(test_prefix_refuses),
        cmocka_unit_test(test_range_refuses),
        cmocka_unit_test(test_prefix_of),
        cmocka_unit_test(test_equal_ignores_the_form),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_contains_protocol_and_port),
        cmocka_unit_test(test_has_addr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
