/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A NAT that gives its inside another port or address in the middle of an SA (RFC 3947 6): the peer
 * is followed on fresh proof, which a dead peer detection or a completed quick mode is, and on
 * nothing else.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    DPD_SEC = 10,
    LONG_ENOUGH_MS = (DPD_SEC + 1) * 1000,
    KEPT_MAX = 256,
    REMEMBERED = 64, /* message IDs, by libike */
};

static const x4s_net_addr elsewhere = {
    .family = x4c_net_ipv4, .ip = {203, 0, 113, 66}, .port = 6666};

/* Copies of all that was sent; on demand what one of them sends is lost. */
struct world {
    struct pair pair;
    struct sim_nat *nat; /* before Alice */
    struct sim_datagram *kept[KEPT_MAX];
    unsigned count;
    const struct sim_node *swallow;
};

static bool keep(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    assert_true(world->count < KEPT_MAX);
    world->kept[world->count++] = sim_datagram_copy(datagram);
    bool from_bob = x4_net_addr_same_ip(&datagram->from, &world->pair.bob->addr);
    return world->swallow != (from_bob ? world->pair.bob : world->pair.alice);
}

static void use_networks(struct sim_node *node, uint8_t here, uint8_t there)
{
    const x4s_net_addr local = {.family = x4c_net_ipv4, .ip = {10, here}};
    const x4s_net_addr remote = {.family = x4c_net_ipv4, .ip = {10, there}};
    node->config2.selectors = btrue;
    assert_true(x4_net_selector_from_prefix(&local, 16, &node->config2.local));
    assert_true(x4_net_selector_from_prefix(&remote, 16, &node->config2.remote));
}

static void prepare(struct world *world, uint8_t version, bool hidden)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    pair->alice->config1.natt = pair->bob->config1.natt = version;
    use_networks(pair->alice, 1, 2);
    use_networks(pair->bob, 2, 1);
    world->nat = hidden ? sim_hide(pair->alice, false) : NULL;
    pair->sim->network.tap = keep;
    pair->sim->network.tap_context = world;
}

/* Who asks the other for a sign of life, and after how many seconds. */
static void open_asking(struct world *world, uint32_t alice_sec, uint32_t bob_sec)
{
    prepare(world, x4c_ike_natt_rfc, true);
    world->pair.alice->config1.dpd_sec = alice_sec;
    world->pair.bob->config1.dpd_sec = bob_sec;
    pair_connect(&world->pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    while (world->count)
        free(world->kept[--world->count]);
}

/* Bob has followed Alice so many times, and is where the box let her out last. */
static void check_moved(const struct world *world, unsigned times)
{
    const struct sim_xchg *b = world->pair.b;
    assert_int_equal(b->calls[SIM_MOVED], times);
    if (times == 0)
        return;
    assert_int_equal(b->moved.remote.port, world->nat->last_port);
    assert_true(x4_net_addr_same_ip(&b->moved.remote, &world->nat->outside));
    assert_int_equal(b->moved.encap, b->moved.local.port == SIM_PORT_NATT);
}

/* Bob reaches Alice: his messages go where she is. */
static void check_reached(const struct world *world)
{
    pair_quick(world->pair.b);
}

static void check_not_reached(const struct world *world)
{
    struct sim_xchg *quick = sim_init2(world->pair.b);
    assert_non_null(quick);
    sim_settle(world->pair.sim);
    assert_false(sim_complete(quick));
    sim_term(quick, bfalse);
}

static void test_followed_on_question(void **state) /* req 3947-3-3 3947-7-1 */
{
    (void)state;
    for (unsigned bit = 0; bit < 5; bit++) {
        struct world world;
        prepare(&world, (uint8_t)(1u << bit), true);
        world.pair.alice->config1.dpd_sec = DPD_SEC;
        pair_connect(&world.pair);
        check_reached(&world);
        sim_nat_rebind(world.nat);
        check_not_reached(&world);
        check_moved(&world, 0);
        sim_run(world.pair.sim, LONG_ENOUGH_MS);
        check_moved(&world, 1);
        check_reached(&world);
        sim_nat_move(world.nat);
        sim_run(world.pair.sim, LONG_ENOUGH_MS);
        check_moved(&world, 2);
        check_reached(&world);
        sim_run(world.pair.sim, 10 * LONG_ENOUGH_MS);
        check_moved(&world, 2);
        assert_int_equal(world.pair.a->calls[SIM_MOVED], 0);
        close_world(&world);
    }
}

/* Bob's question does not get through, Alice's answer cannot come: nothing to follow. */
static void test_not_followed_on_silence(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, 0, 1);
    sim_nat_rebind(world.nat);
    sim_run(world.pair.sim, 5 * 1000);
    check_moved(&world, 0);
    close_world(&world);
}

