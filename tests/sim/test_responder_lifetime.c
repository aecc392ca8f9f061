/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * RESPONDER-LIFETIME (RFC 2407 4.6.3.1): what a responder says, and what an initiator makes of it.
 * What ours never say, an eavesdropper with the keys says to either end.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    KILOBYTE = 1024,
    MINUTE_MS = 60 * 1000,
    RESPONDER_LIFETIME = 24576,
    CLASS1 = 11, /* of life types in phase 1 */
    CLASS2 = 1,
    ISAKMP = 1,
    ESP = 3,
    MESSAGE_ID = 0x1001,
    MESSAGES = 9, /* of main and quick mode */
};

struct world {
    struct pair pair;
    struct spy *spy;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    spy_see(context, datagram);
    return true;
}

static struct world world_new(void)
{
    struct world world = {.pair = pair_new(1)};
    world.spy = spy_new(world.pair.alice);
    world.pair.sim->forged = true;
    world.pair.sim->network.tap = tap;
    world.pair.sim->network.tap_context = world.spy;
    return world;
}

static void world_free(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* One pair of attributes in the long form; returns their length. */
static size_t put_life(uint8_t *at, uint16_t type_class, uint16_t type, uint32_t duration)
{
    if (!duration)
        return 0;
    wire_put(at, 2, 0x8000u | type_class);
    wire_put(at + 2, 2, type);
    wire_put(at + 4, 2, type_class + 1u);
    wire_put(at + 6, 2, 4);
    wire_put(at + 8, 4, duration);
    return 12;
}

struct told {
    uint8_t protocol;
    uint32_t spi; /* not of ISAKMP */
    uint32_t sec;
    uint32_t kb;
};

/* In the name of one of the two; a message of its own. */
static x4e_ike_reason tell(struct world *world, struct sim_node *whom, uint32_t message_id,
                           struct told told)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    uint8_t sealed[SPY_MESSAGE_MAX];
    uint8_t iv[x4c_cipher_block_max];
    struct spy *spy = world->spy;
    const struct sim_node *from = whom == world->pair.alice ? world->pair.bob : world->pair.alice;
    const uint16_t type_class = told.protocol == ISAKMP ? CLASS1 : CLASS2;
    const uint8_t spi_size = told.protocol == ISAKMP ? WIRE_COOKIES : 4;
    size_t at = spy_begin(spy, WIRE_INFORMATIONAL, message_id, WIRE_NOTIFY, plain);
    uint8_t *notify = plain + at;
    wire_put(notify + 4, 4, 1); /* DOI, protocol, SPI size, type, SPI */
    notify[8] = told.protocol;
    notify[9] = spi_size;
    wire_put(notify + 10, 2, RESPONDER_LIFETIME);
    if (told.protocol == ISAKMP)
        memcpy(notify + 12, spy->cookies, WIRE_COOKIES);
    else
        wire_put(notify + 12, 4, told.spi);
    size_t len = 12u + spi_size;
    len += put_life(notify + len, type_class, 1, told.sec);
    len += put_life(notify + len, type_class, 2, told.kb);
    wire_put(notify + 2, 2, (uint32_t)len);
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, at + len));
    len = spy_seal(spy, iv, plain, at + len, sealed);
    return sim_inject(whom, &from->addr, sealed, len);
}

/* -------------------------------------------------------------------------- both ends are ours */

