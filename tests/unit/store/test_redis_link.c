/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_link.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "tests/unit/store/fake_redis.h"

#define ASKED "$4\r\nINFO\r\n$6\r\nserver\r\n"
#define PING  "*1\r\n$4\r\nPING\r\n"

/* One link and its server. */
static struct {
    struct fake fake;
    struct redis_poll poll;
    struct redis_link_options options;
    struct redis_link link;
    unsigned ready;
    unsigned down;
    unsigned messages;
    char message[64];
    bool fails_when_ready;
    struct redis_wait wait;
    unsigned answers;
    unsigned losses;
    long long number; /* of the last answer */
} t;

static void on_ready(void *user, struct redis_link *link)
{
    (void)user;
    t.ready++;
    if (t.fails_when_ready)
        redis_link_fail(link, "not wanted");
}

static void on_down(void *user, struct redis_link *link)
{
    (void)user;
    assert_int_equal(link->state, REDIS_LINK_DOWN);
    t.down++;
}

static void on_message(void *user, struct redis_link *link, const char *text)
{
    (void)user;
    (void)link;
    t.messages++;
    snprintf(t.message, sizeof(t.message), "%s", text);
}

static void on_answer(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    assert_ptr_equal(wait, &t.wait);
    t.answers += reply != NULL;
    t.losses += reply == NULL;
    if (reply)
        t.number = reply->integer;
    else
        assert_false(redis_link_send(link, (const uint8_t *)PING, strlen(PING), wait));
}

static int setup(void **state)
{
    const struct redis_link_events events = {
        .ready = on_ready, .down = on_down, .message = on_message};

    (void)state;
    memset(&t, 0, sizeof(t));
    t.wait.answer = on_answer;
    t.options = (struct redis_link_options){.connect_ms = 1000, .answer_ms = 500, .idle_ms = 2000};
    fake_open(&t.fake);
    assert_true(redis_poll_open(&t.poll));
    t.poll.now = 1000;
    redis_link_init(&t.link, &t.poll, &t.options, &events, 1);
    redis_link_target(&t.link, &t.fake.address);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    redis_link_stop(&t.link);
    assert_null(t.link.context);
    redis_poll_close(&t.poll);
    fake_close(&t.fake);
    return 0;
}

/* Connected, and the server has read the greeting. */
static void greet(void)
{
    t.poll.now = x4m_max(t.poll.now, t.link.retry_ms);
    (void)redis_link_tick(&t.link);
    fake_accept(&t.fake);
    fake_hear(&t.fake, &t.link, t.options.sentinel ? PING : ASKED);
}

static void make_ready(void)
{
    greet();
    fake_say(&t.fake, t.options.sentinel ? "+PONG\r\n" : FAKE_ID FAKE_INFO);
    if (t.link.left)
        fake_say(&t.fake, ":1\r\n"); /* it was told to forget the connection before */
    fake_until(&t.link, REDIS_LINK_READY);
}

static void ask(void)
{
    assert_true(redis_link_send(&t.link, (const uint8_t *)PING, strlen(PING), &t.wait));
}

static void wait_for_answers(unsigned answers)
{
    for (int i = 0; i < FAKE_TURNS_MAX && t.answers < answers; i++) {
        assert_true(fake_wait(t.poll.fd));
        redis_poll_turn(&t.poll);
    }
    assert_int_equal(t.answers, answers);
}

static void test_greeting(void **state)
{
    static const char wanted[] = "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$6\r\nsecret\r\n"
                                 "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
                                 "*1\r\n$4\r\nROLE\r\n"
                                 "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n"
                                 "*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n";

    (void)state;
    t.options.user = "me";
    t.options.password = "secret";
    t.options.database = 3;
    t.options.primary = true;
    greet();
    assert_string_equal(t.fake.input, wanted);
    fake_say(&t.fake, "+OK\r\n+OK\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n" FAKE_ID FAKE_INFO);
    fake_until(&t.link, REDIS_LINK_READY);
    assert_int_equal(t.ready, 1);
    assert_int_equal(t.link.client, 7);
    assert_int_not_equal(t.link.server, 0);
}

