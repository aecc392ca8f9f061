/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/reload.h"

#include "tests/unit/shard/live_hub.h"

static const char *first_name(const struct live *live)
{
    return hub_config_now(live->hub)->connections[0].name;
}

static bool is_done(struct live *live)
{
    return live->done > 0;
}

static void test_reload(void **state)
{
    struct live *live = *state;
    assert_string_equal(first_name(live), "first");
    live_write(live, LIVE_CONNECTION("second"));
    live_reload(live);
    assert_string_equal(first_name(live), "first"); /* not before the loop */
    live_run(live, is_done);
    assert_string_equal(live->error, "");
    assert_string_equal(first_name(live), "second");
    assert_int_equal(hub_reload_report(live->hub).loads, 2);
    assert_non_null(
        strstr(live_log(live), "event=reloaded number=2 connections=1 added=1 removed=1"));
}

static void test_what_is_broken_changes_nothing(void **state)
{
    struct live *live = *state;
    const struct hub_config *before = hub_config_now(live->hub);
    live_write(live, "connections {\n versoin = 1\n }\n");
    live_reload(live);
    live_run(live, is_done);
    assert_non_null(strstr(live->error, ":2: "));
    assert_string_equal(live->told, live->error);
    assert_ptr_equal(hub_config_now(live->hub), before);
    assert_int_equal(hub_reload_report(live->hub).failures, 1);
    assert_int_equal(hub_reload_report(live->hub).loads, 1);
    assert_non_null(strstr(live_log(live), "event=reload-failed"));
}

static bool refuse(const void *context, struct hub_daemon *daemon, char *error)
{
    (void)context;
    (void)daemon;
    strcpy(error, "not with these options");
    return false;
}

static void test_the_command_line_may_refuse(void **state)
{
    struct live *live = *state;
    live->hub->adapt.apply = refuse;
    live_reload(live);
    live_run(live, is_done);
    assert_string_equal(live->error, "not with these options");
    assert_int_equal(hub_reload_report(live->hub).configurations, 1);
}

static void test_what_needs_a_restart(void **state)
{
    struct live *live = *state;
    live_write(live, "ikehub { backend = epoll\n log_level = debug\n }\n");
    live_reload(live);
    live_run(live, is_done);
    assert_string_equal(live->error, "");
    assert_string_equal(live->told,
                        "not changed before a restart: shards, listen, port, port_nat_t, backend");
    assert_int_equal(live->hub->log.level, x4c_trace_debug);
}

/* The second is asked for while the first is being read, and reads what is written by then. */
static struct {
    struct live *live;
    void (*begin)(struct hub *hub, struct hub_timer *timer);
} first;

static void begin_and_ask_again(struct hub *hub, struct hub_timer *timer)
{
    timer->fire = first.begin;
    first.begin(hub, timer);
    assert_non_null(hub->reload.loader);
    live_write(first.live, LIVE_CONNECTION("third"));
    hub_reload(hub, NULL);
}

static bool second_is_done(struct live *live)
{
    return hub_reload_report(live->hub).loads == 3;
}

static void test_another_after_the_one_under_way(void **state)
{
    struct live *live = *state;
    first.live = live;
    first.begin = live->hub->reload.begin.fire;
    live->hub->reload.begin.fire = begin_and_ask_again;
    live_reload(live);
    live_run(live, second_is_done);
    assert_int_equal(live->done, 1);
    assert_string_equal(first_name(live), "third");
}

static void test_who_asks_may_go(void **state)
{
    struct live *live = *state;
    struct hub_reload_request other = {.told = live_told, .done = live_done};
    hub_reload(live->hub, &other);
    hub_reload_forget(&other);
    live_reload(live);
    live_run(live, is_done);
    assert_int_equal(live->done, 1);
}

/* What was begun before the end comes to nothing. */
static void test_the_end(void **state)
{
    struct live *live = *state;
    live_reload(live);
    hub_stop(live->hub);
    assert_true(hub_run(live->hub));
    hub_reload_forget(&live->request);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, live_setup, live_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reload),
        TEST(test_what_is_broken_changes_nothing),
        TEST(test_the_command_line_may_refuse),
        TEST(test_what_needs_a_restart),
        TEST(test_another_after_the_one_under_way),
        TEST(test_who_asks_may_go),
        TEST(test_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
