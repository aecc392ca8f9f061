/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How SAs end when nothing goes wrong: by time, by the user, by the peer's Delete.
 */

#include "tests/sim/pair.h"

enum {
    HOUR_MS = 3600 * 1000,
    NOTIFY_INITIAL_CONTACT = 24578,
};

static void test_phase1_expires(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.life_sec = pair.alice->transforms1[0].life_sec = 600;
    pair.alice->config1.soft_sec = 540;
    pair_connect(&pair);
    sim_run(pair.sim, HOUR_MS);
    assert_true(sim_ended(pair.a, x4c_ike_expired));
    assert_in_range(pair.a->aging_at - pair.a->completed_at, 540 * 1000, 540 * 1000 + 10);
    assert_in_range(pair.a->disposed_at - pair.a->completed_at, 600 * 1000, 600 * 1000 + 10);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_true(pair.b->calls[SIM_DISPOSED]);
    assert_int_equal(pair.b->calls[SIM_AGING], 0);
    sim_free(pair.sim);
}

/* The peer's lifetime counts as well, where it is shorter. */
static void test_responders_lifetime(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->config1.life_sec = 100;
    pair_connect(&pair);
    sim_run(pair.sim, 100 * 1000 + 50);
    assert_true(sim_ended(pair.b, x4c_ike_expired));
    assert_true(pair.a->calls[SIM_DISPOSED]);
    sim_free(pair.sim);
}

/* RESPONDER-LIFETIME: the initiator knows, and ages in time. */
static void test_told_in_phase1(void **state) /* req 2407-4.5.4-2 2407-4.6.3.1-1 */
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.life_sec = pair.alice->transforms1[0].life_sec = 1000;
    pair.alice->config1.soft_sec = 900;
    pair.bob->config1.life_sec = 100;
    pair_connect(&pair);
    assert_int_equal(pair.sim->network.sent, 7);
    sim_term(pair.b, bfalse);
    sim_run(pair.sim, 95 * 1000);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_true(sim_complete(pair.a));
    sim_run(pair.sim, 10 * 1000);
    assert_true(sim_ended(pair.a, x4c_ike_expired));
    assert_int_equal(pair.a->calls[SIM_NOTIFIED], 0);
    sim_free(pair.sim);
}

static void test_told_in_phase2(void **state) /* req 2407-4.5.4-1 2407-4.5.4-2 2407-4.6.3.1-1 */
{
    (void)state;
    for (unsigned offered = 0; offered < 2; offered++) {
        struct pair pair = pair_new(offered);
        pair.alice->config2.life_sec = pair.alice->transforms2[0].life_sec = offered ? 1000 : 0;
        pair.bob->config2.life_sec = 100;
        pair_connect(&pair);
        struct sim_xchg *quick = pair_quick(pair.a);
        assert_int_equal(quick->keys2.life_left_sec, 100);
        assert_int_equal(sim_peer(quick)->keys2.life_left_sec, 100);
        assert_int_equal(pair.sim->network.sent, 9);
        sim_free(pair.sim);
    }
}

/* Nothing is told where there is nothing to tell, and ours is not made longer. */
static void test_not_told(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.life_sec = pair.alice->transforms1[0].life_sec = 100;
    pair.alice->config2.life_sec = pair.alice->transforms2[0].life_sec = 50;
    pair.bob->config1.life_sec = pair.bob->config2.life_sec = 1000;
    pair_connect(&pair);
    assert_int_equal(pair.sim->network.sent, 6);
    struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(quick->keys2.life_left_sec, 50);
    assert_int_equal(pair.a->keys1.life_left_sec, 100);
    sim_free(pair.sim);
}

static void test_without_limit(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    sim_run(pair.sim, 1000 * (x4_msec)HOUR_MS);
    assert_true(sim_complete(pair.a));
    assert_true(sim_complete(pair.b));
    pair_quick(pair.b);
    sim_free(pair.sim);
}

static void test_phase2_expires(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.alice->config2.life_sec = pair.alice->transforms2[0].life_sec = 300;
    pair.alice->config2.soft_sec = 200;
    pair.bob->config2.life_sec = 300;
    pair.bob->config2.soft_sec = 250;
    const struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    sim_run(pair.sim, HOUR_MS);
    assert_true(sim_ended(quick, x4c_ike_expired));
    assert_in_range(quick->aging_at - quick->completed_at, 200 * 1000, 200 * 1000 + 10);
    assert_in_range(quick->disposed_at - quick->completed_at, 300 * 1000, 300 * 1000 + 10);
    assert_in_range(peer->aging_at - peer->completed_at, 250 * 1000, 250 * 1000 + 10);
    assert_true(peer->calls[SIM_DISPOSED]);
    assert_true(sim_complete(pair.a));
    sim_free(pair.sim);
}

