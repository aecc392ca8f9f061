/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/client.h"

#include "tests/unit/radius/radius_host.h"

#define REQUESTS 600

struct sent {
    size_t server;
    enum radius_service service;
    uint8_t data[RADIUS_PACKET_MAX];
    size_t len;
};

struct scene {
    struct hub_radius_server servers[2];
    struct hub_radius config;
    x4s_crypto *crypto;
    struct radius_client *client;
    struct radius_request requests[REQUESTS];
    struct sent last;
    unsigned sent[2]; /* by server */
    unsigned answered;
    unsigned unanswered;
    unsigned dropped;
    uint8_t code; /* of the last answer */
    x4_msec now;
};

static void on_send(void *context, size_t server, enum radius_service service, const void *data,
                    size_t len)
{
    struct scene *s = context;
    s->last = (struct sent){.server = server, .service = service, .len = len};
    memcpy(s->last.data, data, len);
    s->sent[server]++;
}

static void on_done(void *context, struct radius_request *request,
                    const struct radius_packet *answer)
{
    struct scene *s = context;
    assert_true(request >= s->requests && request < s->requests + REQUESTS);
    s->answered += answer != NULL;
    s->unanswered += answer == NULL;
    s->code = answer ? answer->code : 0;
}

static void on_dropped(void *context, struct radius_request *request)
{
    struct scene *s = context;
    (void)request;
    s->dropped++;
}

static int set_up(void **state)
{
    static struct scene s;
    s = (struct scene){
        .servers = {{.secret = chunk("one")}, {.secret = chunk("two")}},
        .config = {.server_count = 2, .timeout_ms = 1000, .tries = 2, .base_pct = 200},
        .now = 1000,
    };
    s.config.servers = s.servers;
    s.crypto = host_crypto(NULL, NULL);
    s.client = radius_client_new(
        &(const struct radius_client_options){&s.config, s.crypto, on_send, on_done, &s}, s.now);
    assert_non_null(s.client);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    radius_client_free(s->client, on_dropped);
    x4_crypto_free(s->crypto);
    return 0;
}

static bool ask(struct scene *s, size_t n, enum radius_service service)
{
    s->requests[n].service = service;
    s->requests[n].attributes = chunk("\x01\x03x");
    s->requests[n].password = chunk("p");
    return radius_client_ask(s->client, &s->requests[n], s->now);
}

/* Of the last packet that was sent. */
static void answer_as(struct scene *s, uint8_t code, x4s_chunk secret)
{
    struct radius_writer answer;
    const struct sent last = s->last;
    host_answer(s->crypto, last.data, last.len, code, (x4s_chunk){0}, secret, &answer);
    radius_client_receive(s->client, last.server, last.service, answer.data, answer.len, s->now);
}

static void pass(struct scene *s, x4_msec time)
{
    s->now += time;
    (void)radius_client_serve(s->client, s->now);
}

static const struct radius_counters *counters(const struct scene *s)
{
    return radius_client_counters(s->client);
}

static void answered(void **state)
{
    struct scene *s = *state;
    static const uint8_t codes[] = {RADIUS_ACCESS_ACCEPT, RADIUS_ACCESS_REJECT,
                                    RADIUS_ACCESS_CHALLENGE};
    for (size_t i = 0; i < sizeof(codes); i++) {
        assert_true(ask(s, i, RADIUS_AUTHENTICATION));
        answer_as(s, codes[i], chunk("one"));
        assert_int_equal(s->code, codes[i]);
    }
    assert_true(ask(s, 0, RADIUS_ACCOUNTING));
    assert_int_equal(s->last.service, RADIUS_ACCOUNTING);
    answer_as(s, RADIUS_ACCOUNTING_RESPONSE, chunk("one"));
    assert_int_equal(s->answered, 4);
    assert_true(radius_client_is_idle(s->client));
    assert_int_equal(radius_client_serve(s->client, s->now), x4c_never);
}

