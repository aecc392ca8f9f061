/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Dead peer detection (RFC 3706): who is asked when, who is dead, and which questions and answers
 * count. An eavesdropper with the keys reads what is asked, and asks for himself.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    DPD_SEC = 10,
    IDLE_MS = DPD_SEC * 1000,
    TRIES = 5, /* default of x4s_ike_timing */
    TRIES_MS = 1000 + 2000 + 4000 + 8000 + 16000,
    SLACK_MS = 20, /* what is under way, and the grain of timers */
    KEPT_MAX = 2000,
    ARE_YOU_THERE = 36136, /* RFC 3706 5.3 */
    ARE_YOU_THERE_ACK = 36137,
    DATA_AT = 24, /* in the body of such a notify: DOI, protocol, SPI size, type, cookies */
};

/* A question or an answer that was sent. */
struct word {
    x4_msec at;
    bool by_alice;
    uint16_t type;
    uint32_t sequence;
};

struct world {
    struct pair pair;
    struct spy *spy;
    struct word words[KEPT_MAX];
    unsigned count;
    int hidden; /* this message of the handshake does not say that its sender knows DPD; 0 none */
    int messages;
    uint32_t forged; /* message ID of the last forgery */
};

static void hear(struct world *world)
{
    const struct spy_message *last = &world->spy->last;
    struct wire_part notify;
    if (!last->opened || last->plain[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL ||
        !wire_find(last->plain, last->plain_len, WIRE_NOTIFY, &notify))
        return;
    const uint8_t *body = last->plain + notify.at + WIRE_GENERIC;
    assert_true(world->count < KEPT_MAX);
    world->words[world->count++] = (struct word){
        .at = world->pair.sim->now,
        .by_alice = x4_net_addr_equal(&last->datagram->from, &world->pair.alice->addr),
        .type = wire_u16(body + 6),
        .sequence = wire_u32(body + DATA_AT),
    };
}

/* Sends the same message with an unknown vendor ID in the place of that of DPD. */
static void hide(struct world *world, const struct sim_datagram *datagram)
{
    struct sim *sim = world->pair.sim;
    uint8_t message[SPY_MESSAGE_MAX];
    struct wire_part part;
    unsigned vendors = 0;
    memcpy(message, datagram->data, datagram->len);
    assert_true(wire_first(message, datagram->len, &part));
    while (wire_next(message, datagram->len, &part)) {
        vendors += part.type == WIRE_VENDOR_ID;
        message[part.at + WIRE_GENERIC] ^= 1;
    }
    assert_int_equal(vendors, 1);
    sim_network_send(&sim->network, sim->now, &datagram->from, &datagram->to, message,
                     datagram->len);
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    if (++world->messages == world->hidden) {
        hide(world, datagram);
        return false;
    }
    if (spy_see(world->spy, datagram))
        hear(world);
    return true;
}

static void prepare(struct world *world, uint32_t alice_sec, uint32_t bob_sec)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    pair->alice->config1.dpd_sec = alice_sec;
    pair->bob->config1.dpd_sec = bob_sec;
    world->spy = spy_new(pair->alice);
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
}

