/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The message that makes the peer believe in an SA: the user is told before it goes out, and may
 * keep it until the SA is kept elsewhere.
 */

#include "tests/sim/pair.h"

enum {
    MINUTE_MS = 60 * 1000,
};

/* What a node's user saw, in order: 'a' agreed, 's' sent, 'c' completed; phase 2 in capitals. */
static struct {
    const struct sim_node *of;
    char calls[64];
    size_t count;
} seen;

static void see(struct sim_xchg *xchg, enum sim_call call)
{
    static const char letters[SIM_CALLS] = {
        [SIM_AGREED] = 'a', [SIM_SEND] = 's', [SIM_COMPLETED] = 'c'};
    if (xchg->node != seen.of || !letters[call] || seen.count == sizeof(seen.calls) - 1)
        return;
    seen.calls[seen.count++] = (char)(letters[call] - (xchg->phase == 2 ? 'a' - 'A' : 0));
}

static void watch(struct sim_node *node)
{
    memset(&seen, 0, sizeof(seen));
    seen.of = node;
    node->hook = see;
}

static struct pair new_pair(bool aggressive)
{
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 2; i++) {
        pair.sim->nodes[i]->config1.aggressive = aggressive;
        pair.sim->nodes[i]->config1.aggressive_psk = aggressive;
    }
    return pair;
}

static void sees(bool aggressive, bool responder, const char *phase1)
{
    struct pair pair = new_pair(aggressive);
    watch(responder ? pair.bob : pair.alice);
    pair_connect(&pair);
    assert_string_equal(seen.calls, phase1);
    sim_free(pair.sim);
}

static void test_main_mode(void **state)
{
    (void)state;
    sees(false, true, "sasc");
    sees(false, false, "sssc");
}

static void test_aggressive_mode(void **state)
{
    (void)state;
    sees(true, true, "sc");
    sees(true, false, "sasc");
}

static void test_quick_mode(void **state)
{
    (void)state;
    for (unsigned commit = 0; commit < 2; commit++) {
        struct pair pair = pair_connected(1);
        pair.bob->config2.commit = commit;
        watch(pair.bob);
        struct sim_xchg *quick = pair_quick(pair.a);
        assert_string_equal(seen.calls, commit ? "ASCS" : "ASC");
        assert_int_equal(sim_peer(quick)->agreed2.in.spi, quick->keys2.out.spi);
        watch(pair.alice);
        pair_quick(pair.a);
        assert_string_equal(seen.calls, "SASC");
        sim_free(pair.sim);
    }
}

/* Responder: the keys are known before the peer has confirmed anything. */
static void drop_third(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 2 && call == SIM_AGREED)
        xchg->node->deaf = true;
}

static void test_keys_before_message_2(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.bob->hook = drop_third;
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    struct sim_xchg *peer = pair.bob->xchgs->next;
    assert_false(peer->calls[SIM_COMPLETED]);
    assert_int_equal(peer->agreed2.in.spi, quick->keys2.out.spi);
    assert_int_equal(peer->agreed2.life_left_sec, quick->keys2.life_left_sec);
    assert_memory_equal(&peer->agreed2.in.encr, &quick->keys2.out.encr,
                        sizeof(quick->keys2.out.encr));
    sim_run(pair.sim, 2 * MINUTE_MS);
    assert_int_equal(peer->calls[SIM_DISPOSED], 1);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- kept messages */

static struct {
    x4s_ike_calls1 calls1;
    x4s_ike_calls2 calls2;
    struct sim_xchg *owner; /* whose messages are kept */
    x4s_net_link link;
    size_t len; /* 0: nothing was kept yet */
    uint8_t data[2048];
} keeper;

static bval keep(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    struct sim_xchg *xchg = context;
    if (!xchg->calls[SIM_AGREED])
        return keeper.calls1.send(context, link, data, len);
    keeper.owner = xchg;
    if (keeper.len) {
        assert_int_equal(keeper.len, len);
        assert_memory_equal(keeper.data, data, len);
        return btrue;
    }
    assert_true(len <= sizeof(keeper.data));
    keeper.link = *link;
    keeper.len = len;
    memcpy(keeper.data, data, len);
    return btrue;
}

static void keep_messages_of(struct sim_node *node, int phase)
{
    memset(&keeper, 0, sizeof(keeper));
    keeper.calls1 = node->calls1;
    keeper.calls2 = node->calls2;
    if (phase == 1)
        node->calls1.send = keep;
    else
        node->calls2.send = keep;
}

/* Some seconds later it goes out all the same: what repetitions came meanwhile, nothing is lost. */
static void release(struct pair *pair, struct sim_xchg *peer)
{
    sim_run(pair->sim, 5000);
    assert_true(keeper.len > 0);
    assert_false(peer->calls[SIM_COMPLETED]);
    struct sim_node *node = keeper.owner->node;
    node->calls1 = keeper.calls1;
    node->calls2 = keeper.calls2;
    sim_network_send(&pair->sim->network, pair->sim->now, &keeper.link.local, &keeper.link.remote,
                     keeper.data, keeper.len);
    sim_settle(pair->sim);
    assert_true(sim_complete(peer));
    assert_true(sim_complete(keeper.owner));
}

static void test_main_mode_6_kept(void **state)
{
    (void)state;
    struct pair pair = new_pair(false);
    keep_messages_of(pair.bob, 1);
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    release(&pair, pair.a);
    sim_free(pair.sim);
}

static void test_aggressive_mode_3_kept(void **state)
{
    (void)state;
    struct pair pair = new_pair(true);
    keep_messages_of(pair.alice, 1);
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    release(&pair, pair.bob->xchgs);
    sim_free(pair.sim);
}

static void test_quick_mode_2_kept(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    keep_messages_of(pair.bob, 2);
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_settle(pair.sim);
    release(&pair, quick);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_mode),         cmocka_unit_test(test_aggressive_mode),
        cmocka_unit_test(test_quick_mode),        cmocka_unit_test(test_keys_before_message_2),
        cmocka_unit_test(test_main_mode_6_kept),  cmocka_unit_test(test_aggressive_mode_3_kept),
        cmocka_unit_test(test_quick_mode_2_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