static void test_password_of_the_default_user(void **state)
{
    (void)state;
    t.options.password = "secret";
    greet();
    assert_non_null(strstr(t.fake.input, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"));
}

static void test_greeting_refused(void **state)
{
    static const struct {
        const char *replies;
        const char *error;
    } cases[] = {
        {"-WRONGPASS invalid\r\n", "WRONGPASS invalid"},
        {"+OK\r\n-NOPERM no\r\n", "NOPERM no"},
        {"+OK\r\n*1\r\n$5\r\nslave\r\n", "the server is no primary"},
        {"+OK\r\n+OK\r\n", "the server is no primary"},
        {"+OK\r\n*0\r\n", "the server is no primary"},
        {"+OK\r\n*1\r\n$6\r\nmaster\r\n" FAKE_ID "$1\r\nx\r\n",
         "the server does not tell its run_id"},
    };

    (void)state;
    t.options.password = "secret";
    t.options.primary = true;
    for (unsigned i = 0; i < x4m_countof(cases); i++) {
        greet();
        fake_say(&t.fake, cases[i].replies);
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_string_equal(t.link.error, cases[i].error);
        assert_int_equal(t.down, i + 1);
    }
    assert_int_equal(t.ready, 0);
}

static void test_answers_in_order(void **state)
{
    (void)state;
    make_ready();
    for (int i = 0; i < 3; i++)
        ask();
    fake_hear(&t.fake, &t.link, PING PING PING);
    fake_say(&t.fake, ":1\r\n:2\r\n");
    wait_for_answers(2);
    assert_int_equal(t.number, 2);
    fake_hang_up(&t.fake);
    fake_until(&t.link, REDIS_LINK_DOWN);
    assert_int_equal(t.losses, 1);
    assert_string_equal(t.link.error, "Server closed the connection");
}

static void test_commands_before_it_is_ready(void **state)
{
    (void)state;
    assert_false(redis_link_send(&t.link, (const uint8_t *)PING, strlen(PING), &t.wait));
    greet();
    assert_false(redis_link_send(&t.link, (const uint8_t *)PING, strlen(PING), &t.wait));
}

/* hiredis 0.14 ends the process for most of these. */
static void test_replies_that_nobody_asked_for(void **state)
{
    static const char *const replies[] = {
        "+OK\r\n",
        ":1\r\n",
        "$1\r\na\r\n",
        "$-1\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*1\r\n+OK\r\n",
        "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
        "-ERR max number of clients reached\r\n",
    };

    (void)state;
    for (unsigned i = 0; i < x4m_countof(replies); i++) {
        make_ready();
        fake_say(&t.fake, replies[i]);
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_int_equal(t.down, i + 1);
    }
    assert_string_equal(t.link.error, "ERR max number of clients reached");
}

static void test_garbage(void **state)
{
    static const char *const replies[] = {
        "\0\0\0\0",
        "HTTP/1.1 400 Bad Request\r\n",
        ":abc\r\n",
        ":99999999999999999999\r\n",
        "$99999999999999999999\r\n",
        "$-2\r\n",
        "*99999999999999999999\r\n",
        "*-2\r\n",
        "*300000\r\n",
        "*2\r\n*262143\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
    };

    (void)state;
    for (unsigned i = 0; i < x4m_countof(replies); i++) {
        make_ready();
        ask();
        fake_hear(&t.fake, &t.link, PING);
        fake_send(&t.fake, replies[i], i == 0 ? 4 : strlen(replies[i]));
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_int_equal(t.losses, i + 1);
    }
    assert_int_equal(t.answers, 0);
}

/* Byte by byte, and broken off after each of them. */
static void test_cut_anywhere(void **state)
{
    static const char replies[] = "*2\r\n$6\r\nmaster\r\n*1\r\n:-5\r\n" FAKE_ID FAKE_INFO;

    (void)state;
    t.options.primary = true;
    for (size_t cut = 0; cut < strlen(replies); cut++) {
        greet();
        for (size_t i = 0; i < cut; i++) {
            fake_send(&t.fake, &replies[i], 1);
            fake_turn(&t.link);
        }
        fake_hang_up(&t.fake);
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_int_equal(t.ready, 0);
    }
    greet();
    for (size_t i = 0; i < strlen(replies); i++) {
        fake_send(&t.fake, &replies[i], 1);
        fake_turn(&t.link);
    }
    fake_until(&t.link, REDIS_LINK_READY);
}

static void test_long_reply(void **state)
{
    static char block[1 << 16];

    (void)state;
    memset(block, 'x', sizeof(block));
    make_ready();
    ask();
    fake_hear(&t.fake, &t.link, PING);
    fake_say(&t.fake, "$100000000\r\n");
    for (size_t sent = 0; sent < 2 * REDIS_LINK_REPLY_MAX && t.link.context;
         sent += sizeof(block)) {
        if (send(t.fake.peer, block, sizeof(block), MSG_NOSIGNAL) < 0)
            break;
        for (int i = 0; i < 8 && t.link.context; i++)
            redis_poll_turn(&t.poll);
    }
    fake_until(&t.link, REDIS_LINK_DOWN);
    assert_string_equal(t.link.error, "the reply is too long");
    assert_int_equal(t.losses, 1);
}

static void test_no_answer_to_the_greeting(void **state)
{
    (void)state;
    greet();
    t.poll.now += t.options.connect_ms - 1;
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.link.state, REDIS_LINK_CONNECTING);
    t.poll.now++;
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.link.state, REDIS_LINK_DOWN);
    assert_string_equal(t.link.error, "no connection in time");
}

