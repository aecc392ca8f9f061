/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Failover: what one instance has completed goes on in another, without a packet, and the peer
 * does not notice.
 */

#include "tests/sim/pair.h"

enum {
    HOUR_MS = 3600 * 1000,
};

struct failover {
    struct pair pair;
    struct sim_node *carol; /* takes Alice's place */
    struct sim_xchg *quick; /* as Alice had it */
    struct sim_xchg *peer;  /* as Bob has it */
    struct sim_xchg *c1;
    struct sim_xchg *c2;
};

static struct failover fail_over_from(struct pair pair, struct sim_xchg *quick)
{
    struct failover f = {.pair = pair, .quick = quick};
    f.peer = sim_peer(quick);
    f.carol = sim_add(pair.sim);
    sim_run(pair.sim, 60 * 1000);
    pair.alice->deaf = true;
    sim_swap_addresses(pair.alice, f.carol);
    uint64_t sent = pair.sim->network.sent;
    f.c1 = sim_resume1(f.carol, pair.a);
    assert_non_null(f.c1);
    f.c2 = sim_resume2(f.c1, quick);
    assert_non_null(f.c2);
    assert_int_equal(f.c1->calls[SIM_COMPLETED], 0);
    assert_int_equal(f.c2->calls[SIM_COMPLETED], 0);
    sim_settle(pair.sim);
    assert_int_equal(pair.sim->network.sent, sent);
    assert_int_equal(f.carol->stats.phase1, 1);
    assert_int_equal(f.carol->stats.phase2, 1);
    return f;
}

static struct failover fail_over(void)
{
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    return fail_over_from(pair, quick);
}

static void end(struct failover *f)
{
    sim_run(f->pair.sim, HOUR_MS);
    sim_free(f->pair.sim);
}

static void test_new_quick_modes(void **state)
{
    (void)state;
    struct failover f = fail_over();
    pair_quick(f.c1);
    const struct sim_xchg *quick = pair_quick(f.pair.b);
    assert_ptr_equal(sim_peer(quick)->node, f.carol);
    f.carol->transforms2[0].group = f.pair.bob->transforms2[0].group = x4c_group_ecp256;
    pair_quick(f.c1);
    pair_quick(f.pair.b);
    end(&f);
}

/* The one whose responder was taken over initiated phase 1: roles are kept. */
static void test_responder_resumed(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct pair swapped = {
        .sim = pair.sim, .alice = pair.bob, .bob = pair.alice, .a = pair.b, .b = pair.a};
    struct failover f = fail_over_from(swapped, pair_quick(pair.b));
    pair_quick(f.c1);
    pair_quick(f.pair.b);
    sim_term(f.c2, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(f.peer, x4c_ike_deleted));
    end(&f);
}

static void test_delete_by_successor(void **state)
{
    (void)state;
    struct failover f = fail_over();
    sim_term(f.c2, btrue);
    sim_settle(f.pair.sim);
    assert_true(sim_ended(f.peer, x4c_ike_deleted));
    sim_term(f.c1, btrue);
    sim_settle(f.pair.sim);
    assert_true(sim_ended(f.pair.b, x4c_ike_deleted));
    end(&f);
}

static void test_delete_by_peer(void **state)
{
    (void)state;
    struct failover f = fail_over();
    sim_term(f.peer, btrue);
    sim_settle(f.pair.sim);
    assert_true(sim_ended(f.c2, x4c_ike_deleted));
    sim_term(f.pair.b, btrue);
    sim_settle(f.pair.sim);
    assert_true(sim_ended(f.c1, x4c_ike_deleted));
    end(&f);
}

/* The predecessor lets go without telling; then what it would have done is the successor's. */
static void test_handed_over_in_order(void **state)
{
    (void)state;
    struct failover f = fail_over();
    uint64_t sent = f.pair.sim->network.sent;
    sim_term(f.quick, bfalse);
    sim_term(f.pair.a, bfalse);
    sim_settle(f.pair.sim);
    assert_int_equal(f.pair.sim->network.sent, sent);
    assert_true(sim_complete(f.pair.b));
    pair_quick(f.pair.b);
    end(&f);
}

/* The clock goes on from the time that was left. */
static void test_life_goes_on(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.life_sec = pair.alice->transforms1[0].life_sec = 600;
    pair.alice->config2.life_sec = pair.alice->transforms2[0].life_sec = 300;
    pair_connect(&pair);
    struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(pair.a->keys1.life_left_sec, 600);
    assert_int_equal(quick->keys2.life_left_sec, 300);
    pair.a->keys1.life_left_sec = 540; /* what who kept them counted down */
    quick->keys2.life_left_sec = 240;
    struct failover f = fail_over_from(pair, quick);
    x4_msec resumed_at = pair.sim->now;
    pair.sim->network.loss_pct = 100; /* Bob would tell that his own SAs are over */
    sim_run(pair.sim, HOUR_MS);
    assert_true(sim_ended(f.c1, x4c_ike_expired));
    assert_true(sim_ended(f.c2, x4c_ike_expired));
    assert_in_range(f.c1->disposed_at - resumed_at, 540 * 1000, 540 * 1000 + 10);
    assert_in_range(f.c2->disposed_at - resumed_at, 240 * 1000, 240 * 1000 + 10);
    end(&f);
}

/* Children that another ISAKMP SA made, of which no message can come any more. */
static void test_children_of_other_parents(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *first = pair_quick(pair.a);
    struct sim_xchg *second = pair_quick(pair.a);
    first->keys2.message_id = second->keys2.message_id = 0;
    struct sim_xchg *peer = sim_peer(second);
    struct failover f = fail_over_from(pair, first);
    struct sim_xchg *c3 = sim_resume2(f.c1, second);
    assert_non_null(c3);
    sim_term(peer, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(c3, x4c_ike_deleted));
    assert_false(sim_ended(f.c2, x4c_ike_deleted));
    sim_term(f.c2, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(f.peer, x4c_ike_deleted));
    end(&f);
}

/* The instance ends with them, and tells the peer. */
static void test_shut_down_with_children_of_other_parents(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    quick->keys2.message_id = 0;
    struct failover f = fail_over_from(pair, quick);
    sim_shut_down(f.carol);
    assert_true(sim_ended(f.c2, x4c_ike_shut_down));
    sim_settle(pair.sim);
    assert_true(sim_ended(f.peer, x4c_ike_deleted));
    end(&f);
}

/* Keys that cannot be are refused, without a callback. */
static void test_unusable_state(void **state)
{
    (void)state;
    struct failover f = fail_over();
    struct sim_xchg broken = *f.quick;
    broken.keys2.in.spi = 0;
    assert_null(sim_resume2(f.c1, &broken));
    struct sim_xchg broken1 = *f.pair.a;
    broken1.keys1.suite.cipher = 99;
    assert_null(sim_resume1(f.carol, &broken1));
    broken1 = *f.pair.a;
    broken1.keys1.cipher_key.len = 1;
    assert_null(sim_resume1(f.carol, &broken1));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_quick_modes),
        cmocka_unit_test(test_responder_resumed),
        cmocka_unit_test(test_delete_by_successor),
        cmocka_unit_test(test_delete_by_peer),
        cmocka_unit_test(test_handed_over_in_order),
        cmocka_unit_test(test_life_goes_on),
        cmocka_unit_test(test_children_of_other_parents),
        cmocka_unit_test(test_unusable_state),
        cmocka_unit_test(test_shut_down_with_children_of_other_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