/* RFC 2407 4.5: without a lifetime of either side an IPsec SA lives for eight hours. */
static void test_phase2_default_lifetime(void **state) /* req 2407-4.5-2 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    const struct sim_xchg *quick = pair_quick(pair.a);
    sim_run(pair.sim, 8 * HOUR_MS - 100);
    assert_true(sim_complete(quick));
    sim_run(pair.sim, 200);
    assert_true(sim_ended(quick, x4c_ike_expired));
    sim_free(pair.sim);
}

static void renew(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_AGING && xchg->phase == 2)
        assert_non_null(sim_init2(xchg->parent));
}

/* What aging is for: a new pair of SAs before the old ones end, again and again. */
static void test_renewal(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.alice->config2.life_sec = 100;
    pair.alice->config2.soft_sec = 80;
    pair.alice->hook = renew;
    pair_quick(pair.a);
    for (unsigned i = 0; i < 100; i++) {
        sim_run(pair.sim, 50 * 1000);
        assert_in_range(sim_count(pair.alice, 2), 1, 2);
        assert_int_equal(sim_count(pair.bob, 2), sim_count(pair.alice, 2));
    }
    sim_free(pair.sim);
}

static void test_term2_is_told(void **state) /* req 2408-3.15-1 2408-5.15-2 2408-5.15-3 */
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    struct sim_xchg *other = pair_quick(pair.b);
    sim_term(quick, btrue);
    assert_true(sim_ended(quick, x4c_ike_terminated));
    sim_settle(pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    assert_true(sim_complete(other));
    assert_true(sim_complete(pair.a));
    assert_true(sim_complete(pair.b));
    sim_free(pair.sim);
}

/* The responder of a quick mode ends it as well as its initiator. */
static void test_term2_by_responder(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    sim_term(sim_peer(quick), btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(quick, x4c_ike_deleted));
    sim_free(pair.sim);
}

static void test_term2_is_not_told(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    uint64_t sent = pair.sim->network.sent;
    sim_term(quick, bfalse);
    sim_settle(pair.sim);
    assert_int_equal(pair.sim->network.sent, sent);
    assert_true(sim_complete(sim_peer(quick)));
    sim_free(pair.sim);
}

static void test_term1_leaves_children(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    sim_term(pair.a, btrue);
    assert_true(sim_ended(pair.a, x4c_ike_terminated));
    sim_settle(pair.sim);
    assert_true(sim_ended(pair.b, x4c_ike_deleted));
    assert_true(sim_complete(quick));
    assert_true(sim_complete(sim_peer(quick)));
    sim_term(quick, btrue);
    sim_run(pair.sim, HOUR_MS);
    sim_free(pair.sim);
}

/* The manual: quick modes under way may complete after term1, new ones are refused. */
static void test_term1_during_quick_mode(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, 0);
    sim_term(pair.a, bfalse);
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    assert_non_null(sim_peer(quick));
    sim_run(pair.sim, HOUR_MS);
    sim_free(pair.sim);
}

static void test_term1_during_responded_quick_mode(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = sim_init2(pair.a);
    while (!sim_last(pair.bob, 2))
        sim_run(pair.sim, 1);
    sim_term(pair.b, bfalse);
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    assert_non_null(sim_peer(quick));
    sim_run(pair.sim, HOUR_MS);
    sim_free(pair.sim);
}

/* With Delete: it may overtake the quick mode; either way both ends agree in the end. */
static void test_delete_during_quick_mode(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct pair pair = pair_connected(seed);
        struct sim_xchg *quick = sim_init2(pair.a);
        sim_run(pair.sim, seed % 12);
        sim_term(pair.a, btrue);
        sim_run(pair.sim, HOUR_MS);
        assert_true(sim_ended(pair.b, x4c_ike_deleted));
        assert_true(sim_complete(quick) || quick->calls[SIM_DISPOSED]);
        sim_free(pair.sim);
    }
}