static void test_volume_in_phase1(void **state) /* req 2407-4.5.4-2 2407-4.6.3.1-1 */
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->transforms1[0].life_kb = pair.alice->config1.life_kb = 1000;
    pair.alice->config1.soft_kb = 900;
    pair.bob->config1.life_kb = 10;
    pair_connect(&pair);
    assert_int_equal(pair.sim->network.sent, 7);
    assert_int_equal(pair.a->keys1.life_left_kb, 1000);
    assert_int_equal(pair.a->calls[SIM_SHORTENED], 1);
    assert_int_equal(pair.a->told_kb, 10);
    assert_int_equal(pair.a->told_sec, 0);
    sim_term(pair.b, bfalse);
    unsigned begun = 0;
    for (; begun < 100 && !pair.a->calls[SIM_DISPOSED]; begun++) {
        sim_init2(pair.a); /* which nobody answers */
        sim_run(pair.sim, 100);
        assert_int_equal(pair.a->calls[SIM_AGING] <= 1, 1);
    }
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_true(sim_ended(pair.a, x4c_ike_expired));
    assert_true(begun > 10);
    sim_free(pair.sim);
}

/* Seconds and kilobytes, in the second message of quick mode: no message more. */
static void test_volume_in_phase2(void **state) /* req 2407-4.5.4-1 2407-4.5.4-2 2407-4.6.3.1-1 */
{
    (void)state;
    static const struct {
        uint32_t offered, own, responders; /* initiator's offer, its limit, the responder's */
        uint32_t life, soft;
    } cases[] = {
        {5000, 5000, 3000, 3000, 2700}, {0, 0, 3000, 3000, 2700}, {5000, 2000, 3000, 2000, 0},
        {5000, 5000, 6000, 5000, 0},    {5000, 0, 0, 5000, 0},    {0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct pair pair = pair_new(i);
        pair.alice->transforms2[0].life_kb = cases[i].offered;
        pair.alice->config2.life_kb = cases[i].own;
        pair.alice->config2.soft_sec = 600;
        pair.bob->config2.life_kb = cases[i].responders;
        pair.bob->config2.life_sec = i % 2 ? 100 : 0;
        pair_connect(&pair);
        const struct sim_xchg *quick = pair_quick(pair.a);
        assert_int_equal(quick->keys2.life_kb, cases[i].life);
        assert_int_equal(quick->keys2.soft_kb, cases[i].soft);
        assert_int_equal(quick->keys2.life_left_sec, i % 2 ? 100 : 28800);
        assert_int_equal(quick->calls[SIM_SHORTENED], 0);
        assert_int_equal(pair.sim->network.sent, MESSAGES);
        sim_free(pair.sim);
    }
}

/* Who does not age by time is not made to age by volume. */
static void test_no_age_unasked(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.bob->config2.life_kb = 3000;
    pair_connect(&pair);
    const struct sim_xchg *quick = pair_quick(pair.a);
    assert_int_equal(quick->keys2.life_kb, 3000);
    assert_int_equal(quick->keys2.soft_kb, 0);
    sim_free(pair.sim);
}

/* An SA that would have aged after the end that the responder set ages before it. */
static void test_ages_before_the_told_end(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config2.life_sec = pair.alice->transforms2[0].life_sec = 1000;
    pair.alice->config2.soft_sec = 900;
    pair.bob->config2.life_sec = 100;
    pair_connect(&pair);
    const struct sim_xchg *quick = pair_quick(pair.a);
    sim_run(pair.sim, 2 * MINUTE_MS);
    assert_int_equal(quick->calls[SIM_AGING], 1);
    assert_in_range(quick->aging_at - quick->completed_at, 90 * 1000, 90 * 1000 + 10);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- in messages of its own
 */

static void test_told_later_in_phase1(void **state)
{
    (void)state;
    struct world world = world_new();
    struct pair *pair = &world.pair;
    pair->alice->config1.soft_sec = 7200;
    pair_connect(pair);
    struct sim_xchg *a = pair->a;
    sim_run(pair->sim, MINUTE_MS);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, (struct told){ISAKMP, 0, 600, 500}),
                     x4c_ike_none);
    assert_int_equal(a->calls[SIM_SHORTENED], 1);
    assert_int_equal(a->told_sec, 600);
    assert_int_equal(a->told_kb, 500);

    /* Never longer; the volume alone; nothing that is news. */
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 1, (struct told){ISAKMP, 0, 900, 600}),
                     x4c_ike_none);
    assert_int_equal(a->calls[SIM_SHORTENED], 1);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 2, (struct told){ISAKMP, 0, 0, 400}),
                     x4c_ike_none);
    assert_int_equal(a->calls[SIM_SHORTENED], 2);
    assert_int_equal(a->told_sec, 600);
    assert_int_equal(a->told_kb, 400);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 3, (struct told){ISAKMP, 0, 0, 400}),
                     x4c_ike_none);
    assert_int_equal(a->calls[SIM_SHORTENED], 2);
    assert_int_equal(a->calls[SIM_NOTIFIED], 0);

    pair->sim->network.loss_pct = 100;
    sim_run(pair->sim, 10 * MINUTE_MS + 10);
    assert_true(sim_ended(a, x4c_ike_expired));
    assert_in_range(a->aging_at - a->completed_at, 9 * MINUTE_MS, 11 * MINUTE_MS);
    world_free(&world);
}

