/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/possession.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/hub_state.h"
#include "shard/keep/ownership.h"
#include "tests/memory_store.h"

/*
 * A control thread, which is the test's, and two shards, of a node that is called `a`; the other
 * estate is `b`. The store has no records. Each test goes on from one phase to the next.
 */

enum { SHARDS = 2, LEASE_MS = 600, A = 0, B, ESTATES };

static const struct hub_estate estates[ESTATES] = {{.name = "a"}, {.name = "b"}};

/* The store says whose an estate is; each question is answered in the next round. */
static struct {
    bool held[ESTATES]; /* by another node */
    bool answers;       /* at all */
    uint64_t token;     /* of the last claim */
    unsigned claims[ESTATES];
    unsigned releases;
    struct {
        unsigned number;
        uint64_t token;
        enum store_result result;
    } due[8];
    unsigned due_count;
} fake;

static struct {
    struct hub *hub;
    struct hub_ownership *ownership;
    struct hub_storage storage;
    struct hub_timer look;
    bool (*step)(void); /* true: the test is over */
    struct hub_estate_request request;
    int done;
    const char *error;
} t;

/* -------------------------------------------------------------------------- the store */

static unsigned number_of(const char *estate)
{
    return strcmp(estate, "a") == 0 ? A : B;
}

static void answer(const char *estate, uint64_t token, enum store_result result)
{
    const unsigned number = number_of(estate);
    if (!fake.answers)
        result = STORE_AWAY;
    assert_true(fake.due_count < x4m_countof(fake.due));
    fake.due[fake.due_count].number = number;
    fake.due[fake.due_count].token = token;
    fake.due[fake.due_count++].result = result;
}

static void claim(struct store_backend *backend, const char *estate, uint64_t at_least, bool force)
{
    const unsigned number = number_of(estate);
    (void)backend;
    fake.claims[number]++;
    if (force)
        fake.held[number] = false;
    fake.token = x4m_max(fake.token, at_least) + 1;
    answer(estate, fake.token, fake.held[number] ? STORE_FENCED : STORE_DONE);
}

static void renew(struct store_backend *backend, const struct store_estate *estate)
{
    (void)backend;
    answer(estate->name, estate->token,
           fake.held[number_of(estate->name)] ? STORE_FENCED : STORE_DONE);
}

static void release(struct store_backend *backend, const struct store_estate *estate)
{
    (void)backend;
    fake.releases++;
    answer(estate->name, 0, STORE_DONE);
}

static x4_msec tick(struct store_backend *backend, x4_msec now)
{
    const unsigned count = fake.due_count;
    fake.due_count = 0;
    for (unsigned i = 0; backend->host && i < count; i++)
        backend->host->owned(backend->host->context, estates[fake.due[i].number].name,
                             fake.due[i].token, "other", fake.due[i].result);
    return memory_tick(backend, now);
}

/* The shards' stores have nobody who asks whose an estate is. */
static struct store_backend *open_store(const struct store_options *options,
                                        const struct store_host *host, struct store_error *error)
{
    return memory_open(options, host, error);
}

static const struct store_backend_ops shard_ops = {
    .open = open_store,
    .close = memory_close,
    .write = memory_write,
    .load = memory_load,
    .ready = memory_ready,
    .tick = memory_tick,
};

static const struct store_backend_ops control_ops = {
    .open = open_store,
    .close = memory_close,
    .claim = claim,
    .renew = renew,
    .release = release,
    .ready = memory_ready,
    .tick = tick,
};

/* -------------------------------------------------------------------------- the node */

static void ignore(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    (void)text;
}

static void on_look(struct hub *hub, struct hub_timer *timer)
{
    if (t.step())
        hub_stop(hub);
    else
        hub_timer_set(hub, timer, 2);
}

static void on_done(struct hub_estate_request *request, const char *error)
{
    (void)request;
    t.done++;
    t.error = error;
}

static struct hub_config *parse(void)
{
    static const char conf[] =
        "connections { site { version = 1\n local { auth = psk\n id = hub\n }\n"
        "remote { auth = psk\n } } }\n secrets { ike { secret = x\n } }\n";
    return hub_config_parse("test", conf, strlen(conf), ignore, NULL);
}

