/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The commit bit and CONNECTED: a responder that confirms, an initiator that waits for it a while,
 * and fourth messages of quick mode of peers that were not waited for. An eavesdropper with the
 * keys speaks for the responder where it does not do so itself.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    CONNECTED = 16384, /* RFC 2408 3.14.1 */
    INITIAL_CONTACT = 24578,
    NO_PROPOSAL = 14,
    COMMIT = 2,
    WAIT_MS = 4000, /* default of x4s_ike_timing */
    SLACK_MS = 50,
    DUPLICATE_MS = 600,
    NOTIFY = 16, /* a notify with an SPI of four bytes: generic header, DOI, ids, type, SPI */
    ORDERS = 5,
    LATER_MS = 200 * 1000,
};

struct world {
    struct pair pair;
    struct spy *spy;
    uint32_t message_id;                    /* of the last quick mode */
    uint8_t fresh_iv[x4c_cipher_block_max]; /* with which an exchange of that ID would begin */
    unsigned seen[ORDERS];                  /* messages of quick mode by place */
    uint8_t flags[ORDERS];                  /* of the last of each */
    struct sim_datagram *kept[ORDERS];      /* the first of each */
    unsigned swallow;                       /* bits by place: those that get lost */
    unsigned mark;                          /* those that get the commit bit on their way */
    bool mark_phase1;
    bool blind; /* what follows is passed on: repetitions confuse the spy */
};

static void resend_marked(struct world *world, const struct sim_datagram *datagram)
{
    struct sim *sim = world->pair.sim;
    uint8_t message[SPY_MESSAGE_MAX];
    memcpy(message, datagram->data, datagram->len);
    message[WIRE_FLAGS_AT] |= COMMIT;
    sim_network_send(&sim->network, sim->now, &datagram->from, &datagram->to, message,
                     datagram->len);
}

/* False: to be lost. */
static bool look(struct world *world, const struct sim_datagram *datagram)
{
    uint32_t message_id = wire_u32(datagram->data + WIRE_MESSAGE_ID_AT);
    if (message_id != world->message_id) {
        world->message_id = message_id;
        memcpy(world->fresh_iv, spy_exchange(world->spy, message_id)->iv, sizeof(world->fresh_iv));
    }
    if (!spy_see(world->spy, datagram))
        return true;
    unsigned order = world->spy->last.order;
    if (order >= ORDERS)
        return true;
    world->seen[order]++;
    world->flags[order] = datagram->data[WIRE_FLAGS_AT];
    if (!world->kept[order])
        world->kept[order] = sim_datagram_copy(datagram);
    return !(world->swallow & 1U << order);
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    bool quick = datagram->data[WIRE_EXCHANGE_AT] == WIRE_QUICK;
    bool marked = datagram->data[WIRE_FLAGS_AT] & COMMIT;
    if (world->blind)
        return true;
    if (!quick && world->mark_phase1 && !marked) {
        resend_marked(world, datagram);
        return false;
    }
    if (!quick) {
        spy_see(world->spy, datagram);
        return true;
    }
    if (marked && world->mark)
        return true; /* its copy was seen */
    if (!look(world, datagram))
        return false;
    if (!(world->mark & 1U << world->spy->last.order))
        return true;
    resend_marked(world, datagram);
    return false;
}

static void prepare(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    struct pair *pair = &world->pair;
    world->spy = spy_new(pair->alice);
    pair->sim->forged = true;
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = world;
}

/* Bob confirms. */
static void open_world(struct world *world)
{
    prepare(world);
    world->pair.bob->config2.commit = btrue;
    pair_connect(&world->pair);
}

/* Bob does not know of it, but his second message says so. */
static void open_world_of_spy(struct world *world)
{
    prepare(world);
    world->mark = 1U << 2;
    pair_connect(&world->pair);
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
    for (unsigned i = 0; i < ORDERS; i++)
        free(world->kept[i]);
}

static struct sim_xchg *begin(struct world *world)
{
    struct sim_xchg *quick = sim_init2(world->pair.a);
    assert_non_null(quick);
    sim_settle(world->pair.sim);
    return quick;
}