static void test_no_answer(void **state)
{
    (void)state;
    make_ready();
    (void)redis_link_tick(&t.link);
    t.poll.now += 1500; /* idle before, which does not count */
    ask();
    (void)redis_link_tick(&t.link);
    t.poll.now += t.options.answer_ms - 1;
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.losses, 0);
    t.poll.now++;
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.losses, 1);
    assert_string_equal(t.link.error, "no answer in time");
}

/* Each answer is a sign of life for those behind it. */
static void test_slow_answers(void **state)
{
    (void)state;
    make_ready();
    for (int i = 0; i < 4; i++)
        ask();
    fake_hear(&t.fake, &t.link, PING PING PING PING);
    for (unsigned i = 1; i < 4; i++) {
        (void)redis_link_tick(&t.link);
        t.poll.now += t.options.answer_ms - 1;
        fake_say(&t.fake, ":1\r\n");
        wait_for_answers(i);
    }
    assert_int_equal(t.losses, 0);
}

static void test_idle_server_is_asked(void **state)
{
    (void)state;
    make_ready();
    (void)redis_link_tick(&t.link);
    t.poll.now += t.options.idle_ms;
    (void)redis_link_tick(&t.link);
    fake_hear(&t.fake, &t.link, PING);
    t.poll.now += t.options.answer_ms;
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.link.state, REDIS_LINK_DOWN);
}

static void test_nobody_there(void **state)
{
    x4_msec last = 0;

    (void)state;
    close(t.fake.listener);
    for (int i = 0; i < 10; i++) {
        t.poll.now = x4m_max(t.poll.now, t.link.retry_ms);
        (void)redis_link_tick(&t.link);
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_true(t.link.retry_ms > t.poll.now);
        last = t.link.retry_ms - t.poll.now;
        assert_int_equal(redis_link_tick(&t.link), t.link.retry_ms);
    }
    assert_string_equal(t.link.error, "Connection refused");
    assert_in_range(last, REDIS_BACKOFF_MAX_MS / 2, REDIS_BACKOFF_MAX_MS);
    fake_open(&t.fake);
}

static void test_no_socket(void **state)
{
    struct redis_address none;

    (void)state;
    assert_true(redis_address_parse("/nonexistent/redis.sock", 1, &none));
    redis_link_target(&t.link, &none);
    (void)redis_link_tick(&t.link);
    assert_int_equal(t.down, 1);
    assert_string_equal(t.link.error, "No such file or directory");
}

#define KILL "*4\r\n$6\r\nCLIENT\r\n$4\r\nKILL\r\n$2\r\nID\r\n$1\r\n7\r\n"

static void test_former_connection_is_forgotten(void **state)
{
    (void)state;
    make_ready();
    fake_hang_up(&t.fake);
    fake_until(&t.link, REDIS_LINK_DOWN);
    greet();
    fake_say(&t.fake, ":8\r\n" FAKE_INFO);
    fake_hear(&t.fake, &t.link, KILL);
    assert_int_equal(t.link.state, REDIS_LINK_CONNECTING);
    fake_say(&t.fake, ":1\r\n");
    fake_until(&t.link, REDIS_LINK_READY);
    assert_int_equal(t.link.client, 8);
}

