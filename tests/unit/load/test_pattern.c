/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/load/pattern.h"

static const char *text_of(const char *pattern_text, uint64_t n)
{
    static char text[x4c_net_selector_text];
    struct load_pattern pattern;
    x4s_net_selector selector;
    assert_true(load_pattern_parse(pattern_text, &pattern));
    load_pattern_selector(&pattern, n, &selector);
    return x4_net_selector_format(&selector, text);
}

static uint64_t capacity_of(const char *text)
{
    struct load_pattern pattern;
    assert_true(load_pattern_parse(text, &pattern));
    return load_pattern_capacity(&pattern);
}

static void test_shared(void **state)
{
    (void)state;
    assert_string_equal(text_of("10.1.0.0/16", 0), "10.1.0.0/16");
    assert_string_equal(text_of("10.1.0.0/16", 99), "10.1.0.0/16");
    assert_string_equal(text_of("10.1.2.3/16", 7), "10.1.0.0/16");
    assert_string_equal(text_of("192.0.2.1", 7), "192.0.2.1");
    assert_string_equal(text_of("192.0.2.1/32", 7), "192.0.2.1");
    assert_string_equal(text_of("0.0.0.0/0", 7), "0.0.0.0/0");
    assert_string_equal(text_of("2001:db8::/32", 7), "2001:db8::/32");
}

static void test_one_each(void **state)
{
    (void)state;
    assert_string_equal(text_of("10.0.0.0/8+32", 0), "10.0.0.0");
    assert_string_equal(text_of("10.0.0.0/8+32", 1), "10.0.0.1");
    assert_string_equal(text_of("10.0.0.0/8+32", 99999), "10.1.134.159");
    assert_string_equal(text_of("10.0.0.0/8+32", 0xffffff), "10.255.255.255");
    assert_string_equal(text_of("10.0.0.0/8+30", 5), "10.0.0.20/30");
    assert_string_equal(text_of("0.0.0.0/0+1", 1), "128.0.0.0/1");
    assert_string_equal(text_of("fd00::/32+64", 0x12345), "fd00:0:1:2345::/64");
    assert_string_equal(text_of("::/0+128", UINT64_C(1) << 62), "::4000:0:0:0");
}

static void test_capacity(void **state)
{
    (void)state;
    assert_true(capacity_of("10.0.0.0/8") == UINT64_MAX);
    assert_true(capacity_of("10.0.0.1") == UINT64_MAX);
    assert_int_equal(capacity_of("10.0.0.0/8+32"), 1 << 24);
    assert_int_equal(capacity_of("10.0.0.0/8+9"), 2);
    assert_true(capacity_of("::/0+128") == UINT64_C(1) << 63);
    assert_true(capacity_of("::/64+128") == UINT64_C(1) << 63);
}

static void test_bad_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.0/8+",
        "10.0.0.0/8+33",
        "10.0.0.0/8+7",
        "name/8",
        "10.0.0.0/-1",
        "10.0.0.0/8 ",
        "10.0.0.0/8+32x",
        "fd00::/129",
        "10.0.0.0/8+ 32",
        "10.0.0.0+32",
        "10.0.0.0/99999999999999999999",
    };
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        struct load_pattern pattern;
        assert_false(load_pattern_parse(texts[i], &pattern));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_one_each),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_bad_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