/* The first message may be a copy, so it is answered where it came from and proves nothing yet. */
static bool lose_third(void *context, const struct sim_datagram *datagram)
{
    unsigned *messages = context;
    return datagram->data[WIRE_EXCHANGE_AT] != WIRE_QUICK || ++*messages != 3;
}

static void test_followed_on_quick_mode(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    sim_nat_rebind(world.nat);
    unsigned messages = 0;
    world.pair.sim->network.tap = lose_third;
    world.pair.sim->network.tap_context = &messages;
    const struct sim_xchg *quick = sim_init2(world.pair.a);
    sim_settle(world.pair.sim);
    assert_true(sim_complete(quick));
    assert_null(sim_peer(quick));
    check_moved(&world, 0);
    sim_run(world.pair.sim, 2000); /* Bob sends his message again, Alice answers again */
    assert_non_null(sim_peer(quick));
    check_moved(&world, 1);
    check_reached(&world);
    close_world(&world);
}

/* The question was on its way yet when the box forgot; the answer has a new port. */
static void test_followed_on_answer(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, 0, DPD_SEC);
    world.swallow = world.pair.bob;
    sim_run(world.pair.sim, LONG_ENOUGH_MS);
    world.swallow = NULL;
    const struct sim_datagram *question = world.kept[world.count - 1];
    sim_nat_rebind(world.nat);
    sim_inject_at(world.pair.alice, SIM_PORT_NATT, &question->from, question->data, question->len);
    sim_settle(world.pair.sim);
    check_moved(&world, 1);
    check_reached(&world);
    sim_nat_rebind(world.nat);
    struct sim_datagram *answer = world.kept[world.count - 1];
    sim_run(world.pair.sim, LONG_ENOUGH_MS);
    sim_inject_at(world.pair.bob, SIM_PORT_NATT, &elsewhere, answer->data, answer->len);
    check_moved(&world, 1);
    close_world(&world);
}

