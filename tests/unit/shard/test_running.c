/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const x4s_net_addr here[] = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}}};
static const x4s_net_addr there[] = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}}};

static struct hub_daemon plain(void)
{
    return (struct hub_daemon){
        .listen = here,
        .listen_count = 1,
        .port = 500,
        .port_nat_t = 4500,
        .socket = "/run/a",
        .socket_mode = 0660,
        .log_level = x4c_trace_info,
        .keep_alive_sec = 20,
    };
}

/* The first daemon's texts are gone by then. */
static void adapt(struct hub_daemon *daemon, char needs[HUB_RUNNING_TEXT])
{
    char path[] = "/run/a";
    x4s_net_addr listen = here[0];
    struct hub_running running;
    struct hub_daemon first = plain();
    first.socket = path;
    first.listen = &listen;
    assert_true(hub_running_init(&running, &first));
    memset(path, 'x', sizeof(path));
    listen = there[0];
    hub_running_adapt(&running, daemon, needs);
    assert_string_equal(daemon->socket, "/run/a");
    assert_true(x4_net_addr_equal(&daemon->listen[0], &here[0]));
    assert_int_equal(daemon->port, 500);
    assert_int_equal(daemon->shards, 0);
    hub_running_fini(&running);
}

static void test_what_changes(void **state)
{
    char needs[HUB_RUNNING_TEXT];
    (void)state;
    struct hub_daemon daemon = plain();
    daemon.log_level = x4c_trace_debug;
    daemon.keep_alive_sec = 7;
    daemon.limits.unproven = 9;
    adapt(&daemon, needs);
    assert_string_equal(needs, "");
    assert_int_equal(daemon.log_level, x4c_trace_debug);
    assert_int_equal(daemon.keep_alive_sec, 7);
    assert_int_equal(daemon.limits.unproven, 9);
}

static void test_what_stays(void **state)
{
    char needs[HUB_RUNNING_TEXT];
    (void)state;
    struct hub_daemon daemon = plain();
    daemon.listen = there;
    daemon.port = 501;
    daemon.socket = NULL;
    daemon.shards = 3;
    adapt(&daemon, needs);
    assert_string_equal(needs, "shards, listen, port, socket");
    daemon = plain();
    daemon.port_nat_t = 0;
    daemon.backend = HUB_BACKEND_EPOLL;
    daemon.crypto = HUB_CRYPTO_OPENSSL;
    daemon.kernel = HUB_KERNEL_CHOICE_NULL;
    daemon.socket_mode = 0600;
    daemon.socket_group = "ike";
    daemon.log_keys = true;
    daemon.metrics.sas = 5;
    adapt(&daemon, needs);
    assert_string_equal(needs, "port_nat_t, backend, crypto, kernel, socket_mode, socket_group, "
                               "log_keys, metrics");
    assert_false(daemon.log_keys);
    assert_int_equal(daemon.crypto, HUB_CRYPTO_AUTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_changes),
        cmocka_unit_test(test_what_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
