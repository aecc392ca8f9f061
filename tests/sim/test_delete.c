/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Deletes that name many SAs, which our own never do: an eavesdropper with the keys sends them to
 * either end.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    CHILDREN = 20,
    SPIS_MAX = 256, /* in one message */
    PAYLOADS_MAX = 3,
};

struct world {
    struct pair pair;
    struct spy *spy;
    struct sim_xchg *children[CHILDREN]; /* Alice's */
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    spy_see(context, datagram);
    return true;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    world->spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world->spy;
    pair_connect(pair);
    for (unsigned i = 0; i < CHILDREN; i++)
        world->children[i] = pair_quick(pair->a);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* Delete payloads to Bob, all in one message: of ESP, with the SPIs from `from` on. */
static x4e_ike_reason send_delete(struct world *world, uint32_t message_id, const uint32_t *spis,
                                  const unsigned counts[PAYLOADS_MAX])
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    struct spy *spy = world->spy;
    size_t len = spy_begin(spy, WIRE_INFORMATIONAL, message_id, WIRE_DELETE, plain);
    for (unsigned i = 0; i < PAYLOADS_MAX && counts[i]; i++) {
        uint8_t *at = plain + len;
        size_t size = WIRE_GENERIC + 8 + 4 * (size_t)counts[i];
        at[0] = i + 1 < PAYLOADS_MAX && counts[i + 1] ? WIRE_DELETE : WIRE_NONE;
        wire_put(at + 2, 2, (uint32_t)size);
        wire_put(at + 4, 4, 1); /* DOI, protocol, SPI size, number, SPIs */
        at[8] = 3;
        at[9] = 4;
        wire_put(at + 10, 2, counts[i]);
        for (unsigned k = 0; k < counts[i]; k++)
            wire_put(at + 12 + 4 * (size_t)k, 4, *spis++);
        len += size;
    }
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, len));
    len = spy_seal(spy, iv, plain, len, sealed);
    return sim_inject(world->pair.bob, &world->pair.alice->addr, sealed, len);
}

/* Every second is unknown to Bob. */
static void spis_of(const struct world *world, uint32_t spis[2 * CHILDREN])
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        spis[2 * i] = world->children[i]->keys2.in.spi;
        spis[2 * i + 1] = 0x80000000 + i;
    }
}

static void test_many(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint32_t spis[2 * CHILDREN];
    spis_of(&world, spis);
    struct sim_xchg *other = pair_quick(world.pair.b);
    assert_int_equal(sim_count(world.pair.bob, 2), CHILDREN + 1);
    assert_int_equal(
        send_delete(&world, 0x1001, spis, (const unsigned[PAYLOADS_MAX]){2 * CHILDREN}),
        x4c_ike_none);
    assert_int_equal(sim_count(world.pair.bob, 2), 1);
    assert_int_equal(world.pair.b->calls[SIM_MISSED], CHILDREN);
    assert_int_equal(world.pair.b->missed_spi, 0x80000000 + CHILDREN - 1);
    assert_true(sim_complete(other));
    assert_int_equal(world.pair.bob->stats.disposed2[x4c_ike_deleted], CHILDREN);
    assert_true(sim_complete(world.pair.b));
    close_world(&world);
}

static void test_several_payloads(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint32_t spis[2 * CHILDREN];
    spis_of(&world, spis);
    assert_int_equal(send_delete(&world, 0x1001, spis, (const unsigned[PAYLOADS_MAX]){2, 4, 6}),
                     x4c_ike_none);
    assert_int_equal(sim_count(world.pair.bob, 2), CHILDREN - 6);
    close_world(&world);
}

/* One more than is looked at, wherever it stands: nothing is deleted. */
static void test_too_many(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint32_t spis[SPIS_MAX + 2] = {0};
    spis_of(&world, spis);
    static const unsigned counts[][PAYLOADS_MAX] = {
        {SPIS_MAX + 1}, {SPIS_MAX, 1}, {1, 1, SPIS_MAX}};
    for (unsigned i = 0; i < x4m_countof(counts); i++)
        assert_int_equal(send_delete(&world, 0x1001 + i, spis, counts[i]), x4c_ike_malformed);
    assert_int_equal(sim_count(world.pair.bob, 2), CHILDREN);
    assert_int_equal(send_delete(&world, 0x1010, spis, (const unsigned[PAYLOADS_MAX]){SPIS_MAX}),
                     x4c_ike_none);
    assert_int_equal(sim_count(world.pair.bob, 2), 0);
    close_world(&world);
}

static void end_all(struct sim_xchg *xchg, enum sim_call call)
{
    struct sim_node *node = xchg->node;
    if (call != SIM_DISPOSED)
        return;
    node->hook = NULL;
    for (struct sim_xchg *other = node->xchgs; other; other = other->next)
        if (!other->calls[SIM_DISPOSED])
            sim_term(other, btrue);
}

/* The user ends everything, the ISAKMP SA too, when it is told of the first. */
static void test_ended_meanwhile(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint32_t spis[2 * CHILDREN];
    spis_of(&world, spis);
    world.pair.bob->hook = end_all;
    (void)send_delete(&world, 0x1001, spis, (const unsigned[PAYLOADS_MAX]){10, 10, 10});
    assert_null(world.pair.bob->hook);
    assert_int_equal(sim_count(world.pair.bob, 2), 0);
    assert_int_equal(sim_count(world.pair.bob, 1), 0);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_several_payloads),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_ended_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
