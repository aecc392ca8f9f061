/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "x4/core/types.h"

struct options {
    const char *name;
    bool flag;
};

static bool read_name(void *options, const char *text, const char **expected)
{
    *expected = "a name";
    ((struct options *)options)->name = text;
    return *text != '\0';
}

static bool read_flag(void *options, const char *text, const char **expected)
{
    (void)expected;
    assert_null(text);
    ((struct options *)options)->flag = true;
    return true;
}

static const struct hub_line_option rows[] = {
    {"name", "NAME", "of somebody", read_name, 1},
    {"flag", NULL, "or not", read_flag, 2},
};

static struct hub_line line = {.rows = rows, .count = x4m_countof(rows)};
static struct options options;
static char error[HUB_COMMAND_LINE_ERROR];

/* Up to a NULL. */
static bool read_line(const char *first, ...)
{
    char *argv[8] = {"program"};
    int argc = 1;
    va_list arguments;
    va_start(arguments, first);
    for (const char *it = first; it; it = va_arg(arguments, const char *))
        argv[argc++] = (char *)(uintptr_t)it;
    va_end(arguments);
    options = (struct options){0};
    *error = '\0';
    return hub_line_read(&line, argc, argv, &options, error);
}

static void test_reads_options_and_the_rest(void **state)
{
    (void)state;
    assert_true(read_line("--flag", "rest", "--name", "x", NULL));
    assert_string_equal(options.name, "x");
    assert_true(options.flag);
    assert_int_equal(line.given, 3);
    assert_int_equal(line.rest, 4);
    assert_true(read_line("--name=y", NULL));
    assert_string_equal(options.name, "y");
    assert_int_equal(line.given, 1);
    assert_int_equal(line.rest, 2);
}

static void test_says_what_is_wrong(void **state)
{
    (void)state;
    assert_false(read_line("--name", NULL));
    assert_string_equal(error, "'--name' needs an argument");
    assert_false(read_line("--nome", "x", NULL));
    assert_string_equal(error, "'--nome' is no option; see --help");
    assert_false(read_line("--name", "", NULL));
    assert_string_equal(error, "--name: expected a name, found ''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_options_and_the_rest),
        cmocka_unit_test(test_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