static int setup(void **state)
{
    static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};
    struct store_error problem;
    struct ring_error error;
    (void)state;
    memset(&t, 0, sizeof(t));
    memset(&fake, 0, sizeof(fake));
    memory_store_reset();
    fake.answers = true;
    t.storage = (struct hub_storage){.ops = &control_ops, .options = {.node = "a"}, .estate = "a"};
    t.storage.keys.count = 1;
    t.storage.copy.store = (struct hub_store){
        .estates = estates, .estate_count = ESTATES, .home = A, .redis.lease_ms = LEASE_MS};
    struct hub_config *config = parse();
    assert_non_null(config);
    struct hub_daemon daemon = config->daemon;
    daemon.listen = &loopback;
    daemon.listen_count = 1;
    daemon.port = daemon.port_nat_t = 0;
    daemon.shards = SHARDS;
    daemon.log_level = x4c_trace_error;
    static struct hub_log log;
    hub_log_init(&log, STDERR_FILENO, x4c_trace_error);
    t.ownership = hub_ownership_open(&t.storage, LEASE_MS, &log, &problem);
    assert_non_null(t.ownership);
    t.storage.ops = &shard_ops;
    const struct hub_options options = {
        .config = config,
        .daemon = &daemon,
        .kernel = &hub_kernel_null,
        .storage = &t.storage,
        .log_fd = STDERR_FILENO,
    };
    t.hub = hub_open(&options, &error);
    if (!t.hub)
        fail_msg("%s", error.text);
    return 0;
}

static void run(bool (*step)(void))
{
    t.step = step;
    t.look.fire = on_look;
    t.request.done = on_done;
    assert_true(hub_ownership_attach(t.ownership, t.hub));
    hub_timer_set(t.hub, &t.look, 0);
    assert_true(hub_run(t.hub));
}

static int teardown(void **state)
{
    (void)state;
    hub_close(t.hub);
    hub_ownership_close(t.ownership);
    return 0;
}

static struct possession *of(uint32_t number)
{
    return hub_ownership_possession(t.hub, number);
}

static bool is(uint32_t number, enum possession_phase phase)
{
    return of(number)->phase == phase;
}

static void ask(void (*wish)(struct possession *possession, struct hub_estate_request *request),
                uint32_t number)
{
    t.done = 0;
    wish(of(number), &t.request);
    hub_ownership_go_on(t.hub);
}

/* -------------------------------------------------------------------------- cases */

static bool own_is_served(void)
{
    return is(A, POSSESSION_SERVED);
}

static void test_own_is_taken(void **state)
{
    (void)state;
    run(own_is_served);
    assert_int_equal(fake.claims[B], 0);
}

static bool waits_for_its_own(void)
{
    if (fake.claims[A] == 2)
        fake.held[A] = false;
    return is(A, POSSESSION_SERVED);
}

static void test_own_is_waited_for(void **state)
{
    (void)state;
    fake.held[A] = true;
    run(waits_for_its_own);
    assert_in_range(fake.claims[A], 3, 4);
}

static bool takes_the_other(void)
{
    return is(B, POSSESSION_SERVED);
}

static void test_takeover(void **state)
{
    (void)state;
    t.storage.copy.store.takeover = true;
    fake.held[A] = true;
    run(takes_the_other);
    assert_true(is(A, POSSESSION_AWAY));
}

static int stage;

static bool adopts_and_hands_over(void)
{
    switch (stage) {
    case 0:
        if (!is(A, POSSESSION_SERVED))
            return false;
        ask(possession_adopt, A);
        assert_string_equal(t.error, "it is served here");
        ask(possession_hand_over, B);
        assert_string_equal(t.error, "it is not served here");
        fake.held[B] = true;
        ask(possession_adopt, B);
        return stage++ < 0;
    case 1:
        if (!t.done)
            return false;
        assert_null(t.error);
        assert_true(is(B, POSSESSION_SERVED));
        ask(possession_hand_over, B);
        return stage++ < 0;
    case 2:
        if (!t.done || !is(B, POSSESSION_AWAY))
            return false;
        assert_null(t.error);
        assert_int_equal(fake.releases, 1);
        return is(A, POSSESSION_SERVED);
    default:
        return true;
    }
}

static void test_adopted_and_handed_over(void **state)
{
    (void)state;
    stage = 0;
    run(adopts_and_hands_over);
    assert_int_equal(fake.claims[B], 1);
}

static bool loses_and_waits(void)
{
    if (stage == 0 && is(A, POSSESSION_SERVED)) {
        fake.held[A] = true;
        stage++;
    } else if (stage == 1 && is(A, POSSESSION_AWAY)) {
        fake.held[A] = false;
        stage++;
    }
    return stage == 2 && is(A, POSSESSION_SERVED);
}

static void test_lost_to_another_node(void **state)
{
    (void)state;
    stage = 0;
    run(loses_and_waits);
    assert_true(fake.claims[A] > 1);
}

static bool is_isolated_and_back(void)
{
    if (stage == 0 && is(A, POSSESSION_SERVED)) {
        fake.answers = false;
        stage++;
    } else if (stage == 1 && is(A, POSSESSION_AWAY)) {
        fake.answers = true;
        stage++;
    }
    return stage == 2 && is(A, POSSESSION_SERVED);
}

/* It is the same hold as before. */
static void test_isolated_stops(void **state)
{
    (void)state;
    stage = 0;
    t.storage.copy.store.isolated_stop = true;
    run(is_isolated_and_back);
    assert_int_equal(fake.claims[A], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_own_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_is_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_takeover, setup, teardown),
        cmocka_unit_test_setup_teardown(test_adopted_and_handed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_to_another_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_isolated_stops, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