/* The same bytes at 1, 2 and 4 seconds, then the other server, then nobody. */
static void silence(void **state)
{
    struct scene *s = *state;
    assert_true(ask(s, 0, RADIUS_AUTHENTICATION));
    const struct sent first = s->last;
    assert_in_range(radius_client_serve(s->client, s->now), 1, 1000);
    pass(s, 1000);
    assert_int_equal(s->sent[0], 2);
    assert_memory_equal(s->last.data, first.data, first.len);
    pass(s, 2000);
    assert_int_equal(s->sent[0], 3);
    pass(s, 4000);
    assert_int_equal(s->sent[0], 3);
    assert_int_equal(s->sent[1], 1);
    assert_int_equal(s->unanswered, 0);
    pass(s, 1000);
    pass(s, 2000);
    pass(s, 4000);
    assert_int_equal(s->sent[1], 3);
    assert_int_equal(s->unanswered, 1);
    assert_int_equal(counters(s)->unanswered, 1);
    assert_int_equal(counters(s)->resends, 4);
    assert_true(radius_client_is_idle(s->client));
}

static void give_up_the_first(struct scene *s)
{
    assert_true(ask(s, 0, RADIUS_AUTHENTICATION));
    pass(s, 1000);
    pass(s, 2000);
    pass(s, 4000);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("two"));
    assert_int_equal(s->answered, 1);
}

/* A silent server is left alone for a while, and asked again then. */
static void failover(void **state)
{
    struct scene *s = *state;
    give_up_the_first(s);
    assert_true(ask(s, 1, RADIUS_AUTHENTICATION));
    assert_int_equal(s->last.server, 1);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("two"));
    pass(s, RADIUS_AWAY_MS);
    assert_true(ask(s, 2, RADIUS_AUTHENTICATION));
    assert_int_equal(s->last.server, 0);
}

/* Where all are silent the first one is asked all the same. */
static void all_away(void **state)
{
    struct scene *s = *state;
    silence(state);
    assert_true(ask(s, 1, RADIUS_AUTHENTICATION));
    assert_int_equal(s->last.server, 0);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("one"));
    assert_int_equal(s->answered, 1);
    assert_true(ask(s, 2, RADIUS_AUTHENTICATION));
    assert_int_equal(s->last.server, 0);
}

static void lies(void **state)
{
    struct scene *s = *state;
    assert_true(ask(s, 0, RADIUS_AUTHENTICATION));
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("guess"));
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("two"));
    assert_int_equal(counters(s)->unproven, 2);
    answer_as(s, RADIUS_ACCOUNTING_RESPONSE, chunk("one"));
    radius_client_receive(s->client, 0, RADIUS_AUTHENTICATION, "x", 1, s->now);
    radius_client_receive(s->client, 1, RADIUS_AUTHENTICATION, s->last.data, s->last.len, s->now);
    assert_int_equal(counters(s)->unexpected, 3);
    assert_int_equal(s->answered, 0);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("one"));
    assert_int_equal(s->answered, 1);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("one")); /* once more */
    assert_int_equal(s->answered, 1);
}

/* 256 wait for the server, others wait here until one of them is answered or the time is up. */
static void queue(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < RADIUS_IDENTIFIERS + 2; i++)
        assert_true(ask(s, i, RADIUS_AUTHENTICATION));
    assert_int_equal(s->sent[0], RADIUS_IDENTIFIERS);
    answer_as(s, RADIUS_ACCESS_ACCEPT, chunk("one"));
    assert_int_equal(s->sent[0], RADIUS_IDENTIFIERS + 1);
    assert_true(ask(s, REQUESTS - 1, RADIUS_ACCOUNTING)); /* has identifiers of its own */
    assert_int_equal(s->sent[0], RADIUS_IDENTIFIERS + 2);
    assert_false(radius_client_is_idle(s->client));
}

static void many_silent(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < REQUESTS; i++)
        assert_true(ask(s, i, RADIUS_AUTHENTICATION));
    for (int i = 0; i < 200; i++)
        pass(s, 1000);
    assert_int_equal(s->unanswered, REQUESTS);
    assert_true(radius_client_is_idle(s->client));
}

static void dropped(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < 300; i++)
        assert_true(ask(s, i, RADIUS_AUTHENTICATION));
    radius_client_free(s->client, on_dropped);
    s->client = NULL;
    assert_int_equal(s->dropped, 300);
}

static void too_long(void **state)
{
    static const uint8_t password[RADIUS_PASSWORD_MAX + 1];
    struct scene *s = *state;
    s->requests[0].password = (x4s_chunk){password, sizeof(password)};
    assert_false(radius_client_ask(s->client, &s->requests[0], s->now));
    assert_int_equal(counters(s)->refused, 1);
    assert_true(radius_client_is_idle(s->client));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answered), TEST(silence), TEST(failover),    TEST(all_away), TEST(lies),
        TEST(queue),    TEST(dropped), TEST(many_silent), TEST(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
