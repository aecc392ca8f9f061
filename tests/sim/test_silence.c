/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Retransmission: what is sent again when, who answers a duplicate and how often, and that it ends.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/user.h"

enum {
    LONG_ENOUGH_MS = 180 * 1000,
    FIRST_MS = 1000, /* defaults of x4s_ike_timing */
    LAST_MS = 16000,
    TRIES = 5,
};

/* Each interval is twice the one before, up to the limit and up to a tenth longer. */
static void check_intervals(const struct sim_xchg *xchg)
{
    x4_msec interval = FIRST_MS;
    for (unsigned i = 1; i < xchg->calls[SIM_SEND]; i++) {
        x4_msec waited = xchg->sent_at[i] - xchg->sent_at[i - 1];
        assert_in_range(waited, interval, interval + interval / 10 + 1);
        interval = x4m_min(2 * interval, LAST_MS);
    }
}

static void test_silent_peer(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct pair pair = pair_new(seed);
        pair.bob->deaf = true;
        const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, LONG_ENOUGH_MS);
        assert_true(sim_ended(sa, x4c_ike_timed_out));
        assert_int_equal(sa->calls[SIM_SEND], 1 + TRIES);
        check_intervals(sa);
        assert_int_equal(pair.alice->stats.resends, TRIES);
        sim_free(pair.sim);
    }
}

static void test_jitter_differs(void **state) /* req 2408-5.1-4 */
{
    (void)state;
    x4_msec first[2];
    for (uint64_t seed = 0; seed < 2; seed++) {
        struct pair pair = pair_new(seed);
        pair.bob->deaf = true;
        const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, LONG_ENOUGH_MS);
        first[seed] = sa->sent_at[5] - sa->sent_at[0];
        sim_free(pair.sim);
    }
    assert_int_not_equal(first[0], first[1]);
}

static void test_peer_silent_in_quick_mode(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->deaf = true;
    const struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(sim_ended(quick, x4c_ike_timed_out));
    assert_int_equal(quick->calls[SIM_SEND], 1 + TRIES);
    check_intervals(quick);
    assert_true(sim_complete(pair.a));
    sim_free(pair.sim);
}

static void test_own_timing(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->deaf = true;
    pair.alice->config.timing = (x4s_ike_timing){
        .resend_first_ms = 200, .resend_max_ms = 400, .resend_tries = 3, .resend_jitter_pct = 1};
    const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(sim_ended(sa, x4c_ike_timed_out));
    assert_int_equal(sa->calls[SIM_SEND], 4);
    assert_in_range(sa->disposed_at - sa->sent_at[0], 200 + 400 + 400 + 400, 1420);
    sim_free(pair.sim);
}

/* A responder does not send its first message again by itself, whoever asked for it. */
static void test_no_amplification(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    pair.alice->deaf = true;
    sim_run(pair.sim, 900);
    assert_int_equal(pair.sim->network.sent, 2);
    assert_int_equal(pair.bob->stats.half_open, 1);
    sim_term(sa, bfalse);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_int_equal(pair.sim->network.sent, 2);
    assert_int_equal(pair.bob->stats.half_open, 0);
    assert_null(sim_last(pair.bob, 1));
    sim_free(pair.sim);
}

/* An exchange that the peer keeps alive without going on ends by negotiation_ms. */
static void test_negotiation_limit(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config.timing.resend_tries = 1000;
    pair.alice->config.timing.negotiation_ms = 20000;
    pair.bob->deaf = true;
    const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(sim_ended(sa, x4c_ike_timed_out));
    assert_in_range(sa->disposed_at - sa->sent_at[0], 20000, 20100);
    sim_free(pair.sim);
}