/* An authenticated message that could be a copy: its word counts, its address does not. */
static void test_not_followed_on_delete(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    struct sim_xchg *quick = pair_quick(world.pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    sim_nat_rebind(world.nat);
    sim_term(quick, btrue);
    sim_settle(world.pair.sim);
    assert_true(sim_ended(peer, x4c_ike_deleted));
    check_moved(&world, 0);
    close_world(&world);
}

/* Everything that was sent comes once more, from somewhere else, to whom it was for. */
static void replay_all(struct world *world)
{
    struct pair *pair = &world->pair;
    unsigned count = world->count;
    for (unsigned i = 0; i < count; i++) {
        const struct sim_datagram *datagram = world->kept[i];
        bool to_bob = x4_net_addr_same_ip(&datagram->to, &pair->bob->addr);
        struct sim_node *node = to_bob ? pair->bob : pair->alice;
        sim_inject_at(node, SIM_PORT, &elsewhere, datagram->data, datagram->len);
        sim_inject_at(node, SIM_PORT_NATT, &elsewhere, datagram->data, datagram->len);
    }
}

static void live(struct world *world)
{
    pair_quick(world->pair.a);
    pair_quick(world->pair.b);
    sim_run(world->pair.sim, 2 * LONG_ENOUGH_MS);
}

static void test_replay(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    world.pair.sim->network.delay_max_ms = world.pair.sim->network.delay_min_ms;
    live(&world);
    replay_all(&world);
    check_moved(&world, 0);
    assert_int_equal(world.pair.a->calls[SIM_MOVED], 0);
    check_reached(&world);
    close_world(&world);
}

/* When their message IDs are long forgotten. */
static void test_late_replay(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    live(&world);
    world.pair.sim->network.tap = NULL;
    sim_run(world.pair.sim, (x4_msec)3 * REMEMBERED * LONG_ENOUGH_MS);
    world.pair.sim->network.tap = keep;
    replay_all(&world);
    check_moved(&world, 0);
    assert_int_equal(world.pair.a->calls[SIM_MOVED], 0);
    check_reached(&world);
    close_world(&world);
}

/* Messages of their own that nobody has proven: whatever byte is changed, and nonsense. */
static void test_forgery(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    world.swallow = world.pair.alice;
    sim_run(world.pair.sim, LONG_ENOUGH_MS);
    struct sim_datagram *question = world.kept[world.count - 1];
    assert_int_equal(question->data[WIRE_EXCHANGE_AT], WIRE_INFORMATIONAL);
    for (size_t at = 0; at < question->len; at++) {
        question->data[at] ^= 0x80;
        sim_inject_at(world.pair.bob, SIM_PORT_NATT, &elsewhere, question->data, question->len);
        question->data[at] ^= 0x80;
    }
    check_moved(&world, 0);
    close_world(&world);
}

/* Bob is behind no NAT, so he stays where he is, whoever says what from elsewhere. */
static void test_not_followed_by_who_is_hidden(void **state) /* req 3947-7-2 */
{
    (void)state;
    struct world world;
    open_asking(&world, 0, DPD_SEC);
    world.swallow = world.pair.bob;
    sim_run(world.pair.sim, LONG_ENOUGH_MS);
    const struct sim_datagram *question = world.kept[world.count - 1];
    assert_int_equal(question->data[WIRE_EXCHANGE_AT], WIRE_INFORMATIONAL);
    assert_int_equal(
        sim_inject_at(world.pair.alice, SIM_PORT_NATT, &elsewhere, question->data, question->len),
        x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_MOVED], 0);
    close_world(&world);
}

/* The same bytes from elsewhere are refused where no NAT was found, fresh or not. */
static void test_without_nat(void **state)
{
    (void)state;
    struct world world;
    prepare(&world, x4c_ike_natt_rfc, false);
    world.pair.alice->config1.dpd_sec = DPD_SEC;
    pair_connect(&world.pair);
    world.swallow = world.pair.alice;
    sim_run(world.pair.sim, LONG_ENOUGH_MS);
    const struct sim_datagram *question = world.kept[world.count - 1];
    assert_int_equal(sim_inject(world.pair.bob, &elsewhere, question->data, question->len),
                     x4c_ike_bad_link);
    assert_int_equal(sim_inject_at(world.pair.bob, SIM_PORT_NATT, &question->from, question->data,
                                   question->len),
                     x4c_ike_bad_link);
    assert_int_equal(world.pair.b->calls[SIM_MOVED], 0);
    assert_int_equal(sim_inject(world.pair.bob, &question->from, question->data, question->len),
                     x4c_ike_none);
    close_world(&world);
}

/* The SA goes on elsewhere: the successor knows of the NAT. */
static void test_successor_behind_nat(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    struct pair *pair = &world.pair;
    struct sim_node *carol = sim_add(pair->sim);
    use_networks(carol, 1, 2);
    carol->config1.dpd_sec = DPD_SEC;
    pair->alice->deaf = true;
    sim_term(pair->a, bfalse);
    sim_swap_addresses(pair->alice, carol);
    struct sim_xchg *c = sim_resume1(carol, pair->a);
    assert_non_null(c);
    check_reached(&world);
    assert_true(sim_last(pair->bob, 2)->keys2.transform.encap);
    sim_nat_rebind(world.nat);
    pair_quick(c);
    check_moved(&world, 1);
    check_reached(&world);
    close_world(&world);
}