/* A message of Bob's with one notify about an SPI of his. */
static x4e_ike_reason say(struct world *world, uint8_t exchange, uint32_t message_id,
                          const uint8_t *iv, uint16_t type, uint32_t spi)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t chain[x4c_cipher_block_max];
    uint8_t *notify = plain + spy_begin(world->spy, exchange, message_id, WIRE_NOTIFY, plain);
    wire_put(notify + 2, 2, NOTIFY);
    wire_put(notify + 4, 4, 1); /* DOI, protocol, SPI size, type, SPI */
    notify[8] = 3;
    notify[9] = 4;
    wire_put(notify + 10, 2, type);
    wire_put(notify + 12, 4, spi);
    size_t len = (size_t)(notify - plain) + NOTIFY;
    memcpy(chain, iv, sizeof(chain));
    assert_true(spy_rehash(world->spy, 4, plain, len));
    len = spy_seal(world->spy, chain, plain, len, sealed);
    return sim_inject(world->pair.alice, &world->pair.bob->addr, sealed, len);
}

/* A fourth message of the last quick mode. */
static x4e_ike_reason say_fourth(struct world *world, uint16_t type)
{
    const uint8_t *iv = spy_exchange(world->spy, world->message_id)->iv;
    return say(world, WIRE_QUICK, world->message_id, iv, type, 0);
}

static struct sim_xchg *waiting(struct world *world)
{
    struct sim_xchg *quick = begin(world);
    assert_int_equal(world->seen[3], 1);
    assert_false(quick->calls[SIM_COMPLETED]);
    assert_false(quick->calls[SIM_DISPOSED]);
    return quick;
}

/* -------------------------------------------------------------------------- a peer of ours */

static void confirms_when_it_is_told(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 2 && call == SIM_SEND && xchg->calls[SIM_SEND] == 2)
        assert_int_equal(xchg->calls[SIM_COMPLETED], 1);
}

static void test_confirmed(void **state)
{
    (void)state;
    for (unsigned pfs = 0; pfs < 2; pfs++) {
        struct world world;
        open_world(&world);
        struct pair *pair = &world.pair;
        pair->alice->transforms2[0].group = pair->bob->transforms2[0].group =
            pfs ? x4c_group_ecp256 : 0;
        pair->bob->hook = confirms_when_it_is_told;
        const struct sim_xchg *quick = begin(&world);
        assert_true(sim_complete(quick));
        assert_true(sim_complete(sim_peer(quick)));
        assert_true(quick->completed_at > sim_peer(quick)->completed_at);
        assert_int_equal(pair->alice->stats.unconnected, 0);
        for (unsigned order = 1; order < ORDERS; order++) {
            assert_int_equal(world.seen[order], 1);
            assert_int_equal(!!(world.flags[order] & COMMIT), order % 2 == 0);
        }
        sim_run(pair->sim, LATER_MS);
        assert_true(sim_complete(quick));
        close_world(&world);
    }
}

/* The one that sets the bit does not wait for the other. */
static void test_of_the_responder_only(void **state) /* req 2408-3.1-7 */
{
    (void)state;
    struct world world;
    open_world(&world);
    struct sim_xchg *quick = sim_init2(world.pair.b);
    sim_settle(world.pair.sim);
    assert_true(sim_complete(quick));
    assert_int_equal(world.seen[4], 0);
    close_world(&world);
}

static void test_confirmation_lost(void **state)
{
    (void)state;
    for (unsigned set = 0; set < 2; set++) {
        struct world world;
        prepare(&world);
        struct pair *pair = &world.pair;
        x4_msec wait = set ? 700 : WAIT_MS;
        pair->alice->config.timing.connected_ms = set ? 700 : 0;
        pair->bob->config2.commit = btrue;
        world.swallow = 1U << 4;
        pair_connect(pair);
        const struct sim_xchg *quick = waiting(&world);
        x4_msec began = pair->sim->now;
        sim_run(pair->sim, LATER_MS);
        assert_true(sim_complete(quick));
        assert_in_range(quick->completed_at, began + wait - SLACK_MS, began + wait + SLACK_MS);
        assert_int_equal(pair->alice->stats.unconnected, 1);
        assert_int_equal(world.seen[3], 1);
        close_world(&world);
    }
}