static void test_told_later_in_phase2(void **state)
{
    (void)state;
    struct world world = world_new();
    struct pair *pair = &world.pair;
    pair_connect(pair);
    struct sim_xchg *quick = pair_quick(pair->a);
    struct sim_xchg *other = pair_quick(pair->a);
    const uint32_t spi = quick->keys2.out.spi; /* the responder's */
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, (struct told){ESP, spi, 600, 500}),
                     x4c_ike_none);
    assert_int_equal(quick->calls[SIM_SHORTENED], 1);
    assert_int_equal(quick->told_sec, 600);
    assert_int_equal(quick->told_kb, 500);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 1, (struct told){ESP, spi, 900, 0}),
                     x4c_ike_none);
    assert_int_equal(quick->calls[SIM_SHORTENED], 1);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 2, (struct told){ESP, spi, 0, 700}),
                     x4c_ike_none);
    assert_int_equal(quick->calls[SIM_SHORTENED], 2); /* theirs who counts */
    assert_int_equal(quick->told_kb, 700);
    sim_run(pair->sim, 10 * MINUTE_MS + 10);
    assert_true(sim_ended(quick, x4c_ike_expired));
    assert_true(sim_complete(other));
    assert_int_equal(other->calls[SIM_SHORTENED], 0);
    world_free(&world);
}

/* A responder is told nothing, nor is an initiator about what is not there, or by a stranger. */
static void test_of_no_account(void **state)
{
    (void)state;
    struct world world = world_new();
    struct pair *pair = &world.pair;
    pair_connect(pair);
    struct sim_xchg *quick = pair_quick(pair->a);
    struct sim_xchg *peer = sim_peer(quick);
    const uint32_t spi = peer->keys2.out.spi;
    assert_int_equal(tell(&world, pair->bob, MESSAGE_ID, (struct told){ESP, spi, 60, 500}),
                     x4c_ike_none);
    assert_int_equal(tell(&world, pair->bob, MESSAGE_ID + 1, (struct told){ISAKMP, 0, 60, 500}),
                     x4c_ike_none);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, (struct told){ESP, spi, 60, 500}),
                     x4c_ike_none); /* of the other direction */
    world.spy->skeyid_a.data[0] ^= 1;
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 1, (struct told){ISAKMP, 0, 60, 500}),
                     x4c_ike_bad_hash);
    sim_run(pair->sim, 10 * MINUTE_MS);
    const struct sim_xchg *all[] = {pair->a, pair->b, quick, peer};
    for (size_t i = 0; i < x4m_countof(all); i++) {
        assert_true(sim_complete(all[i]));
        assert_int_equal(all[i]->calls[SIM_SHORTENED], 0);
    }
    world_free(&world);
}

