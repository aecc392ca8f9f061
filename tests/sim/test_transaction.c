/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Transactions as an authenticated peer may spoil them: answers that are none, questions out of
 * turn, and more of either than are kept. An eavesdropper with the keys writes them.
 */

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"
#include "x4/ike/limits.h"

enum {
    REQUEST = 1, /* of mode config */
    REPLY = 2,
    SET = 3,
    ACK = 4,
    MORE = 4, /* than are kept */
};

static const uint8_t address[] = {10, 3, 0, 1};
static const x4s_ike_cfg_item items[] = {
    {.type = x4c_ike_cfg_ip4_address, .value = {address, sizeof(address)}},
};
static const x4s_ike_cfg attributes = {items, 1};

struct world {
    struct pair pair;
    struct spy *spy;
    bool mute;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct world *world = context;
    spy_see(world->spy, datagram);
    return !world->mute;
}

static void open_world(struct world *world)
{
    *world = (struct world){.pair = pair_new(1)};
    world->spy = spy_new(world->pair.alice);
    world->spy->forging = true;
    world->pair.alice->reply = &attributes;
    world->pair.bob->reply = &attributes;
    world->pair.sim->network.tap = tap;
    world->pair.sim->network.tap_context = world;
    pair_connect(&world->pair);
    world->mute = true;
}

static void close_world(struct world *world)
{
    sim_free(world->pair.sim);
    spy_free(world->spy);
}

/* A transaction message of Bob's to Alice with these bytes of attributes. */
static x4e_ike_reason send(struct world *world, uint32_t message_id, uint8_t type, const void *body,
                           size_t len)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0}, sealed[SPY_MESSAGE_MAX], iv[x4c_cipher_block_max];
    struct spy *spy = world->spy;
    size_t at = spy_begin(spy, WIRE_TRANSACTION, message_id, WIRE_ATTRIBUTES, plain);
    const size_t end = at + WIRE_GENERIC + 4 + len;
    wire_put(plain + at + 2, 2, (uint32_t)(end - at));
    plain[at + WIRE_GENERIC] = type;
    if (len)
        memcpy(plain + at + WIRE_GENERIC + 4, body, len);
    memcpy(iv, spy_exchange(spy, message_id)->iv, sizeof(iv));
    assert_true(spy_rehash(spy, 1, plain, end));
    size_t sealed_len = spy_seal(spy, iv, plain, end, sealed);
    return sim_inject(world->pair.alice, &world->pair.bob->addr, sealed, sealed_len);
}

static uint32_t last_message_id(const struct world *world)
{
    return wire_u32(world->spy->last.datagram->data + WIRE_MESSAGE_ID_AT);
}

static const uint8_t good[] = {0, 1, 0, 4, 10, 3, 0, 9};

/* What is no answer is not taken for one, and the right one comes through after it. */
static void test_answers_that_are_none(void **state)
{
    (void)state;
    static const uint8_t beyond[] = {0, 1, 0, 5, 10, 3, 0, 9};
    static const uint8_t padding[] = {0, 1, 0, 4, 10, 3, 0, 9, 0, 0, 1};
    struct world world;
    open_world(&world);
    assert_true(sim_configure(world.pair.a, x4c_ike_cfg_request, &attributes));
    sim_settle(world.pair.sim);
    const uint32_t message_id = last_message_id(&world);
    assert_int_equal(send(&world, message_id, REPLY, beyond, sizeof(beyond)), x4c_ike_malformed);
    assert_int_equal(send(&world, message_id, REPLY, padding, sizeof(padding)), x4c_ike_malformed);
    static const uint8_t types[] = {0, REQUEST, SET, ACK, 77};
    for (size_t i = 0; i < x4m_countof(types); i++)
        assert_int_equal(send(&world, message_id, types[i], good, sizeof(good)),
                         x4c_ike_bad_response);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURED], 0);
    assert_int_equal(send(&world, message_id, REPLY, good, sizeof(good)), x4c_ike_none);
    assert_string_equal(world.pair.a->answer, "answer 1=0a030009");
    close_world(&world);
}

/* Answers to nothing, and what has no message ID. */
static void test_questions_that_are_none(void **state)
{
    (void)state;
    static const uint8_t types[] = {0, REPLY, ACK, 77};
    struct world world;
    uint32_t message_id = 0x1001;
    open_world(&world);
    for (size_t i = 0; i < x4m_countof(types); i++)
        assert_int_equal(send(&world, message_id++, types[i], good, sizeof(good)),
                         x4c_ike_unexpected_message);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURE], 0);
    assert_int_equal(send(&world, message_id, SET, good, sizeof(good)), x4c_ike_none);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURE], 1);
    close_world(&world);
}

/* Those that were answered are kept to be answered again, the newest of them. */
static void test_the_oldest_give_way(void **state)
{
    (void)state;
    struct world world;
    size_t most = 0;
    open_world(&world);
    for (uint32_t i = 0; i < x4c_limit_transactions + MORE; i++) {
        assert_int_equal(send(&world, 0x2000 + i, SET, good, sizeof(good)), x4c_ike_none);
        if (i + 1 == x4c_limit_transactions)
            most = world.pair.alice->ledger.blocks;
    }
    assert_int_equal(world.pair.alice->ledger.blocks, most);
    assert_int_equal(world.pair.a->calls[SIM_CONFIGURE], x4c_limit_transactions + MORE);
    close_world(&world);
}

/* Ours that nobody has answered yet do not give way. */
static void test_a_bound_on_ours(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    for (unsigned i = 0; i < x4c_limit_transactions; i++)
        assert_true(sim_configure(world.pair.a, x4c_ike_cfg_request, &attributes));
    assert_false(sim_configure(world.pair.a, x4c_ike_cfg_request, &attributes));
    assert_int_equal(send(&world, 0x3000, SET, good, sizeof(good)), x4c_ike_no_memory);
    assert_true(sim_complete(world.pair.a));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_that_are_none),
        cmocka_unit_test(test_questions_that_are_none),
        cmocka_unit_test(test_the_oldest_give_way),
        cmocka_unit_test(test_a_bound_on_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