/* Bob repeats message 2, which Alice answers by message 3 again. */
static void test_third_lost(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    world.swallow = 1U << 3;
    const struct sim_xchg *quick = waiting(&world);
    world.blind = true;
    sim_run(world.pair.sim, 2000);
    assert_true(sim_complete(quick));
    assert_int_equal(world.pair.alice->stats.unconnected, 0);
    close_world(&world);
}

/* Who repeats message 3 gets CONNECTED again, the same bytes. */
static void test_third_repeated(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    world.swallow = 1U << 4;
    struct pair *pair = &world.pair;
    const struct sim_xchg *quick = waiting(&world);
    sim_run(pair->sim, DUPLICATE_MS);
    world.blind = true;
    const struct sim_datagram *third = world.kept[3];
    assert_int_equal(sim_inject(pair->bob, &third->from, third->data, third->len),
                     x4c_ike_duplicate);
    sim_settle(pair->sim);
    assert_true(sim_complete(quick));
    close_world(&world);
}

static void test_loss(void **state)
{
    (void)state;
    unsigned confirmed = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct pair pair = pair_connected(seed);
        pair.bob->config2.commit = btrue;
        pair.sim->network.loss_pct = 30;
        pair.sim->network.duplicate_pct = 30;
        struct sim_xchg *quick = sim_init2(pair.a);
        sim_run(pair.sim, LATER_MS);
        assert_int_equal(quick->calls[SIM_COMPLETED] + quick->calls[SIM_DISPOSED], 1);
        confirmed += sim_complete(quick) && pair.alice->stats.unconnected == 0;
        sim_free(pair.sim);
    }
    assert_true(confirmed > 50);
}

/* -------------------------------------------------------------------------- other peers */

static void test_fourth_message(void **state) /* req 2408-3.1-8 */
{
    (void)state;
    static const uint16_t types[] = {CONNECTED, INITIAL_CONTACT};
    for (unsigned i = 0; i < x4m_countof(types); i++) {
        struct world world;
        open_world_of_spy(&world);
        const struct sim_xchg *quick = waiting(&world);
        assert_int_equal(say_fourth(&world, types[i]), x4c_ike_none);
        assert_true(sim_complete(quick));
        assert_int_equal(say_fourth(&world, types[i]), x4c_ike_duplicate);
        assert_int_equal(world.pair.a->calls[SIM_NOTIFIED], i);
        assert_int_equal(world.pair.alice->stats.unconnected, 0);
        close_world(&world);
    }
}

/* RFC 2408 3.1: an informational message with the message ID of the quick mode. */
static void test_informational(void **state) /* req 2408-3.1-9 2408-4.8-4 */
{
    (void)state;
    struct world world;
    open_world_of_spy(&world);
    const struct sim_xchg *quick = waiting(&world);
    assert_int_equal(
        say(&world, WIRE_INFORMATIONAL, world.message_id, world.fresh_iv, INITIAL_CONTACT, 0),
        x4c_ike_replayed);
    assert_false(sim_complete(quick));
    assert_int_equal(
        say(&world, WIRE_INFORMATIONAL, world.message_id, world.fresh_iv, CONNECTED, 0),
        x4c_ike_none);
    assert_true(sim_complete(quick));
    assert_int_equal(
        say(&world, WIRE_INFORMATIONAL, world.message_id, world.fresh_iv, CONNECTED, 0),
        x4c_ike_replayed);
    close_world(&world);
}

/* With an ID of its own, naming the SA. */
static void test_informational_by_spi(void **state)
{
    (void)state;
    struct world world;
    open_world_of_spy(&world);
    const struct sim_xchg *quick = waiting(&world);
    uint32_t spi = world.pair.bob->last_spi;
    const uint8_t *iv = spy_exchange(world.spy, 0x1001)->iv;
    assert_int_equal(say(&world, WIRE_INFORMATIONAL, 0x1001, iv, CONNECTED, spi + 1000),
                     x4c_ike_none);
    assert_false(sim_complete(quick));
    iv = spy_exchange(world.spy, 0x1002)->iv;
    assert_int_equal(say(&world, WIRE_INFORMATIONAL, 0x1002, iv, CONNECTED, spi), x4c_ike_none);
    assert_true(sim_complete(quick));
    iv = spy_exchange(world.spy, 0x1003)->iv;
    assert_int_equal(say(&world, WIRE_INFORMATIONAL, 0x1003, iv, CONNECTED, spi), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_NOTIFIED], 0);
    close_world(&world);
}