static struct world *open_world(uint32_t alice_sec, uint32_t bob_sec)
{
    static struct world world;
    prepare(&world, alice_sec, bob_sec);
    pair_connect(&world.pair);
    return &world;
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

static unsigned count(const struct world *world, bool by_alice, uint16_t type)
{
    unsigned found = 0;
    for (unsigned i = 0; i < world->count; i++)
        found += world->words[i].by_alice == by_alice && world->words[i].type == type;
    return found;
}

static unsigned questions(const struct world *world, bool by_alice)
{
    return count(world, by_alice, ARE_YOU_THERE);
}

static unsigned answers(const struct world *world, bool by_alice)
{
    return count(world, by_alice, ARE_YOU_THERE_ACK);
}

static const struct word *last_word(const struct world *world)
{
    assert_true(world->count > 0);
    return &world->words[world->count - 1];
}

static void test_off_by_default(void **state) /* req 3706-5.4-1 */
{
    (void)state;
    struct world *world = open_world(0, 0);
    assert_true(world->pair.a->keys1.knows_dpd && world->pair.b->keys1.knows_dpd);
    sim_run(world->pair.sim, 100 * IDLE_MS);
    assert_int_equal(world->count, 0);
    close_world(world);
}

/* An idle peer is asked, again and again, each time by the next number, and answers with it. */
static void test_idle_peer_is_asked(void **state) /* req 3706-5.1-1 3706-5.3-1 3706-5.3-8 */
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct world *world = open_world(by_alice ? DPD_SEC : 0, by_alice ? 0 : DPD_SEC);
        sim_run(world->pair.sim, IDLE_MS - SLACK_MS);
        assert_int_equal(world->count, 0);
        sim_run(world->pair.sim, 9 * IDLE_MS + 11 * SLACK_MS);
        assert_int_equal(questions(world, by_alice), 10);
        assert_int_equal(answers(world, !by_alice), 10);
        assert_int_equal(questions(world, !by_alice), 0);
        for (unsigned i = 0; i < world->count; i++) {
            assert_int_equal(world->words[i].sequence, world->words[0].sequence + i / 2);
            assert_true(world->words[i].sequence <= 0x7fffffff);
        }
        assert_true(sim_complete(world->pair.a) && sim_complete(world->pair.b));
        close_world(world);
    }
}

/* A question is a sign of life too: who would ask later need not. */
static void test_both_would_ask(void **state) /* req 3706-6.2-1 */
{
    (void)state;
    struct world *world = open_world(DPD_SEC, DPD_SEC + 1);
    sim_run(world->pair.sim, 60 * IDLE_MS);
    assert_in_range(questions(world, true), 59, 60);
    assert_int_equal(answers(world, false), questions(world, true));
    assert_int_equal(questions(world, false), 0);
    assert_true(sim_complete(world->pair.a) && sim_complete(world->pair.b));
    close_world(world);
}

static void test_traffic_postpones(void **state) /* req 3706-5.4-2 3706-5.4-3 */
{
    (void)state;
    struct world *world = open_world(DPD_SEC, DPD_SEC);
    for (unsigned i = 0; i < 10; i++) {
        sim_run(world->pair.sim, IDLE_MS * 8 / 10);
        pair_quick(i % 2 ? world->pair.a : world->pair.b);
    }
    assert_int_equal(world->count, 0);
    x4_msec since = world->pair.sim->now;
    sim_run(world->pair.sim, IDLE_MS + SLACK_MS);
    assert_in_range(world->words[0].at - since, IDLE_MS - SLACK_MS, IDLE_MS + SLACK_MS);
    close_world(world);
}

/* Asked five times by the same number, at intervals that double; then it is dead, for either. */
static void test_dead_peer(void **state) /* req 3706-5.5-1 3706-5.5-3 */
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct world *world = open_world(by_alice ? DPD_SEC : 0, by_alice ? 0 : DPD_SEC);
        const struct sim_xchg *sa = by_alice ? world->pair.a : world->pair.b;
        const struct sim_xchg *quick = pair_quick(world->pair.a);
        x4_msec idle_since = world->pair.sim->now;
        (by_alice ? world->pair.bob : world->pair.alice)->deaf = true;
        sim_run(world->pair.sim, IDLE_MS + TRIES_MS + 2 * SLACK_MS);
        assert_true(sim_ended(sa, x4c_ike_dead_peer));
        assert_in_range(sa->disposed_at - idle_since, IDLE_MS + TRIES_MS - SLACK_MS,
                        IDLE_MS + TRIES_MS + SLACK_MS);
        assert_int_equal(world->count, TRIES);
        for (unsigned i = 0; i < TRIES; i++) {
            assert_int_equal(world->words[i].sequence, world->words[0].sequence);
            x4_msec interval = world->words[i].at - world->words[0].at;
            assert_in_range(interval, 1000 * ((1u << i) - 1), 1000 * ((1u << i) - 1) + SLACK_MS);
        }
        assert_true(sim_complete(quick)); /* the user's to end */
        assert_int_equal(sa->node->stats.disposed1[x4c_ike_dead_peer], 1);
        sim_run(world->pair.sim, 10 * IDLE_MS);
        assert_int_equal(world->count, TRIES);
        close_world(world);
    }
}

