/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

static void assert_round_trip(const char *text, const char *expected)
{
    struct ring_addr addr;
    char formatted[RING_ADDR_TEXT_MAX];

    assert_true(ring_addr_parse(&addr, text, 500));
    assert_string_equal(ring_addr_format(&addr, formatted, sizeof(formatted)), expected);
}

static void test_text_both_ways(void **state)
{
    (void)state;
    assert_round_trip("192.0.2.1", "192.0.2.1:500");
    assert_round_trip("192.0.2.1:4500", "192.0.2.1:4500");
    assert_round_trip("0.0.0.0:0", "0.0.0.0:0");
    assert_round_trip("::", "[::]:500");
    assert_round_trip("2001:db8::1", "[2001:db8::1]:500");
    assert_round_trip("[2001:db8::1]", "[2001:db8::1]:500");
    assert_round_trip("[2001:db8::1]:65535", "[2001:db8::1]:65535");
    assert_round_trip("fe80::1%7", "[fe80::1%7]:500");
    assert_round_trip("[fe80::1%lo]:4500", "[fe80::1%1]:4500");
}

static void test_bad_text(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "ike.example",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1:",
        "192.0.2.1:65536",
        "192.0.2.1:-1",
        "192.0.2.1:+1",
        "192.0.2.1: 1",
        "192.0.2.1:5x",
        "192.0.2.1:99999999999999999999",
        "192.0.2.1 ",
        "192.0.2.1%1",
        "[192.0.2.1]:500",
        "[2001:db8::1",
        "[2001:db8::1]500",
        "[2001:db8::1]:",
        "2001:db8::1%1",
        "fe80::1%",
        "fe80::1%0",
        "fe80::1%no-such-interface",
        "fe80::1%4294967296",
        "2001:db8:::1",
        "[]",
        "[]:500",
        "111111111111111111111111111111111111111111111111111111111111111111111111111111",
    };
    struct ring_addr addr;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        addr = ring_addr_any(4, 1);
        if (ring_addr_parse(&addr, bad[i], 500))
            fail_msg("\"%s\" was taken for an address", bad[i]);
        assert_int_equal(addr.family, 0);
    }
}

static void test_text_of_none_and_cut(void **state)
{
    struct ring_addr none = {0};
    struct ring_addr longest = address("fe80:1111:2222:3333:4444:5555:6666:7777%1");
    char text[RING_ADDR_TEXT_MAX];
    char cut[8];

    (void)state;
    longest.scope = UINT32_MAX;
    longest.port = UINT16_MAX;
    assert_string_equal(ring_addr_format(&none, text, sizeof(text)), "none");
    assert_string_equal(ring_addr_format(&longest, text, sizeof(text)),
                        "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535");
    assert_string_equal(ring_addr_format_ip(&longest, text, sizeof(text)),
                        "fe80:1111:2222:3333:4444:5555:6666:7777%4294967295");
    assert_string_equal(ring_addr_format(&longest, cut, sizeof(cut)), "[fe80:1");
}

static void test_sockaddr_both_ways(void **state)
{
    static const char *const texts[] = {"192.0.2.1:500", "[2001:db8::1]:4500", "[fe80::1%3]:500"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ring_addr addr = address(texts[i]);
        struct ring_addr back;
        union ring_sockaddr name;
        socklen_t size = ring_addr_to_sockaddr(&addr, &name);

        assert_true(ring_addr_from_sockaddr(&back, &name.any, size));
        assert_addr_equal(back, addr);
        assert_false(ring_addr_from_sockaddr(&back, &name.any, size - 1));
        assert_int_equal(back.family, 0);
    }
}

static void test_sockaddr_of_other_families(void **state)
{
    struct ring_addr none = {0};
    struct ring_addr addr;
    union ring_sockaddr name = {.any.sa_family = AF_UNIX};

    (void)state;
    assert_false(ring_addr_from_sockaddr(&addr, &name.any, sizeof(name)));
    assert_false(ring_addr_from_sockaddr(&addr, &name.any, 0));
    assert_int_equal(ring_addr_to_sockaddr(&none, &name), 0);
}

static void test_mapped_becomes_ipv4(void **state)
{
    struct ring_addr mapped = address("[::ffff:192.0.2.1]:500");
    struct ring_addr addr;
    union ring_sockaddr name;
    socklen_t size = ring_addr_to_sockaddr(&mapped, &name);

    (void)state;
    assert_true(ring_addr_from_sockaddr(&addr, &name.any, size));
    assert_addr_equal(addr, address("192.0.2.1:500"));
}

static void test_scope_only_where_it_means_something(void **state)
{
    struct ring_addr global = address("[2001:db8::1]:500");
    struct ring_addr addr;
    union ring_sockaddr name;
    socklen_t size;

    (void)state;
    global.scope = 9;
    size = ring_addr_to_sockaddr(&global, &name);
    assert_true(ring_addr_from_sockaddr(&addr, &name.any, size));
    assert_int_equal(addr.scope, 0);
    assert_true(ring_addr_is_link_local(&(struct ring_addr){.family = 6, .ip = {0xfe, 0xbf}}));
    assert_false(ring_addr_is_link_local(&(struct ring_addr){.family = 6, .ip = {0xfe, 0xc0}}));
    assert_false(ring_addr_is_link_local(&(struct ring_addr){.family = 4, .ip = {0xfe, 0x80}}));
}

static void test_equality(void **state)
{
    struct ring_addr a = address("192.0.2.1:500");
    struct ring_addr b = a;

    (void)state;
    b.ip[4] = 1; /* not part of an IPv4 address */
    assert_true(ring_addr_equal(&a, &b));
    b.port++;
    assert_false(ring_addr_equal(&a, &b));
    b = address("192.0.2.2:500");
    assert_false(ring_addr_equal(&a, &b));
    b = a;
    b.family = 6;
    assert_false(ring_addr_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_both_ways),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_text_of_none_and_cut),
        cmocka_unit_test(test_sockaddr_both_ways),
        cmocka_unit_test(test_sockaddr_of_other_families),
        cmocka_unit_test(test_mapped_becomes_ipv4),
        cmocka_unit_test(test_scope_only_where_it_means_something),
        cmocka_unit_test(test_equality),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
