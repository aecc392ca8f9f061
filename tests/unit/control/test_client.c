/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/shard/fake_hub.h"

struct fixture {
    struct hub *hub;
    struct control *control;
    struct fake_client client;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->hub = fake_hub_new();
    f->control = fake_control_new(f->hub);
    f->client = fake_client_new(f->control);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    control_close(f->control);
    fake_client_close(&f->client);
    fake_hub_free(f->hub);
    free(f);
    return 0;
}

/* What the daemon's answer to one packet is. */
static enum vici_packet_type answer(struct fixture *f, enum vici_packet_type type, const char *name)
{
    fake_client_say(&f->client, type, name, NULL, NULL);
    fake_hub_run(f->hub);
    assert_true(fake_client_next(&f->client));
    return f->client.packet.type;
}

static void test_answers_a_command(void **state)
{
    struct fixture *f = *state;
    x4s_chunk value;
    assert_int_equal(answer(f, VICI_CMD_REQUEST, "version"), VICI_CMD_RESPONSE);
    assert_true(vici_find(f->client.packet.message, "daemon", &value));
    assert_true(vici_is(value, "ikehubd"));
    assert_false(fake_client_next(&f->client));
}

static void test_says_what_it_does_not_know(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(answer(f, VICI_CMD_REQUEST, "versio"), VICI_CMD_UNKNOWN);
    assert_int_equal(answer(f, VICI_EVENT_REGISTER, "list-sas"), VICI_EVENT_UNKNOWN);
    assert_int_equal(f->control->client_count, 1);
}

static void test_registers_events(void **state)
{
    struct fixture *f = *state;
    const struct control_client *client =
        x4m_container(f->control->clients.next, struct control_client, of_control);
    assert_int_equal(answer(f, VICI_EVENT_REGISTER, "list-sa"), VICI_EVENT_CONFIRM);
    assert_true(control_client_wants(client, CONTROL_EVENT_list_sa));
    assert_false(control_client_wants(client, CONTROL_EVENT_control_log));
    assert_int_equal(answer(f, VICI_EVENT_UNREGISTER, "list-sa"), VICI_EVENT_CONFIRM);
    assert_false(control_client_wants(client, CONTROL_EVENT_list_sa));
}

static void closed_after(struct fixture *f, const char *bytes, size_t len)
{
    assert_int_equal(write(f->client.fd, bytes, len), (ssize_t)len);
    fake_hub_run(f->hub);
    assert_int_equal(f->control->client_count, 0);
    assert_true(fake_client_ended(&f->client));
}

static void test_garbage_closes(void **state)
{
    closed_after(*state, "GET / HTTP/1.1\r\n\r\n", 18);
}

static void test_malformed_packet_closes(void **state)
{
    closed_after(*state, "\0\0\0\2\0\7", 6);
}

static void test_what_servers_send_closes(void **state)
{
    closed_after(*state, "\0\0\0\1\1", 5);
}

static void test_requests_in_one_write_are_answered_in_order(void **state)
{
    struct fixture *f = *state;
    fake_client_say(&f->client, VICI_CMD_REQUEST, "version", NULL, NULL);
    fake_client_say(&f->client, VICI_CMD_REQUEST, "nothing", NULL, NULL);
    fake_client_say(&f->client, VICI_CMD_REQUEST, "version", NULL, NULL);
    fake_hub_run(f->hub);
    assert_true(fake_client_next(&f->client));
    assert_int_equal(f->client.packet.type, VICI_CMD_RESPONSE);
    assert_true(fake_client_next(&f->client));
    assert_int_equal(f->client.packet.type, VICI_CMD_UNKNOWN);
    assert_true(fake_client_next(&f->client));
    assert_int_equal(f->client.packet.type, VICI_CMD_RESPONSE);
}

static void test_half_closed_client_gets_its_answer(void **state)
{
    struct fixture *f = *state;
    fake_client_say(&f->client, VICI_CMD_REQUEST, "version", NULL, NULL);
    shutdown(f->client.fd, SHUT_WR);
    fake_hub_run(f->hub);
    assert_true(fake_client_next(&f->client));
    assert_true(fake_client_ended(&f->client));
    assert_int_equal(f->control->client_count, 0);
}

static void test_client_that_goes_is_forgotten(void **state)
{
    struct fixture *f = *state;
    fake_client_close(&f->client);
    fake_hub_run(f->hub);
    assert_int_equal(f->control->client_count, 0);
}

/* Requests without end, and no answer read. */
static void flood(struct fixture *f)
{
    static const char request[] = "\0\0\0\x09\0\x07version";
    while (write(f->client.fd, request, sizeof(request) - 1) == (ssize_t)sizeof(request) - 1)
        fake_hub_run(f->hub);
}

static void test_client_that_does_not_read_is_not_read(void **state)
{
    struct fixture *f = *state;
    const struct control_client *client =
        x4m_container(f->control->clients.next, struct control_client, of_control);
    flood(f);
    assert_int_equal(f->control->client_count, 1);
    assert_false(control_client_has_room(client));
    assert_true(vici_output_pending(&client->output) < CONTROL_OUTPUT_ROOM + 4096);
    assert_true(client->input.size < 65536);
}

static void test_client_that_does_not_read_is_dropped_in_the_end(void **state)
{
    struct fixture *f = *state;
    flood(f);
    fake_hub_pass(f->hub, CONTROL_STUCK_MS - 1);
    assert_int_equal(f->control->client_count, 1);
    fake_hub_pass(f->hub, 1);
    assert_int_equal(f->control->client_count, 0);
}

static void test_client_that_reads_again_is_served_again(void **state)
{
    struct fixture *f = *state;
    flood(f);
    fake_hub_pass(f->hub, CONTROL_STUCK_MS - 1);
    size_t answers = 0;
    do {
        while (fake_client_next(&f->client))
            answers++;
        fake_hub_run(f->hub);
    } while (fake_client_next(&f->client) && ++answers);
    assert_true(answers > 1000);
    fake_hub_pass(f->hub, 10 * CONTROL_STUCK_MS);
    assert_int_equal(answer(f, VICI_CMD_REQUEST, "versio"), VICI_CMD_UNKNOWN);
}

static void test_unfinished_request_is_waited_for_so_long(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(write(f->client.fd, "\0\0\0\x09\0", 5), 5);
    fake_hub_run(f->hub);
    fake_hub_pass(f->hub, CONTROL_STUCK_MS - 1);
    assert_int_equal(write(f->client.fd, "\7", 1), 1);
    fake_hub_run(f->hub);
    assert_int_equal(f->control->client_count, 1);
    fake_hub_pass(f->hub, 1);
    assert_int_equal(f->control->client_count, 0);
}

static void test_idle_client_may_stay(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(answer(f, VICI_CMD_REQUEST, "version"), VICI_CMD_RESPONSE);
    fake_hub_pass(f->hub, 100 * CONTROL_STUCK_MS);
    assert_int_equal(f->control->client_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers_a_command),
        TEST(test_says_what_it_does_not_know),
        TEST(test_registers_events),
        TEST(test_garbage_closes),
        TEST(test_malformed_packet_closes),
        TEST(test_what_servers_send_closes),
        TEST(test_requests_in_one_write_are_answered_in_order),
        TEST(test_half_closed_client_gets_its_answer),
        TEST(test_client_that_goes_is_forgotten),
        TEST(test_client_that_does_not_read_is_not_read),
        TEST(test_client_that_does_not_read_is_dropped_in_the_end),
        TEST(test_client_that_reads_again_is_served_again),
        TEST(test_unfinished_request_is_waited_for_so_long),
        TEST(test_idle_client_may_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