static void test_own_timing(void **state) /* req 3706-5.5-2 */
{
    (void)state;
    static struct world world;
    prepare(&world, DPD_SEC, 0);
    world.pair.alice->config.timing =
        (x4s_ike_timing){.resend_first_ms = 100, .resend_max_ms = 200, .resend_tries = 3};
    pair_connect(&world.pair);
    x4_msec since = world.pair.sim->now;
    world.pair.bob->deaf = true;
    sim_run(world.pair.sim, 2 * IDLE_MS);
    assert_true(sim_ended(world.pair.a, x4c_ike_dead_peer));
    assert_int_equal(world.count, 3);
    assert_in_range(world.pair.a->disposed_at - since, IDLE_MS + 500 - SLACK_MS,
                    IDLE_MS + 500 + SLACK_MS);
    close_world(&world);
}

/* Whoever wishes asks at once, without a schedule, and once for each wish. */
static void test_asked_at_a_wish(void **state) /* req 3706-5.1-1 */
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct world *world = open_world(0, 0);
        struct sim_xchg *sa = by_alice ? world->pair.a : world->pair.b;
        sim_run(world->pair.sim, IDLE_MS);
        for (unsigned i = 1; i <= 3; i++) {
            assert_true(sim_ask(sa));
            sim_run(world->pair.sim, IDLE_MS);
            assert_int_equal(questions(world, by_alice), i);
            assert_int_equal(answers(world, !by_alice), i);
            assert_int_equal(last_word(world)->sequence, world->words[0].sequence + i - 1);
        }
        assert_int_equal(questions(world, !by_alice), 0);
        assert_true(sim_complete(world->pair.a) && sim_complete(world->pair.b));
        close_world(world);
    }
}

/* Within a second of a sign of life, and while a question is open, a wish sends nothing. */
static void test_wishes_in_a_row(void **state)
{
    (void)state;
    struct world *world = open_world(0, 0);
    assert_true(sim_ask(world->pair.a));
    sim_settle(world->pair.sim);
    assert_int_equal(world->count, 0);
    sim_run(world->pair.sim, IDLE_MS);
    world->pair.bob->deaf = true;
    assert_true(sim_ask(world->pair.a));
    assert_true(sim_ask(world->pair.a));
    sim_run(world->pair.sim, SLACK_MS);
    assert_int_equal(world->count, 1);
    sim_run(world->pair.sim, TRIES_MS + SLACK_MS);
    assert_int_equal(world->count, TRIES);
    assert_true(sim_ended(world->pair.a, x4c_ike_dead_peer));
    close_world(world);
}

/* The schedule goes on from the answer to a wish. */
static void test_wish_within_a_schedule(void **state)
{
    (void)state;
    struct world *world = open_world(DPD_SEC, 0);
    sim_run(world->pair.sim, IDLE_MS / 2);
    assert_true(sim_ask(world->pair.a));
    sim_run(world->pair.sim, IDLE_MS - SLACK_MS);
    assert_int_equal(questions(world, true), 1);
    sim_run(world->pair.sim, 2 * SLACK_MS);
    assert_int_equal(questions(world, true), 2);
    close_world(world);
}

