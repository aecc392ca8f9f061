/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shard/config/config.h"
#include "shard/ctl/commands.h"

#define WORDS_MAX 16

static char error[CTL_ERROR_MAX];

/* Of a command line with single spaces; it has to live as long as the options. */
static bool read_line(const char *line, struct ctl_options *options)
{
    static char text[256];
    char *words[WORDS_MAX + 1] = {NULL};
    int count = 0;
    strcpy(text, line);
    char *rest = text;
    for (char *word; (word = strtok_r(rest, " ", &rest));)
        words[count++] = word;
    return ctl_options_read(count, words, options, error);
}

static void test_defaults(void **state)
{
    (void)state;
    struct ctl_options options;
    assert_true(read_line("ikehubctl status", &options));
    assert_string_equal(options.command->name, "status");
    assert_string_equal(options.socket, HUB_SOCKET);
    assert_int_equal(options.timeout_ms, 10000);
    assert_false(options.json || options.help || options.version);
}

static void test_options_on_both_sides(void **state)
{
    (void)state;
    struct ctl_options options;
    assert_true(
        read_line("ikehubctl --json list-sas --ike site --socket /a --timeout 3", &options));
    assert_string_equal(options.command->name, "list-sas");
    assert_string_equal(options.ike, "site");
    assert_string_equal(options.socket, "/a");
    assert_int_equal(options.timeout_ms, 3000);
    assert_true(options.json);
}

static void refused(const char *line, const char *why)
{
    struct ctl_options options;
    assert_false(read_line(line, &options));
    assert_string_equal(error, why);
}

static void test_child_by_number_or_spi(void **state)
{
    (void)state;
    struct ctl_options options;
    assert_true(read_line("ikehubctl terminate --child-id 4294967295", &options));
    assert_string_equal(options.child_id, "4294967295");
    assert_true(read_line("ikehubctl terminate --child-id 0xC0000001", &options));
    assert_string_equal(options.child_id, "3221225473");
    assert_true(read_line("ikehubctl terminate", &options));
    assert_string_equal(options.child_id, "");
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    refused("ikehubctl", "expected a command; see --help");
    refused("ikehubctl stat", "'stat' is no command; see --help");
    refused("ikehubctl status now", "'now' was not expected; see --help");
    refused("ikehubctl status --nwo", "'--nwo' is no option; see --help");
    refused("ikehubctl status --now", "--now is no option of status");
    refused("ikehubctl status --ike", "'--ike' needs an argument");
    refused("ikehubctl status --ike site", "--ike is no option of status");
    refused("ikehubctl list-sas --ike-id 0",
            "--ike-id: expected the number of an ISAKMP SA, found '0'");
    refused("ikehubctl terminate --child-id 0xg",
            "--child-id: expected the number of a child, or 0x and its inbound SPI, found '0xg'");
    refused("ikehubctl terminate --child-id 0x",
            "--child-id: expected the number of a child, or 0x and its inbound SPI, found '0x'");
    refused("ikehubctl list-sas --ike-id one",
            "--ike-id: expected the number of an ISAKMP SA, found 'one'");
    refused("ikehubctl status --timeout 0",
            "--timeout: expected seconds, from 1 to 3600, found '0'");
    refused("ikehubctl status --timeout 3601",
            "--timeout: expected seconds, from 1 to 3600, found '3601'");
}

static void test_help_needs_no_command(void **state)
{
    (void)state;
    struct ctl_options options;
    assert_true(read_line("ikehubctl --help", &options));
    assert_true(options.help);
    assert_true(read_line("ikehubctl --version", &options));
    assert_true(options.version);
}

static void test_usage_names_every_command(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    ctl_options_usage(file);
    fclose(file);
    for (const struct ctl_command *command = ctl_commands; command->name; command++)
        assert_non_null(strstr(text, command->name));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_options_on_both_sides),
        cmocka_unit_test(test_child_by_number_or_spi),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_help_needs_no_command),
        cmocka_unit_test(test_usage_names_every_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