static void test_successor_follows(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    struct pair *pair = &world.pair;
    struct sim_node *carol = sim_add(pair->sim);
    use_networks(carol, 2, 1);
    pair->bob->deaf = true;
    sim_term(pair->b, bfalse);
    sim_swap_addresses(pair->bob, carol);
    struct sim_xchg *c = sim_resume1(carol, pair->b);
    assert_non_null(c);
    pair_quick(c);
    sim_nat_rebind(world.nat);
    pair_quick(pair->a);
    assert_int_equal(c->calls[SIM_MOVED], 1);
    pair_quick(c);
    close_world(&world);
}

/* A question from another place proves nothing to the successor; that its own is answered does. */
static void test_successor_asks_back(void **state)
{
    (void)state;
    for (uint32_t own_sec = 0; own_sec < 100; own_sec += 50) {
        struct world world;
        open_asking(&world, DPD_SEC, 0);
        struct pair *pair = &world.pair;
        struct sim_node *carol = sim_add(pair->sim);
        use_networks(carol, 2, 1);
        carol->config1.dpd_sec = own_sec;
        pair->bob->deaf = true;
        sim_term(pair->b, bfalse);
        sim_swap_addresses(pair->bob, carol);
        struct sim_xchg *c = sim_resume1(carol, pair->b);
        assert_non_null(c);
        sim_nat_rebind(world.nat);
        sim_run(pair->sim, LONG_ENOUGH_MS);
        assert_int_equal(c->calls[SIM_MOVED], 1);
        assert_int_equal(c->moved.remote.port, world.nat->last_port);
        pair_quick(c);
        close_world(&world);
    }
}

/* The successor has not seen what was sent before, and must not take it for new. */
static void test_replay_to_successor(void **state)
{
    (void)state;
    struct world world;
    open_asking(&world, DPD_SEC, 0);
    struct pair *pair = &world.pair;
    live(&world);
    struct sim_node *carol = sim_add(pair->sim);
    use_networks(carol, 2, 1);
    pair->bob->deaf = true;
    sim_term(pair->b, bfalse);
    sim_swap_addresses(pair->bob, carol);
    struct sim_xchg *c = sim_resume1(carol, pair->b);
    assert_non_null(c);
    unsigned count = world.count;
    for (unsigned i = 0; i < count; i++)
        sim_inject_at(carol, SIM_PORT_NATT, &elsewhere, world.kept[i]->data, world.kept[i]->len);
    assert_int_equal(c->calls[SIM_MOVED], 0);
    unsigned asked = 0;
    for (unsigned i = count; i < world.count; i++)
        asked += x4_net_addr_equal(&world.kept[i]->to, &elsewhere) &&
                 world.kept[i]->data[WIRE_EXCHANGE_AT] == WIRE_INFORMATIONAL;
    assert_int_equal(asked, 1); /* whoever is there does not know the keys */
    pair_quick(c);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_followed_on_question),
        cmocka_unit_test(test_not_followed_on_silence),
        cmocka_unit_test(test_followed_on_quick_mode),
        cmocka_unit_test(test_followed_on_answer),
        cmocka_unit_test(test_not_followed_on_delete),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_late_replay),
        cmocka_unit_test(test_forgery),
        cmocka_unit_test(test_not_followed_by_who_is_hidden),
        cmocka_unit_test(test_without_nat),
        cmocka_unit_test(test_successor_behind_nat),
        cmocka_unit_test(test_successor_follows),
        cmocka_unit_test(test_successor_asks_back),
        cmocka_unit_test(test_replay_to_successor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