/* A peer that was away for less than that lives, and all begins anew with the next number. */
static void test_peer_comes_back(void **state)
{
    (void)state;
    struct world *world = open_world(DPD_SEC, 0);
    world->pair.bob->deaf = true;
    sim_run(world->pair.sim, IDLE_MS + TRIES_MS - 17 * 1000);
    assert_int_equal(questions(world, true), TRIES - 1);
    world->pair.bob->deaf = false;
    sim_run(world->pair.sim, 2 * 1000);
    assert_int_equal(answers(world, false), 1);
    uint32_t sequence = last_word(world)->sequence;
    sim_run(world->pair.sim, IDLE_MS + SLACK_MS);
    assert_int_equal(last_word(world)->sequence, sequence + 1);
    world->pair.bob->deaf = true;
    sim_run(world->pair.sim, IDLE_MS + TRIES_MS - 17 * 1000);
    assert_false(sim_ended(world->pair.a, x4c_ike_dead_peer));
    sim_run(world->pair.sim, 18 * 1000);
    assert_true(sim_ended(world->pair.a, x4c_ike_dead_peer));
    close_world(world);
}

/* Who did not say that it knows DPD is never asked, and still gets its answers. */
static void test_peer_that_does_not_know(void **state) /* req 3706-5.1-1 */
{
    (void)state;
    for (int hidden = 1; hidden <= 2; hidden++) {
        static struct world world;
        prepare(&world, DPD_SEC, DPD_SEC);
        world.hidden = hidden;
        pair_connect(&world.pair);
        assert_false(world.pair.a->keys1.knows_dpd); /* a responder only answers in kind */
        assert_false(sim_ask(world.pair.a));
        assert_int_equal(world.pair.b->keys1.knows_dpd, hidden == 2);
        sim_run(world.pair.sim, 10 * (IDLE_MS + SLACK_MS));
        assert_int_equal(questions(&world, true), 0);
        assert_int_equal(questions(&world, false), hidden == 2 ? 10 : 0);
        assert_int_equal(answers(&world, true), hidden == 2 ? 10 : 0);
        world.pair.alice->deaf = world.pair.bob->deaf = true;
        sim_run(world.pair.sim, IDLE_MS + TRIES_MS + SLACK_MS);
        assert_true(sim_complete(world.pair.a));
        assert_int_equal(sim_ended(world.pair.b, x4c_ike_dead_peer), hidden == 2);
        close_world(&world);
    }
}

static void test_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct pair pair = pair_new(seed);
        pair.alice->config1.dpd_sec = DPD_SEC;
        pair.bob->config1.dpd_sec = DPD_SEC + 1;
        pair_connect(&pair);
        pair.sim->network.loss_pct = pair.sim->network.duplicate_pct = 15;
        pair.sim->network.delay_max_ms = 900;
        sim_run(pair.sim, 30 * IDLE_MS);
        assert_true(sim_complete(pair.a) && sim_complete(pair.b));
        pair.sim->network.loss_pct = 100;
        sim_run(pair.sim, IDLE_MS + 1000 + TRIES_MS + 2000);
        assert_true(sim_ended(pair.a, x4c_ike_dead_peer));
        assert_true(sim_ended(pair.b, x4c_ike_dead_peer));
        sim_free(pair.sim);
    }
}

/* A notify message under the peers' keys, with so many bytes of the number, to Bob. */
static x4e_ike_reason forge_cut(struct world *world, uint16_t type, uint32_t sequence, size_t size)
{
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t number[4];
    wire_put(number, sizeof(number), sequence);
    size_t len = spy_notify(world->spy, ++world->forged, type, number, size, sealed);
    return sim_inject(world->pair.bob, &world->pair.alice->addr, sealed, len);
}

static x4e_ike_reason forge(struct world *world, uint16_t type, uint32_t sequence)
{
    return forge_cut(world, type, sequence, 4);
}