static void end_all(struct sim_xchg *xchg, enum sim_call call)
{
    if (call != SIM_SHORTENED)
        return;
    for (struct sim_xchg *other = xchg->node->xchgs; other; other = other->next)
        if (!other->calls[SIM_DISPOSED])
            sim_term(other, btrue);
}

/* The user ends everything when it is told. */
static void test_ended_when_told(void **state)
{
    (void)state;
    for (unsigned phase = 1; phase <= 2; phase++) {
        struct world world = world_new();
        struct pair *pair = &world.pair;
        pair_connect(pair);
        struct sim_xchg *quick = pair_quick(pair->a);
        const uint32_t spi = quick->keys2.out.spi;
        const struct told told = {phase == 1 ? ISAKMP : ESP, phase == 1 ? 0 : spi, 60, 500};
        pair->alice->hook = end_all;
        assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, told), x4c_ike_none);
        assert_int_equal(sim_count(pair->alice, 1), 0);
        assert_int_equal(sim_count(pair->alice, 2), 0);
        world_free(&world);
    }
}

static void test_without_callback(void **state)
{
    (void)state;
    struct world world = world_new();
    struct pair *pair = &world.pair;
    pair->alice->calls1.shortened = NULL;
    pair->alice->calls2.shortened = NULL;
    pair_connect(pair);
    struct sim_xchg *quick = pair_quick(pair->a);
    const struct told told1 = {ISAKMP, 0, 60, 500};
    const struct told told2 = {ESP, quick->keys2.out.spi, 60, 500};
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, told1), x4c_ike_none);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID + 1, told2), x4c_ike_none);
    sim_run(pair->sim, MINUTE_MS + 10);
    assert_true(sim_ended(quick, x4c_ike_expired));
    assert_true(sim_ended(pair->a, x4c_ike_expired));
    world_free(&world);
}

/* -------------------------------------------------------------------------- within phase 1 */

static void think(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    (void)job;
}

/* While the user is still asked it is kept; the SA begins with it. */
static void test_told_before_the_user_is_let_in(void **state)
{
    (void)state;
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 5}},
        {.type = x4c_ike_xauth_user_password, .value = {(const uint8_t *)"secret", 6}},
    };
    static const x4s_ike_cfg typed = {.items = items, .count = x4m_countof(items)};
    struct world world = world_new();
    struct pair *pair = &world.pair;
    pair->alice->transforms1[0].auth = pair->bob->transforms1[0].auth = x4c_ike_auth_xauth_init_psk;
    pair->alice->typed = &typed;
    pair->alice->config1.soft_sec = 1000;
    pair->bob->judge = think;
    pair->a = sim_init1(pair->alice, pair->bob);
    sim_settle(pair->sim);
    struct sim_xchg *b = sim_last(pair->bob, 1);
    assert_non_null(b->job);
    assert_int_equal(tell(&world, pair->alice, MESSAGE_ID, (struct told){ISAKMP, 0, 600, 500}),
                     x4c_ike_none);
    assert_false(sim_complete(pair->a));
    b->job->verdict = x4c_ike_verdict_accept;
    b->job->completed(b->job);
    pair->bob->tick_at = pair->sim->now;
    sim_settle(pair->sim);
    assert_true(sim_complete(pair->a));
    assert_int_equal(pair->a->calls[SIM_SHORTENED], 0);
    assert_int_equal(pair->a->keys1.life_left_sec, 600);
    assert_int_equal(pair->a->keys1.life_left_kb, 500);
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volume_in_phase1),
        cmocka_unit_test(test_volume_in_phase2),
        cmocka_unit_test(test_no_age_unasked),
        cmocka_unit_test(test_ages_before_the_told_end),
        cmocka_unit_test(test_told_later_in_phase1),
        cmocka_unit_test(test_told_later_in_phase2),
        cmocka_unit_test(test_of_no_account),
        cmocka_unit_test(test_ended_when_told),
        cmocka_unit_test(test_without_callback),
        cmocka_unit_test(test_told_before_the_user_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