/* One that was not used meanwhile does not matter. */
static void test_former_connection_is_forgotten_at_last(void **state)
{
    (void)state;
    make_ready();
    fake_hang_up(&t.fake);
    fake_until(&t.link, REDIS_LINK_DOWN);
    greet();
    fake_say(&t.fake, ":8\r\n" FAKE_INFO);
    fake_hear(&t.fake, &t.link, KILL);
    fake_hang_up(&t.fake);
    fake_until(&t.link, REDIS_LINK_DOWN);
    greet();
    fake_say(&t.fake, ":9\r\n" FAKE_INFO);
    fake_hear(&t.fake, &t.link, KILL);
}

/* The numbers of its connections are no longer ours. */
static void test_restarted_server_has_nothing_to_forget(void **state)
{
    (void)state;
    make_ready();
    const uint64_t before = t.link.server;
    fake_hang_up(&t.fake);
    fake_until(&t.link, REDIS_LINK_DOWN);
    greet();
    fake_say(&t.fake, FAKE_ID "$29\r\n# Server\r\nrun_id:0123456780\r\n\r\n");
    fake_until(&t.link, REDIS_LINK_READY);
    assert_int_not_equal(t.link.server, before);
}

static void test_ended_from_within(void **state)
{
    (void)state;
    t.fails_when_ready = true;
    greet();
    fake_say(&t.fake, FAKE_ID FAKE_INFO);
    fake_until(&t.link, REDIS_LINK_DOWN);
    assert_int_equal(t.ready, 1);
    assert_int_equal(t.down, 1);
    assert_string_equal(t.link.error, "not wanted");
}

static void test_other_address(void **state)
{
    struct fake other;

    (void)state;
    make_ready();
    ask();
    fake_open(&other);
    redis_link_target(&t.link, &other.address);
    assert_int_equal(t.losses, 1);
    assert_int_equal(t.down, 1);
    redis_link_target(&t.link, &other.address);
    (void)redis_link_tick(&t.link);
    fake_accept(&other);
    fake_close(&other);
}

#define CONFIRMED "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"

static void subscribe(void)
{
    t.options.sentinel = true;
    t.options.channel = "news";
    make_ready();
    fake_hear(&t.fake, &t.link, "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n");
}

static void test_messages(void **state)
{
    (void)state;
    subscribe();
    fake_say(&t.fake, CONFIRMED "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
                                "*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$1\r\nx\r\n");
    for (int i = 0; i < FAKE_TURNS_MAX && !t.messages; i++) {
        assert_true(fake_wait(t.poll.fd));
        redis_poll_turn(&t.poll);
    }
    assert_int_equal(t.messages, 1);
    assert_string_equal(t.message, "hello");
    assert_int_equal(t.link.state, REDIS_LINK_READY);
    t.poll.now += 100000; /* there may be no news */
    assert_int_equal(redis_link_tick(&t.link), x4c_never);
}

static void test_bad_messages(void **state)
{
    static const char *const pushes[] = {
        "+OK\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*1\r\n$7\r\nmessage\r\n",
        "*2\r\n$7\r\nmessage\r\n$4\r\nnews\r\n",
        "*4\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\na\r\n$1\r\na\r\n",
        "*3\r\n:1\r\n$4\r\nnews\r\n:1\r\n",
        "*3\r\n$-1\r\n$4\r\nnews\r\n:1\r\n",
        "*3\r\n$7\r\nmessage\r\n:1\r\n$1\r\na\r\n",
        "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\na\r\n",
        "*3\r\n*0\r\n$4\r\nnews\r\n$1\r\na\r\n",
        "*3\r\n$7\r\nmessage\r\n*0\r\n$1\r\na\r\n",
        "*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n$1\r\na\r\n",
        "*3\r\n$8\r\npmessage\r\n$4\r\nnews\r\n$1\r\na\r\n",
        "*3\r\n*1\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\na\r\n",
        "-NOPERM no\r\n",
    };

    (void)state;
    for (unsigned i = 0; i < x4m_countof(pushes); i++) {
        subscribe();
        fake_say(&t.fake, CONFIRMED);
        fake_say(&t.fake, pushes[i]);
        fake_until(&t.link, REDIS_LINK_DOWN);
        assert_int_equal(t.down, i + 1);
    }
    assert_int_equal(t.messages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_greeting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_password_of_the_default_user, setup, teardown),
        cmocka_unit_test_setup_teardown(test_greeting_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_commands_before_it_is_ready, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replies_that_nobody_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_answer_to_the_greeting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idle_server_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_former_connection_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_former_connection_is_forgotten_at_last, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_restarted_server_has_nothing_to_forget, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_ended_from_within, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_messages, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