/* Every question is answered with its number; those that are not new do not count as life. */
/* req 3706-6.2-5 3706-6.2-6 3706-5.2-1 3706-6.1-2 */
static void test_order_of_questions(void **state)
{
    (void)state;
    static const struct {
        uint32_t before;
        uint32_t sequence;
        bool counts;
    } cases[] = {
        {1000, 1001, true},    {1000, 5000, true},     {1000, 1000, false},   {1000, 999, false},
        {1000, 0, false},      {0xffffffff, 0, true}, /* RFC 3706 6.2: it wraps */
        {0xfffffffe, 7, true}, {7, 0xfffffffe, false}, {0, 0x7fffffff, true},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct world *world = open_world(0, DPD_SEC);
        assert_int_equal(forge(world, ARE_YOU_THERE, cases[i].before), x4c_ike_none);
        assert_int_equal(answers(world, false), 1);
        assert_int_equal(last_word(world)->sequence, cases[i].before);
        sim_run(world->pair.sim, IDLE_MS / 2);
        assert_int_equal(forge(world, ARE_YOU_THERE, cases[i].sequence), x4c_ike_none);
        assert_int_equal(answers(world, false), 2);
        assert_int_equal(last_word(world)->sequence, cases[i].sequence);
        sim_run(world->pair.sim, IDLE_MS / 2 + SLACK_MS);
        assert_int_equal(questions(world, false), !cases[i].counts);
        close_world(world);
    }
}

/* The same bytes once more get no second answer. */
static void test_copied_question(void **state)
{
    (void)state;
    struct world *world = open_world(0, 0);
    assert_int_equal(forge(world, ARE_YOU_THERE, 5), x4c_ike_none);
    world->forged--;
    assert_int_equal(forge(world, ARE_YOU_THERE, 5), x4c_ike_replayed);
    assert_int_equal(answers(world, false), 1);
    close_world(world);
}

/* An answer counts while it is waited for, and with the number that was asked. */
static void test_false_answers(void **state) /* req 3706-6.1-3 3706-6.1-4 */
{
    (void)state;
    struct world *world = open_world(0, DPD_SEC);
    world->pair.alice->deaf = true;
    sim_run(world->pair.sim, IDLE_MS - 1000);
    assert_int_equal(forge(world, ARE_YOU_THERE_ACK, 1), x4c_ike_none);
    sim_run(world->pair.sim, 1500);
    assert_int_equal(questions(world, false), 1);
    uint32_t sequence = last_word(world)->sequence;
    assert_int_equal(forge(world, ARE_YOU_THERE_ACK, sequence - 1), x4c_ike_none);
    assert_int_equal(forge(world, ARE_YOU_THERE_ACK, sequence + 1), x4c_ike_none);
    sim_run(world->pair.sim, 1000);
    assert_int_equal(questions(world, false), 2);
    assert_int_equal(forge(world, ARE_YOU_THERE_ACK, sequence), x4c_ike_none);
    sim_run(world->pair.sim, IDLE_MS - 1000);
    assert_int_equal(questions(world, false), 2);
    assert_int_equal(forge(world, ARE_YOU_THERE_ACK, sequence), x4c_ike_none);
    sim_run(world->pair.sim, 1000 + SLACK_MS);
    assert_int_equal(questions(world, false), 3);
    assert_int_equal(answers(world, false), 0);
    close_world(world);
}

/* Without a whole number there is nothing to answer with. */
static void test_cut_short(void **state)
{
    (void)state;
    struct world *world = open_world(0, DPD_SEC);
    for (size_t size = 0; size < 4; size++) {
        forge_cut(world, ARE_YOU_THERE, 77, size);
        forge_cut(world, ARE_YOU_THERE_ACK, 77, size);
    }
    assert_int_equal(answers(world, false), 0);
    assert_int_equal(forge_cut(world, ARE_YOU_THERE, 77, 4), x4c_ike_none);
    assert_int_equal(answers(world, false), 1);
    assert_int_equal(world->pair.b->calls[SIM_NOTIFIED], 0);
    close_world(world);
}

