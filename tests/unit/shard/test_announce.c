/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/announce.h"

#include <sys/socket.h>

#include "live_hub.h"

#define SERVING "READY=1\nSTATUS=Serving 1 connections with 3 shards"

/* Of the only test at a time: who is told, and where that is read. */
static struct hub_announcer announcer;
static struct hub_notify notify;
static int manager;
static char message[1024];

static int set_up(void **state)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    manager = fds[0];
    notify = (struct hub_notify){.fd = fds[1], .watchdog_ms = 60000};
    return live_setup(state);
}

static int tear_down(void **state)
{
    const int status = live_teardown(state);
    hub_notify_fini(&notify);
    close(manager);
    return status;
}

static const char *told(void)
{
    const ssize_t size = recv(manager, message, sizeof(message) - 1, 0);
    message[size > 0 ? size : 0] = '\0';
    return message;
}

static void begin(struct live *live)
{
    hub_announce_begin(&announcer, live->hub, &notify);
    assert_string_equal(told(), SERVING "\n");
}

/* The watchdog's timer is over. */
static void be_due(struct live *live)
{
    notify.alive_at = 0;
    announcer.alive.fire(live->hub, &announcer.alive);
}

static void test_no_sign_of_life_while_a_shard_is_stalled(void **state)
{
    struct live *live = *state;
    begin(live);
    assert_string_equal(told(), "WATCHDOG=1\n");
    live->hub->members[1].stalled = true;
    be_due(live);
    assert_string_equal(told(), "");
    live->hub->members[1].stalled = false;
    be_due(live);
    assert_string_equal(told(), "WATCHDOG=1\n");
}

static bool is_over(struct live *live)
{
    (void)live;
    return !announcer.reloading;
}

static void reload_twice(struct live *live)
{
    notify.watchdog_ms = 0;
    begin(live);
    hub_announce_reload(&announcer);
    hub_announce_reload(&announcer);
    assert_memory_equal(told(), "RELOADING=1\nMONOTONIC_USEC=", 27);
    assert_string_equal(told(), "");
    live_run(live, is_over);
}

static void test_reload(void **state)
{
    reload_twice(*state);
    assert_string_equal(told(), SERVING "\n");
    assert_string_equal(told(), "");
}

static void test_reload_that_fails(void **state)
{
    struct live *live = *state;
    live_write(live, "connections {\n");
    reload_twice(live);
    static const char begins[] = SERVING "; not reloaded: ";
    assert_memory_equal(told(), begins, strlen(begins));
    assert_non_null(strstr(message, live->path));
}

static void test_stop(void **state)
{
    begin(*state);
    (void)told();
    hub_announce_stop(&announcer);
    assert_memory_equal(told(), "STOPPING=1\n", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_sign_of_life_while_a_shard_is_stalled, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_reload, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reload_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
