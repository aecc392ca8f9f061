/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * New group mode: a peer that describes a group of its own is told that none is accepted, and
 * nothing else follows. An eavesdropper with the keys asks, and reads the answers.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    ATTRIBUTES_NOT_SUPPORTED = 13, /* RFC 2408 3.14.1 */
    BAD_PROPOSAL_SYNTAX = 15,
    MESSAGE_ID = 0x4711,
    ANSWERS_MAX = 4, /* to one request */
    LATER_MS = 1500, /* answers are a second apart */
};

struct world {
    struct pair pair;
    struct spy *spy;
    unsigned answers;
    uint16_t type;    /* of the last answer */
    uint8_t protocol; /* and what it is about */
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t len;
};

static void hear(struct world *world)
{
    const struct spy_message *last = &world->spy->last;
    struct wire_part notify;
    if (!last->opened || last->plain[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL ||
        !wire_find(last->plain, last->plain_len, WIRE_NOTIFY, &notify))
        return;
    const uint8_t *body = last->plain + notify.at + WIRE_GENERIC;
    world->answers++;
    world->protocol = body[4];
    world->type = wire_u16(body + 6);
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    if (spy_see(world->spy, datagram))
        hear(world);
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
}

/* An SA payload with a MODP group of 16 bits, number 32769 (RFC 2409 Appendix A). */
static const uint8_t proposal[] = {
    0,    0, 0,    44,               /* generic header */
    0,    0, 0,    1,    0, 0, 0, 1, /* DOI, situation */
    0,    0, 0,    32,   1, 1, 0, 1, /* proposal of ISAKMP, one transform */
    0,    0, 0,    24,   1, 1, 0, 0, /* transform KEY_IKE */
    0x80, 4, 0x80, 1,                /* group description */
    0x80, 5, 0,    1,                /* group type MODP */
    0x80, 6, 0xff, 0xf1,             /* prime */
    0x80, 7, 0,    2,                /* generator */
};

static void seal(struct world *world, uint32_t message_id, const void *payload, size_t len)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t iv[x4c_cipher_block_max];
    struct spy *spy = world->spy;
    size_t at = spy_begin(spy, WIRE_NEW_GROUP, message_id, WIRE_SA, plain);
    memcpy(plain + at, payload, len);
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, at + len));
    world->len = spy_seal(spy, iv, plain, at + len, world->sealed);
}

static x4e_ike_reason ask(struct world *world, struct sim_node *node)
{
    const struct pair *pair = &world->pair;
    const struct sim_node *other = node == pair->bob ? pair->alice : pair->bob;
    return sim_inject(node, &other->addr, world->sealed, world->len);
}

/* Who made the ISAKMP SA makes no difference. */
static void test_refused(void **state) /* req 2409-5-4 2409-5.6-4 2408-5.14-1 */
{
    (void)state;
    for (unsigned initiator = 0; initiator < 2; initiator++) {
        struct world world;
        open_world(&world);
        struct pair *pair = &world.pair;
        struct sim_xchg *sa = initiator ? pair->a : pair->b;
        seal(&world, MESSAGE_ID, proposal, sizeof(proposal));
        assert_int_equal(ask(&world, sa->node), x4c_ike_group_refused);
        assert_int_equal(sa->node->stats.refused[x4c_ike_group_refused], 1);
        assert_int_equal(sa->node->stats.notified, 1);
        sim_settle(pair->sim);
        assert_int_equal(world.answers, 1);
        assert_int_equal(world.type, ATTRIBUTES_NOT_SUPPORTED);
        assert_int_equal(world.protocol, 1);
        assert_true(sim_complete(pair->a));
        assert_true(sim_complete(pair->b));
        pair_quick(pair->b);
        close_world(&world);
    }
}

static void test_not_a_proposal(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    uint8_t broken[sizeof(proposal)];
    memcpy(broken, proposal, sizeof(proposal));
    broken[15] = 5; /* length of the proposal */
    seal(&world, MESSAGE_ID, broken, sizeof(broken));
    assert_int_equal(ask(&world, world.pair.bob), x4c_ike_bad_proposal);
    sim_settle(world.pair.sim);
    assert_int_equal(world.type, BAD_PROPOSAL_SYNTAX);
    close_world(&world);
}

