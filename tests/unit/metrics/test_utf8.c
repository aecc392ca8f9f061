/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 3629 4, at the ends of each row. */
static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"a", 1},
        {"\x7f", 1},
        {"\x80", 0},
        {"\xbf", 0},
        {"\xc0\x80", 0},
        {"\xc1\xbf", 0},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xdf", 0},
        {"\xdfz", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xe0\xa0\x80", 3},
        {"\xe2\x82\xac", 3},
        {"\xe2\x82", 0},
        {"\xed\x9f\xbf", 3},
        {"\xed\xa0\x80", 0},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", 0},
        {"\xf0\x90\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(hub_utf8_length(rows[i].text), rows[i].length);
}

static void assert_clean(const char *text, const char *wanted)
{
    char *clean = hub_utf8_clean(text);
    assert_string_equal(clean, wanted);
    free(clean);
}

static void test_copies(void **state)
{
    (void)state;
    assert_clean("", "");
    assert_clean("caf\xc3\xa9", "caf\xc3\xa9");
    assert_clean("\xffz\xc3", HUB_UTF8_REPLACEMENT "z" HUB_UTF8_REPLACEMENT);
    assert_clean("\xf0\x90\x80", HUB_UTF8_REPLACEMENT HUB_UTF8_REPLACEMENT HUB_UTF8_REPLACEMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