/* An SA that has ended while a quick mode goes on under it asks nothing more. */
static void test_ended_while_asking(void **state)
{
    (void)state;
    struct world *world = open_world(DPD_SEC, 0);
    struct pair *pair = &world->pair;
    pair->bob->deaf = true;
    sim_run(pair->sim, IDLE_MS + 500);
    assert_int_equal(questions(world, true), 1);
    const struct sim_xchg *quick = sim_init2(pair->a);
    sim_run(pair->sim, 100);
    sim_term(pair->a, bfalse);
    pair->bob->deaf = false;
    sim_run(pair->sim, 2000);
    assert_true(sim_complete(quick));
    sim_run(pair->sim, 10 * IDLE_MS);
    assert_int_equal(questions(world, true), 1);
    close_world(world);
}

/* The successor asks and answers; a deaf peer is dead for it too. */
static void test_successor(void **state)
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct world *world = open_world(DPD_SEC, DPD_SEC);
        struct pair *pair = &world->pair;
        struct sim_node *old = by_alice ? pair->alice : pair->bob;
        struct sim_xchg *sa = by_alice ? pair->a : pair->b;
        const struct sim_xchg *peer = by_alice ? pair->b : pair->a;
        sim_run(pair->sim, 3 * IDLE_MS);
        struct sim_node *carol = sim_add(pair->sim);
        carol->config1.dpd_sec = DPD_SEC - 1;
        sim_term(sa, bfalse);
        sim_swap_addresses(old, carol);
        struct sim_xchg *c = sim_resume1(carol, sa);
        assert_non_null(c);
        sim_run(pair->sim, 20 * IDLE_MS);
        assert_true(sim_complete(c) && sim_complete(peer));
        peer->node->deaf = true;
        sim_run(pair->sim, IDLE_MS + TRIES_MS + SLACK_MS);
        assert_true(sim_ended(c, x4c_ike_dead_peer));
        close_world(world);
    }
}

/* The successor asks by numbers that the peer does not know yet, however often it goes on. */
static void test_successor_counts_on(void **state)
{
    (void)state;
    struct world *world = open_world(1, 0);
    struct pair *pair = &world->pair;
    struct sim_xchg *sa = pair->a;
    struct sim_node *node = pair->alice;
    for (unsigned i = 0; i < 4; i++) {
        sim_run(pair->sim, 40 * 1000);
        struct sim_node *carol = sim_add(pair->sim);
        carol->config1.dpd_sec = 1;
        sim_term(sa, bfalse);
        sim_swap_addresses(node, carol);
        sa = sim_resume1(carol, sa);
        assert_non_null(sa);
        node = carol;
    }
    sim_run(pair->sim, 40 * 1000);
    unsigned asked = 0;
    uint32_t last = 0;
    for (unsigned i = 0; i < world->count; i++) {
        if (world->words[i].type != ARE_YOU_THERE)
            continue;
        assert_true(asked == 0 || world->words[i].sequence > last);
        last = world->words[i].sequence;
        asked++;
    }
    assert_in_range(asked, 5 * 38, 5 * 40);
    assert_true(sim_complete(sa) && sim_complete(pair->b));
    close_world(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_by_default),
        cmocka_unit_test(test_idle_peer_is_asked),
        cmocka_unit_test(test_both_would_ask),
        cmocka_unit_test(test_traffic_postpones),
        cmocka_unit_test(test_dead_peer),
        cmocka_unit_test(test_own_timing),
        cmocka_unit_test(test_asked_at_a_wish),
        cmocka_unit_test(test_wishes_in_a_row),
        cmocka_unit_test(test_wish_within_a_schedule),
        cmocka_unit_test(test_peer_comes_back),
        cmocka_unit_test(test_peer_that_does_not_know),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_order_of_questions),
        cmocka_unit_test(test_copied_question),
        cmocka_unit_test(test_false_answers),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_ended_while_asking),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_successor_counts_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