static void test_repetitions(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    struct sim_node *bob = world.pair.bob;
    seal(&world, MESSAGE_ID, proposal, sizeof(proposal));
    assert_int_equal(ask(&world, bob), x4c_ike_group_refused);
    for (unsigned i = 0; i < 20; i++) { /* within the second */
        assert_int_equal(ask(&world, bob), x4c_ike_duplicate);
        sim_settle(world.pair.sim);
    }
    assert_int_equal(world.answers, 1);
    for (unsigned i = 0; i < 20; i++) {
        sim_run(world.pair.sim, LATER_MS);
        assert_int_equal(ask(&world, bob), x4c_ike_duplicate);
    }
    sim_settle(world.pair.sim);
    assert_int_equal(world.answers, ANSWERS_MAX);

    seal(&world, MESSAGE_ID + 1, proposal, sizeof(proposal));
    assert_int_equal(ask(&world, bob), x4c_ike_group_refused);
    sim_settle(world.pair.sim);
    seal(&world, MESSAGE_ID, proposal, sizeof(proposal));
    assert_int_equal(ask(&world, bob), x4c_ike_replayed);
    close_world(&world);
}

/* What is not authenticated is not answered, and takes no message ID. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    struct sim_node *bob = world.pair.bob;
    seal(&world, MESSAGE_ID, proposal, sizeof(proposal));
    for (size_t at = WIRE_HEADER; at < world.len; at++) {
        world.sealed[at] ^= 0x10;
        x4e_ike_reason reason = ask(&world, bob);
        assert_true(reason != x4c_ike_none && reason != x4c_ike_group_refused);
        world.sealed[at] ^= 0x10;
    }
    assert_int_equal(world.answers, 0);
    assert_int_equal(ask(&world, bob), x4c_ike_group_refused);
    close_world(&world);
}

static void test_out_of_place(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    struct pair *pair = &world.pair;
    seal(&world, MESSAGE_ID, proposal, sizeof(proposal));
    wire_put(world.sealed + WIRE_MESSAGE_ID_AT, 4, 0);
    assert_int_equal(ask(&world, pair->bob), x4c_ike_bad_message_id);
    wire_put(world.sealed + WIRE_MESSAGE_ID_AT, 4, MESSAGE_ID);
    world.sealed[WIRE_FLAGS_AT] = 0;
    assert_int_equal(ask(&world, pair->bob), x4c_ike_not_encrypted);
    world.sealed[WIRE_FLAGS_AT] = WIRE_ENCRYPTED;
    sim_term(pair->b, bfalse);
    assert_int_equal(ask(&world, pair->bob), x4c_ike_unknown_sa);
    sim_settle(pair->sim);
    assert_int_equal(world.answers, 0);
    close_world(&world);
}

static void before_it_is_complete(struct sim_xchg *xchg, enum sim_call call)
{
    struct world *world = xchg->node->sim->test;
    if (xchg->phase != 1 || call != SIM_SEND || xchg->calls[SIM_COMPLETED] || !world->spy->has_keys)
        return;
    xchg->node->hook = NULL;
    seal(world, MESSAGE_ID, proposal, sizeof(proposal));
    assert_int_equal(ask(world, xchg->node), x4c_ike_not_established);
}

/* RFC 2409 5.6: it must not come before there is an ISAKMP SA. */
static void test_too_early(void **state) /* req 2409-4-3 2409-5.6-1 2409-5.6-2 */
{
    (void)state;
    struct world world = {.pair = pair_new(1)};
    struct pair *pair = &world.pair;
    world.spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->test = &world;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = &world;
    pair->bob->hook = before_it_is_complete;
    pair_connect(pair);
    assert_null(pair->bob->hook);
    assert_int_equal(world.answers, 0);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_not_a_proposal),
        cmocka_unit_test(test_repetitions),  cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_out_of_place), cmocka_unit_test(test_too_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
