/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Protected messages of the peer's that are sent again, long after, and to a successor that has not
 * seen them.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    NO_PROPOSAL = 14, /* RFC 2408 3.14.1 */
    INITIAL_CONTACT = 24578,
    LONG_ENOUGH_MS = 180 * 1000,
};

struct world {
    struct pair pair;
    struct spy *spy;
    struct sim_datagram *error; /* the first informational message of Bob's */
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    bool by_bob = x4_net_addr_same_ip(&datagram->from, &world->pair.bob->addr);
    spy_see(world->spy, datagram);
    if (!world->error && by_bob && datagram->data[WIRE_EXCHANGE_AT] == WIRE_INFORMATIONAL)
        world->error = sim_datagram_copy(datagram);
    return true;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    world->spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
    pair_connect(pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
    free(world->error);
}

/* The SA of Alice's goes on at another node. */
static struct sim_xchg *succeed_alice(struct world *world)
{
    struct pair *pair = &world->pair;
    struct sim_node *carol = sim_add(pair->sim);
    sim_term(pair->a, bfalse);
    sim_swap_addresses(pair->alice, carol);
    struct sim_xchg *sa = sim_resume1(carol, pair->a);
    assert_non_null(sa);
    return sa;
}

static x4e_ike_reason notify(struct world *world, struct sim_node *to, uint16_t type)
{
    static uint32_t message_id = 0x1000;
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t len = spy_notify(world->spy, ++message_id, type, NULL, 0, sealed);
    return sim_inject(to, &world->pair.bob->addr, sealed, len);
}

/* A quick mode that stays under way: Bob does not hear of it. */
static struct sim_xchg *pending(struct world *world, struct sim_xchg *sa)
{
    world->pair.bob->deaf = true;
    struct sim_xchg *quick = sim_init2(sa);
    assert_non_null(quick);
    sim_run(world->pair.sim, 100);
    assert_false(quick->calls[SIM_DISPOSED]);
    return quick;
}

/* An error of the past is known after dozens of other messages. */
static void test_old_error(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    struct pair *pair = &world.pair;
    pair->bob->refuse2 = true;
    sim_init2(pair->a);
    sim_settle(pair->sim);
    assert_non_null(world.error);
    pair->bob->refuse2 = false;
    pair->bob->config1.dpd_sec = 10;
    for (unsigned i = 0; i < 30; i++)
        sim_term(pair_quick(pair->b), btrue);
    const struct sim_xchg *quick = pending(&world, pair->a);
    assert_int_equal(sim_inject(pair->alice, &pair->bob->addr, world.error->data, world.error->len),
                     x4c_ike_replayed);
    assert_false(quick->calls[SIM_DISPOSED]);
    pair->bob->deaf = false;
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_true(sim_complete(quick));
    close_world(&world);
}

/* An error that names no SPI ends the only quick mode under way, at once if it cannot be old. */
static void test_error_without_spi(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    const struct sim_xchg *quick = pending(&world, world.pair.a);
    assert_int_equal(notify(&world, world.pair.alice, NO_PROPOSAL), x4c_ike_none);
    assert_true(sim_ended(quick, x4c_ike_peer_no_proposal));
    close_world(&world);
}

static void test_error_to_successor(void **state)
{
    (void)state;
    for (unsigned answers = 0; answers < 2; answers++) {
        struct world world;
        open_world(&world);
        struct sim_xchg *sa = succeed_alice(&world);
        const struct sim_xchg *quick = pending(&world, sa);
        assert_int_equal(notify(&world, sa->node, NO_PROPOSAL), x4c_ike_none);
        assert_false(quick->calls[SIM_DISPOSED]);
        world.pair.bob->deaf = !answers;
        sim_run(world.pair.sim, LONG_ENOUGH_MS);
        assert_int_equal(sim_complete(quick), answers);
        assert_int_equal(sim_ended(quick, x4c_ike_peer_no_proposal), !answers);
        close_world(&world);
    }
}

/* It comes with a new SA; under one that went on elsewhere it is an old one. */
static void test_initial_contact(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    assert_int_equal(notify(&world, world.pair.alice, INITIAL_CONTACT), x4c_ike_none);
    assert_int_equal(notify(&world, world.pair.alice, INITIAL_CONTACT), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_NOTIFIED], 1);
    const struct sim_xchg *sa = succeed_alice(&world);
    assert_int_equal(notify(&world, sa->node, INITIAL_CONTACT), x4c_ike_none);
    assert_int_equal(sa->calls[SIM_NOTIFIED], 0);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_error),
        cmocka_unit_test(test_error_without_spi),
        cmocka_unit_test(test_error_to_successor),
        cmocka_unit_test(test_initial_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