/* The user decides: asked every second, jitter apart, and told how often it was sent. */
static void test_resend_taken_over(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->calls1.resend = sim_calls1.resend;
    pair.alice->resend_max = 4;
    pair.bob->deaf = true;
    const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 10 * (FIRST_MS + FIRST_MS / 10));
    assert_in_range(sa->calls[SIM_RESEND], 10, 11);
    assert_int_equal(sa->calls[SIM_SEND], 5);
    for (unsigned i = 1; i < sa->calls[SIM_SEND]; i++)
        assert_in_range(sa->sent_at[i] - sa->sent_at[i - 1], FIRST_MS, FIRST_MS + FIRST_MS / 10);
    assert_false(sa->calls[SIM_DISPOSED]);
    sim_run(pair.sim, LONG_ENOUGH_MS); /* negotiation_ms ends it */
    assert_true(sim_ended(sa, x4c_ike_timed_out));
    sim_free(pair.sim);
}

static void test_resend_taken_over_in_quick_mode(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->calls2.resend = sim_calls2.resend;
    pair.alice->resend_max = 100;
    pair_connect(&pair);
    pair.bob->deaf = true;
    const struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, 5500);
    assert_int_equal(quick->calls[SIM_RESEND], 5);
    pair.bob->deaf = false;
    sim_run(pair.sim, 2000);
    assert_true(sim_complete(quick));
    sim_free(pair.sim);
}

/* Keeps a copy of what Alice sent last. */
static bool keep_last(void *context, const struct sim_datagram *datagram)
{
    struct pair *pair = context;
    if (!x4_net_addr_equal(&datagram->from, &pair->alice->addr))
        return true;
    free(pair->sim->test);
    pair->sim->test = sim_datagram_copy(datagram);
    return true;
}

static x4e_ike_reason repeat(struct pair *pair)
{
    const struct sim_datagram *last = pair->sim->test;
    return sim_inject(pair->bob, &last->from, last->data, last->len);
}

/* A duplicate is answered from the cache, at most every duplicate_ms, and only while it is kept. */
static void check_duplicates(struct pair *pair)
{
    sim_run(pair->sim, 500);
    uint64_t sent = pair->sim->network.sent;
    assert_int_equal(repeat(pair), x4c_ike_duplicate);
    assert_int_equal(pair->sim->network.sent, sent + 1);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(repeat(pair), x4c_ike_duplicate);
    assert_int_equal(pair->sim->network.sent, sent + 1);
    sim_run(pair->sim, 501);
    assert_int_equal(repeat(pair), x4c_ike_duplicate);
    assert_int_equal(pair->sim->network.sent, sent + 2);
    assert_int_equal(pair->bob->stats.duplicates_answered, 2);
    sim_run(pair->sim, 61000);
    assert_true(repeat(pair) != x4c_ike_none);
    assert_int_equal(pair->sim->network.sent, sent + 2);
}

static void test_duplicate_of_phase1(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.sim->network.tap = keep_last;
    pair.sim->network.tap_context = &pair;
    pair_connect(&pair);
    check_duplicates(&pair);
    assert_true(sim_complete(pair.b));
    free(pair.sim->test);
    sim_free(pair.sim);
}

/* The third message of quick mode is the last: a copy of it is seen and needs no answer. */
static void test_duplicate_of_quick_mode(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.sim->network.tap = keep_last;
    pair.sim->network.tap_context = &pair;
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    assert_true(sim_complete(sim_peer(quick)));
    sim_run(pair.sim, 500);
    uint64_t sent = pair.sim->network.sent;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(repeat(&pair), x4c_ike_duplicate);
    assert_int_equal(pair.sim->network.sent, sent);
    assert_int_equal(sim_count(pair.bob, 2), 1);
    free(pair.sim->test);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silent_peer),
        cmocka_unit_test(test_jitter_differs),
        cmocka_unit_test(test_peer_silent_in_quick_mode),
        cmocka_unit_test(test_own_timing),
        cmocka_unit_test(test_no_amplification),
        cmocka_unit_test(test_negotiation_limit),
        cmocka_unit_test(test_resend_taken_over),
        cmocka_unit_test(test_resend_taken_over_in_quick_mode),
        cmocka_unit_test(test_duplicate_of_phase1),
        cmocka_unit_test(test_duplicate_of_quick_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
