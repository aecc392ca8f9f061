/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 40

/* Reads a command line that is written with single spaces. */
static bool read_line(const char *line, struct hub_options *options,
                      char error[HUB_OPTIONS_ERROR_MAX])
{
    static char text[1024];
    char *argv[ARGUMENTS_MAX] = {text};
    int argc = 0;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return hub_options_read(argc, argv, options, error);
}

static void test_defaults(void **state)
{
    (void)state;
    struct hub_options options;
    char error[HUB_OPTIONS_ERROR_MAX];
    assert_true(read_line("ikehubd", &options, error));
    assert_int_equal(options.action, HUB_ACTION_RUN);
    assert_string_equal(options.config, HUB_OPTIONS_CONFIG);
    assert_int_equal(options.listen_count, 0);
    assert_false(options.port.given || options.port_nat_t.given || options.backend.given);
    assert_false(options.log_level.given || options.log_format.given);
    assert_false(options.log_keys || options.socket);
}

static void test_overrides(void **state)
{
    (void)state;
    struct hub_options options;
    char error[HUB_OPTIONS_ERROR_MAX];
    assert_true(read_line(
        "ikehubd --config a.conf --listen 127.0.0.1 --listen ::1 --port 15500 "
        "--port-nat-t 0 --backend epoll --kernel null --shards 7 --log-level debug --log-keys "
        "--socket /run/a --log-format json",
        &options, error));
    struct hub_daemon daemon = {.port = 500, .port_nat_t = 4500};
    assert_true(hub_options_apply(&options, &daemon, error));
    assert_string_equal(options.config, "a.conf");
    assert_int_equal(daemon.listen_count, 2);
    assert_int_equal(daemon.listen[1].family, x4c_net_ipv6);
    assert_int_equal(daemon.port, 15500);
    assert_int_equal(daemon.port_nat_t, 0);
    assert_int_equal(daemon.backend, HUB_BACKEND_EPOLL);
    assert_int_equal(daemon.kernel, HUB_KERNEL_CHOICE_NULL);
    assert_int_equal(daemon.shards, 7);
    assert_int_equal(daemon.log_level, x4c_trace_debug);
    assert_int_equal(daemon.log_format, HUB_LOG_JSON);
    assert_true(daemon.log_keys);
    assert_string_equal(daemon.socket, "/run/a");
    assert_false(daemon.socket_default);
    assert_true(read_line("ikehubd --socket none", &options, error));
    assert_true(hub_options_apply(&options, &daemon, error));
    assert_null(daemon.socket);
}

static void test_without_options_the_file_counts(void **state)
{
    (void)state;
    struct hub_options options;
    char error[HUB_OPTIONS_ERROR_MAX];
    x4s_net_addr addr = {.family = x4c_net_ipv4};
    struct hub_daemon daemon = {
        .listen = &addr,
        .listen_count = 1,
        .port = 1,
        .port_nat_t = 2,
        .socket = "/run/b",
        .socket_default = true,
        .log_keys = true,
    };
    const struct hub_daemon before = daemon;
    assert_true(read_line("ikehubd", &options, error));
    assert_true(hub_options_apply(&options, &daemon, error));
    assert_ptr_equal(daemon.listen, before.listen);
    assert_ptr_equal(daemon.socket, before.socket);
    assert_true(daemon.socket_default);
    assert_int_equal(daemon.port, before.port);
    assert_true(daemon.log_keys);
}

static void test_actions(void **state)
{
    (void)state;
    struct hub_options options;
    char error[HUB_OPTIONS_ERROR_MAX];
    assert_true(read_line("ikehubd --check", &options, error));
    assert_int_equal(options.action, HUB_ACTION_CHECK);
    assert_true(read_line("ikehubd --version", &options, error));
    assert_int_equal(options.action, HUB_ACTION_VERSION);
    assert_true(read_line("ikehubd --help", &options, error));
    assert_int_equal(options.action, HUB_ACTION_HELP);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *error;
    } cases[] = {
        {"ikehubd --listen localhost",
         "--listen: expected an IPv4 or IPv6 address, found 'localhost'"},
        {"ikehubd --port 0", "--port: expected a number from 1 to 65535, found '0'"},
        {"ikehubd --port 65536", "--port: expected a number from 1 to 65535, found '65536'"},
        {"ikehubd --port 5x", "--port: expected a number from 1 to 65535, found '5x'"},
        {"ikehubd --port -5", "--port: expected a number from 1 to 65535, found '-5'"},
        {"ikehubd --shards 65", "--shards: expected auto or a number from 1 to 64, found '65'"},
        {"ikehubd --backend poll", "--backend: expected auto, uring or epoll, found 'poll'"},
        {"ikehubd --kernel linux", "--kernel: expected auto, xfrm or null, found 'linux'"},
        {"ikehubd --log-level loud",
         "--log-level: expected error, notice, info or debug, found 'loud'"},
        {"ikehubd --port", "'--port' needs an argument"},
        {"ikehubd --nonsense", "'--nonsense' is no option; see --help"},
        {"ikehubd --check=1", "'--check=1' is no option; see --help"},
        {"ikehubd file", "'file' is no option; see --help"},
        {"ikehubd --check file", "'file' is no option; see --help"},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct hub_options options;
        char error[HUB_OPTIONS_ERROR_MAX] = "";
        assert_false(read_line(cases[i].line, &options, error));
        assert_string_equal(error, cases[i].error);
    }
}

static void test_too_many_addresses(void **state)
{
    (void)state;
    struct hub_options options;
    char line[1024] = "ikehubd";
    char error[HUB_OPTIONS_ERROR_MAX];
    for (int i = 0; i < HUB_OPTIONS_LISTEN_MAX; i++)
        strcat(line, " --listen ::1");
    assert_true(read_line(line, &options, error));
    strcat(line, " --listen ::2");
    assert_false(read_line(line, &options, error));
}

static void test_ports_must_differ(void **state)
{
    (void)state;
    struct hub_options options;
    char error[HUB_OPTIONS_ERROR_MAX];
    struct hub_daemon daemon = {.port = 500, .port_nat_t = 4500};
    assert_true(read_line("ikehubd --port 4500", &options, error));
    assert_false(hub_options_apply(&options, &daemon, error));
    assert_string_equal(error, "--port-nat-t: expected another port than 4500, that of --port");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_without_options_the_file_counts),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_many_addresses),
        cmocka_unit_test(test_ports_must_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