static void test_term_of_unfinished(void **state)
{
    (void)state;
    for (x4_msec after = 0; after < 20; after++) {
        struct pair pair = pair_new(after);
        struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, after);
        sim_term(sa, btrue);
        assert_true(sim_ended(sa, x4c_ike_terminated));
        sim_run(pair.sim, HOUR_MS);
        sim_free(pair.sim);
    }
}

/* After the end only silence; the dead SA's messages are not known. */
static void test_no_life_after_delete(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    sim_term(pair.a, bfalse);
    struct sim_xchg *quick = sim_init2(pair.b);
    assert_non_null(quick);
    sim_run(pair.sim, HOUR_MS);
    assert_true(sim_ended(quick, x4c_ike_timed_out));
    assert_true(pair.alice->refused[x4c_ike_unknown_sa] > 0);
    sim_free(pair.sim);
}

static void test_shut_down_tells(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    sim_shut_down(pair.alice);
    assert_true(sim_ended(pair.a, x4c_ike_shut_down));
    assert_true(sim_ended(quick, x4c_ike_shut_down));
    sim_settle(pair.sim);
    assert_true(sim_ended(pair.b, x4c_ike_deleted));
    assert_int_equal(sim_count(pair.bob, 2), 0);
    sim_free(pair.sim);
}

static void begin_anew(struct sim_xchg *xchg, enum sim_call call)
{
    if (call != SIM_DISPOSED)
        return;
    struct sim *sim = xchg->node->sim;
    sim_init1(xchg->node, sim->nodes[1]);
    if (xchg->phase == 2 && xchg->parent->handle1)
        sim_init2(xchg->parent);
}

/* A user who begins anew whenever something ends does not keep the instance from ending. */
static void test_shut_down_comes_to_an_end(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair_quick(pair.a);
    pair.alice->hook = begin_anew;
    sim_shut_down(pair.alice);
    assert_true(sim_ended(pair.a, x4c_ike_shut_down));
    sim_free(pair.sim);
}

static void test_initial_contact(void **state) /* req 2407-4.6.3-1 */
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.initial_contact = btrue;
    pair_connect(&pair);
    assert_int_equal(pair.b->calls[SIM_NOTIFIED], 1);
    assert_int_equal(pair.b->notify, NOTIFY_INITIAL_CONTACT);
    assert_int_equal(pair.a->calls[SIM_NOTIFIED], 0);
    pair_quick(pair.a);
    assert_int_equal(pair.b->calls[SIM_NOTIFIED], 1);
    sim_free(pair.sim);
}

static void test_no_initial_contact(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    assert_int_equal(pair.b->calls[SIM_NOTIFIED], 0);
    sim_free(pair.sim);
}

/* What is optional may be left out. */
static void test_without_optional_callbacks(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 2; i++) {
        struct sim_node *node = pair.sim->nodes[i];
        node->calls1.sa_used = NULL;
        node->calls1.aging = NULL;
        node->calls1.notified = NULL;
        node->calls2.aging = NULL;
        node->calls2.validate = NULL;
        node->config1.soft_sec = node->config2.soft_sec = 10;
        node->config1.initial_contact = btrue;
    }
    pair_connect(&pair);
    pair_quick(pair.a);
    sim_run(pair.sim, HOUR_MS);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1_expires),
        cmocka_unit_test(test_responders_lifetime),
        cmocka_unit_test(test_told_in_phase1),
        cmocka_unit_test(test_told_in_phase2),
        cmocka_unit_test(test_not_told),
        cmocka_unit_test(test_without_limit),
        cmocka_unit_test(test_phase2_expires),
        cmocka_unit_test(test_phase2_default_lifetime),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_term2_is_told),
        cmocka_unit_test(test_term2_by_responder),
        cmocka_unit_test(test_term2_is_not_told),
        cmocka_unit_test(test_term1_leaves_children),
        cmocka_unit_test(test_term1_during_quick_mode),
        cmocka_unit_test(test_term1_during_responded_quick_mode),
        cmocka_unit_test(test_delete_during_quick_mode),
        cmocka_unit_test(test_term_of_unfinished),
        cmocka_unit_test(test_no_life_after_delete),
        cmocka_unit_test(test_shut_down_tells),
        cmocka_unit_test(test_shut_down_comes_to_an_end),
        cmocka_unit_test(test_initial_contact),
        cmocka_unit_test(test_no_initial_contact),
        cmocka_unit_test(test_without_optional_callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
