/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/client.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A client, and the daemon's end, which says what the test writes to it before the client asks. */
struct fixture {
    struct ctl_client client;
    int daemon;
    int events;
    int responses;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        return -1;
    f->client = (struct ctl_client){.fd = fds[0], .timeout_ms = 1, .output.max = 4096};
    f->client.packet = malloc(4096);
    f->daemon = fds[1];
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ctl_client_close(&f->client);
    if (f->daemon >= 0)
        close(f->daemon);
    free(f);
    return 0;
}

static void say(const struct fixture *f, enum vici_packet_type type, const char *name)
{
    uint8_t buffer[64];
    x4s_chunk segment;
    struct vici_writer writer = vici_packet_begin(buffer, sizeof(buffer), type, name);
    assert_true(vici_packet_end(&writer, &segment));
    assert_int_equal(write(f->daemon, segment.data, segment.len), (ssize_t)segment.len);
}

static void hang_up(struct fixture *f)
{
    close(f->daemon);
    f->daemon = -1;
}

static void on_event(void *user, x4s_chunk message)
{
    (void)message;
    ((struct fixture *)user)->events++;
}

static void on_response(void *user, x4s_chunk message)
{
    (void)message;
    ((struct fixture *)user)->responses++;
}

static enum ctl_outcome ask(struct fixture *f)
{
    struct vici_writer request = ctl_client_begin(&f->client, "list-sas");
    return ctl_client_ask(&f->client, &request, on_event, on_response, f);
}

static void test_asks(void **state)
{
    struct fixture *f = *state;
    uint8_t got[64];
    say(f, VICI_CMD_RESPONSE, NULL);
    assert_int_equal(ask(f), CTL_ANSWERED);
    assert_int_equal(f->responses, 1);
    assert_int_equal(read(f->daemon, got, sizeof(got)), 14);
    assert_memory_equal(got, "\0\0\0\x0a\0\x08list-sas", 14);
}

static void test_events_come_before_the_response(void **state)
{
    struct fixture *f = *state;
    say(f, VICI_EVENT, "list-sa");
    say(f, VICI_EVENT, "list-sa");
    say(f, VICI_CMD_RESPONSE, NULL);
    say(f, VICI_EVENT, "list-sa");
    assert_int_equal(ask(f), CTL_ANSWERED);
    assert_int_equal(f->events, 2);
}

static void test_unknown(void **state)
{
    struct fixture *f = *state;
    say(f, VICI_CMD_UNKNOWN, NULL);
    assert_int_equal(ask(f), CTL_UNKNOWN);
    assert_int_equal(f->responses, 0);
}

static void test_registers(void **state)
{
    struct fixture *f = *state;
    say(f, VICI_EVENT_CONFIRM, NULL);
    assert_int_equal(ctl_client_register(&f->client, "list-sa"), CTL_ANSWERED);
    say(f, VICI_EVENT_UNKNOWN, NULL);
    assert_int_equal(ctl_client_register(&f->client, "list-sa"), CTL_UNKNOWN);
    say(f, VICI_CMD_RESPONSE, NULL);
    assert_int_equal(ctl_client_register(&f->client, "list-sa"), CTL_BROKEN);
}

static void test_silent_daemon(void **state)
{
    struct fixture *f = *state;
    say(f, VICI_EVENT, "list-sa");
    assert_int_equal(ask(f), CTL_SILENT);
    assert_int_equal(f->events, 1);
}

static void test_daemon_that_hangs_up(void **state)
{
    struct fixture *f = *state;
    say(f, VICI_EVENT, "list-sa");
    hang_up(f);
    assert_int_equal(ask(f), CTL_BROKEN);
}

static void test_daemon_that_speaks_something_else(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(write(f->daemon, "HTTP/1.1 400 Bad Request", 24), 24);
    assert_int_equal(ask(f), CTL_BROKEN);
}

static void test_request_is_too_long(void **state)
{
    struct fixture *f = *state;
    static const uint8_t value[5000];
    struct vici_writer request = ctl_client_begin(&f->client, "list-sas");
    vici_bytes(&request, "ike", value, sizeof(value));
    assert_int_equal(ctl_client_ask(&f->client, &request, on_event, on_response, f), CTL_BROKEN);
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct ctl_client client;
    char path[200];
    assert_false(ctl_client_open(&client, "/nonexistent/socket", 1));
    assert_int_equal(errno, ENOENT);
    ctl_client_close(&client);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_false(ctl_client_open(&client, path, 1));
    assert_int_equal(errno, ENAMETOOLONG);
    ctl_client_close(&client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_asks),
        TEST(test_events_come_before_the_response),
        TEST(test_unknown),
        TEST(test_registers),
        TEST(test_silent_daemon),
        TEST(test_daemon_that_hangs_up),
        TEST(test_daemon_that_speaks_something_else),
        TEST(test_request_is_too_long),
        TEST(test_nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