/* Windows: a fourth message although nobody waits. It is told of once, however often it comes. */
static void test_fourth_not_waited_for(void **state)
{
    (void)state;
    struct world world;
    prepare(&world);
    pair_connect(&world.pair);
    const struct sim_xchg *quick = begin(&world);
    assert_true(sim_complete(quick));
    assert_int_equal(say_fourth(&world, INITIAL_CONTACT), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_NOTIFIED], 1);
    assert_int_equal(world.pair.a->notify, INITIAL_CONTACT);
    assert_int_equal(say_fourth(&world, INITIAL_CONTACT), x4c_ike_duplicate);
    assert_int_equal(say_fourth(&world, CONNECTED), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_NOTIFIED], 1);
    assert_true(sim_complete(quick));
    sim_run(world.pair.sim, LATER_MS); /* message 3 is not kept any more */
    assert_int_equal(say_fourth(&world, INITIAL_CONTACT), x4c_ike_unexpected_message);
    close_world(&world);
}

/* Nothing that is not authenticated confirms. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    world.swallow = 1U << 4;
    const struct sim_xchg *quick = waiting(&world);
    struct sim_datagram *fourth = world.kept[4];
    for (size_t at = WIRE_HEADER; at < fourth->len; at++) {
        fourth->data[at] ^= 0x10;
        assert_int_not_equal(sim_inject(world.pair.alice, &fourth->from, fourth->data, fourth->len),
                             x4c_ike_none);
        fourth->data[at] ^= 0x10;
    }
    assert_false(sim_complete(quick));
    assert_int_equal(sim_inject(world.pair.alice, &fourth->from, fourth->data, fourth->len),
                     x4c_ike_none);
    assert_true(sim_complete(quick));
    close_world(&world);
}

static void test_refused_while_waiting(void **state)
{
    (void)state;
    struct world world;
    open_world_of_spy(&world);
    const struct sim_xchg *quick = waiting(&world);
    const uint8_t *iv = spy_exchange(world.spy, 0x1001)->iv;
    assert_int_equal(
        say(&world, WIRE_INFORMATIONAL, 0x1001, iv, NO_PROPOSAL, world.pair.bob->last_spi),
        x4c_ike_none);
    assert_true(sim_ended(quick, x4c_ike_peer_no_proposal));
    assert_false(quick->calls[SIM_COMPLETED]);
    close_world(&world);
}

static void test_ended_while_waiting(void **state)
{
    (void)state;
    struct world world;
    open_world_of_spy(&world);
    struct sim_xchg *quick = waiting(&world);
    sim_term(quick, btrue);
    assert_true(sim_ended(quick, x4c_ike_terminated));
    sim_run(world.pair.sim, LATER_MS);
    assert_false(quick->calls[SIM_COMPLETED]);
    close_world(&world);
}

/* In phase 1, and of an initiator of quick mode, it is without effect. */
static void test_elsewhere(void **state)
{
    (void)state;
    struct world world;
    prepare(&world);
    world.mark_phase1 = true;
    world.mark = 1U << 1 | 1U << 3;
    pair_connect(&world.pair);
    const struct sim_xchg *quick = begin(&world);
    assert_true(sim_complete(quick));
    assert_true(sim_complete(sim_peer(quick)));
    assert_int_equal(world.seen[3], 1);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confirmed),
        cmocka_unit_test(test_of_the_responder_only),
        cmocka_unit_test(test_confirmation_lost),
        cmocka_unit_test(test_third_lost),
        cmocka_unit_test(test_third_repeated),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_fourth_message),
        cmocka_unit_test(test_informational),
        cmocka_unit_test(test_informational_by_spi),
        cmocka_unit_test(test_fourth_not_waited_for),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_refused_while_waiting),
        cmocka_unit_test(test_ended_while_waiting),
        cmocka_unit_test(test_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
