/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Peers that share an identity, as the clients of one group do: what one of them deletes is not
 * another's. A peer that has a new ISAKMP SA goes on to speak for what it made under the old one.
 */

#include "tests/sim/pair.h"

/* Two initiators of one name at one responder, whose IPsec SAs have the same SPIs. */
struct group {
    struct pair pair;
    struct sim_node *carol;
    struct sim_xchg *c;
    struct sim_xchg *quick_a;
    struct sim_xchg *quick_c;
    struct sim_xchg *peer_a; /* as Bob has them */
    struct sim_xchg *peer_c;
};

static void name(struct sim_node *node)
{
    static const uint8_t group[] = {'g', 'r', 'o', 'u', 'p'};
    node->config1.id = (x4s_ike_id){x4c_ike_id_key_id, {group, sizeof(group)}};
}

static struct sim_xchg *peer_on(const struct sim_node *node, const struct sim_xchg *quick)
{
    for (struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next)
        if (xchg->phase == 2 && xchg->keys2.in.spi == quick->keys2.out.spi)
            return xchg;
    return NULL;
}

static struct group open_group(void)
{
    struct group g = {.pair = pair_new(1)};
    struct pair *pair = &g.pair;
    g.carol = sim_add(pair->sim);
    name(pair->alice);
    name(g.carol);
    pair_connect(pair);
    g.c = sim_init1(g.carol, pair->bob);
    sim_settle(pair->sim);
    assert_true(sim_complete(g.c));
    g.carol->last_spi = pair->alice->last_spi;
    g.quick_a = pair_quick(pair->a);
    g.quick_c = pair_quick(g.c);
    assert_int_equal(g.quick_a->keys2.in.spi, g.quick_c->keys2.in.spi);
    g.peer_a = peer_on(pair->bob, g.quick_a);
    g.peer_c = peer_on(pair->bob, g.quick_c);
    assert_true(g.peer_a && g.peer_c && g.peer_a != g.peer_c);
    return g;
}

static void test_delete_of_ipsec(void **state)
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct group g = open_group();
        sim_term(by_alice ? g.quick_a : g.quick_c, btrue);
        sim_settle(g.pair.sim);
        assert_true(sim_ended(by_alice ? g.peer_a : g.peer_c, x4c_ike_deleted));
        assert_true(sim_complete(by_alice ? g.peer_c : g.peer_a));
        sim_free(g.pair.sim);
    }
}

/* The SPI is only the other's by now. */
static void test_delete_of_what_is_gone(void **state) /* req 2408-5.15-9 */
{
    (void)state;
    for (unsigned by_alice = 0; by_alice < 2; by_alice++) {
        struct group g = open_group();
        sim_term(by_alice ? g.peer_a : g.peer_c, bfalse);
        sim_term(by_alice ? g.quick_a : g.quick_c, btrue);
        sim_settle(g.pair.sim);
        assert_true(sim_complete(by_alice ? g.peer_c : g.peer_a));
        sim_free(g.pair.sim);
    }
}

/* Whose ISAKMP SA is gone has none left to speak through: not the other's. */
static void test_nobody_speaks_for_another(void **state) /* req 2408-5.15-9 */
{
    (void)state;
    struct group g = open_group();
    sim_term(g.pair.b, bfalse);
    uint64_t sent = g.pair.sim->network.sent;
    sim_term(g.peer_a, btrue);
    sim_settle(g.pair.sim);
    assert_int_equal(g.pair.sim->network.sent, sent);
    assert_true(sim_complete(g.quick_a) && sim_complete(g.quick_c));
    sim_free(g.pair.sim);
}

/* A new ISAKMP SA deletes what was made under the old one, whether that is still there or not. */
static void test_rekeyed(void **state)
{
    (void)state;
    for (unsigned gone = 0; gone < 3; gone++) {
        struct group g = open_group();
        if (gone == 2)
            sim_term(g.pair.b, bfalse);
        assert_non_null(sim_init1(g.pair.alice, g.pair.bob));
        sim_settle(g.pair.sim);
        if (gone == 1)
            sim_term(g.pair.b, bfalse);
        sim_term(g.pair.a, bfalse);
        sim_term(g.quick_a, btrue);
        sim_settle(g.pair.sim);
        assert_true(sim_ended(g.peer_a, x4c_ike_deleted));
        assert_true(sim_complete(g.peer_c));
        sim_free(g.pair.sim);
    }
}

/* The same when the NAT before the peer has given it another port in between. */
static void test_rekeyed_behind_nat(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
    struct sim_nat *nat = sim_hide(pair.alice, false);
    pair_connect(&pair);
    struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    sim_nat_rebind(nat);
    assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    sim_term(pair.a, bfalse);
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    sim_free(pair.sim);
}

/* And when it has moved to another address, which the old ISAKMP SA has followed. */
static void test_moved_then_rekeyed(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
    pair.alice->config1.dpd_sec = 10;
    struct sim_nat *nat = sim_hide(pair.alice, false);
    pair_connect(&pair);
    struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    sim_nat_move(nat);
    sim_run(pair.sim, 11 * 1000);
    assert_int_equal(pair.b->calls[SIM_MOVED], 1);
    assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    sim_term(pair.a, bfalse);
    sim_term(pair.b, bfalse);
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    sim_free(pair.sim);
}

/* Alice is two to Bob: what she made as the one is not deleted as the other, whoever is newest. */
static void test_of_two_identities_the_right_one_speaks(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    name(pair.alice);
    assert_non_null(sim_init1(pair.alice, pair.bob));
    sim_settle(pair.sim);
    sim_term(pair.a, bfalse);
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delete_of_ipsec),
        cmocka_unit_test(test_delete_of_what_is_gone),
        cmocka_unit_test(test_nobody_speaks_for_another),
        cmocka_unit_test(test_rekeyed),
        cmocka_unit_test(test_rekeyed_behind_nat),
        cmocka_unit_test(test_moved_then_rekeyed),
        cmocka_unit_test(test_of_two_identities_the_right_one_speaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
