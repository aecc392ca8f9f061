/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The transaction exchange: questions and pushes of configuration, answered, repeated and refused.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

static const uint8_t address[] = {10, 3, 0, 1};
static const uint8_t yes[] = {0, 1};

static const x4s_ike_cfg_item asked_items[] = {
    {.type = x4c_ike_cfg_ip4_address},
    {.type = x4c_ike_cfg_unity_pfs, .basic = btrue, .value = {yes, sizeof(yes)}},
    {.type = 40000 - 32768},
};
static const x4s_ike_cfg asked = {asked_items, x4m_countof(asked_items)};

static const x4s_ike_cfg_item given_items[] = {
    {.type = x4c_ike_cfg_ip4_address, .value = {address, sizeof(address)}},
    {.type = x4c_ike_cfg_unity_banner, .value = {(const uint8_t *)"hello", 5}},
};
static const x4s_ike_cfg given = {given_items, x4m_countof(given_items)};

static const x4s_ike_cfg_item taken_items[] = {{.type = x4c_ike_cfg_ip4_address}};
static const x4s_ike_cfg taken = {taken_items, x4m_countof(taken_items)};

static const x4s_ike_cfg nothing = {NULL, 0};

static void test_request_and_reply(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *ends[] = {pair.a, pair.b};
    uint64_t sent = pair.sim->network.sent;
    for (unsigned i = 0; i < 2; i++) { /* either end may ask */
        ends[!i]->node->reply = &given;
        assert_true(sim_configure(ends[i], x4c_ike_cfg_request, &asked));
        sim_settle(pair.sim);
        assert_string_equal(ends[!i]->asked, "request 1= 28679:0001 7232=");
        assert_string_equal(ends[i]->answer, "answer 1=0a030001 28672=68656c6c6f");
        assert_int_equal(ends[i]->calls[SIM_CONFIGURED], 1);
    }
    assert_int_equal(pair.sim->network.sent, sent + 4);
    pair_quick(pair.a);
    sim_free(pair.sim);
}

static void test_set_and_ack(void **state)
{
    (void)state;
    struct pair pair = pair_connected(2);
    pair.alice->reply = &taken;
    assert_true(sim_configure(pair.b, x4c_ike_cfg_set, &given));
    sim_settle(pair.sim);
    assert_string_equal(pair.a->asked, "set 1=0a030001 28672=68656c6c6f");
    assert_string_equal(pair.b->answer, "answer 1=");
    sim_free(pair.sim);
}

static void test_empty_lists(void **state)
{
    (void)state;
    struct pair pair = pair_connected(3);
    pair.bob->reply = &nothing;
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &nothing));
    sim_settle(pair.sim);
    assert_string_equal(pair.b->asked, "request");
    assert_string_equal(pair.a->answer, "answer");
    sim_free(pair.sim);
}

/* Several at once do not get into each other's way. */
static void test_side_by_side(void **state)
{
    (void)state;
    struct pair pair = pair_connected(4);
    pair.alice->reply = &taken;
    pair.bob->reply = &given;
    for (unsigned i = 0; i < 5; i++) {
        assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
        assert_true(sim_configure(pair.b, x4c_ike_cfg_set, &given));
    }
    sim_init2(pair.a);
    sim_settle(pair.sim);
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 5);
    assert_int_equal(pair.b->calls[SIM_CONFIGURED], 5);
    assert_int_equal(sim_count(pair.bob, 2), 1);
    sim_free(pair.sim);
}

static void test_no_answer(void **state)
{
    (void)state;
    struct pair pair = pair_connected(5);
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked)); /* Bob refuses to answer */
    sim_run(pair.sim, 100000);
    assert_string_equal(pair.a->answer, "none");
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 1);
    assert_true(pair.bob->refused[x4c_ike_config_refused] > 0);
    assert_true(sim_complete(pair.a));
    sim_free(pair.sim);
}

/* An answer that has to be fetched first: nothing is remembered of the question until it is there.
 */
static void test_later(void **state)
{
    (void)state;
    struct pair pair = pair_connected(6);
    pair.bob->reply = &given;
    pair.bob->reply_later = true;
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
    sim_settle(pair.sim);
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 0);
    assert_int_equal(pair.bob->refused[x4c_ike_config_later], 1);
    pair.bob->reply_later = false;
    sim_run(pair.sim, 3000); /* Alice asks again */
    assert_int_equal(pair.b->calls[SIM_CONFIGURE], 2);
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 1);
    assert_string_not_equal(pair.a->answer, "none");
    sim_free(pair.sim);
}

/* What cannot be sent is refused at once, without a callback. */
static void test_unusable(void **state)
{
    (void)state;
    struct pair pair = pair_connected(6);
    const x4s_ike_cfg_item long_basic = {1, btrue, {address, sizeof(address)}};
    const x4s_ike_cfg_item big_type = {.type = 0x8001};
    const x4s_ike_cfg_item huge = {1, bfalse, {(const uint8_t *)&pair, 70000}};
    const x4s_ike_cfg bad[] = {{&long_basic, 1}, {&big_type, 1}, {&huge, 1}};
    for (size_t i = 0; i < x4m_countof(bad); i++)
        assert_false(sim_configure(pair.a, x4c_ike_cfg_request, &bad[i]));
    assert_false(sim_configure(pair.a, x4c_ike_cfg_reply, &asked));
    assert_false(sim_configure(pair.a, x4c_ike_cfg_ack, &asked));
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 0);
    sim_free(pair.sim);
}

/* The ISAKMP SA goes first: nobody is told about a question that nobody can answer any more. */
static void test_parent_ends(void **state)
{
    (void)state;
    struct pair pair = pair_connected(7);
    pair.bob->deaf = true;
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
    sim_term(pair.a, btrue);
    sim_run(pair.sim, 100000);
    assert_int_equal(pair.a->calls[SIM_CONFIGURED], 0);
    sim_free(pair.sim);
}

static void test_loss(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct pair pair = pair_connected(seed);
        pair.bob->reply = &given;
        pair.sim->network.loss_pct = 30;
        pair.sim->network.duplicate_pct = 30;
        assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
        sim_run(pair.sim, 100000);
        assert_int_equal(pair.a->calls[SIM_CONFIGURED], 1);
        assert_true(pair.b->calls[SIM_CONFIGURE] <= 1); /* a repetition is answered, not asked */
        answered += strcmp(pair.a->answer, "none") != 0;
        sim_free(pair.sim);
    }
    assert_true(answered > 90);
}

/* -------------------------------------------------------------------------- hostile */

struct tape {
    struct sim_datagram *first; /* of the transaction exchange */
};

static bool record(void *context, const struct sim_datagram *datagram)
{
    struct tape *tape = context;
    if (datagram->data[WIRE_EXCHANGE_AT] == WIRE_TRANSACTION && !tape->first)
        tape->first = sim_datagram_copy(datagram);
    return true;
}

static void test_replay_and_reflection(void **state)
{
    (void)state;
    struct pair pair = pair_connected(8);
    struct tape tape = {0};
    pair.sim->network.tap = record;
    pair.sim->network.tap_context = &tape;
    pair.alice->reply = pair.bob->reply = &given;
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
    sim_run(pair.sim, 100000); /* the answer is not kept any more */
    const struct sim_datagram *first = tape.first;
    assert_int_equal(sim_inject(pair.bob, &first->from, first->data, first->len), x4c_ike_replayed);
    assert_int_equal(sim_inject(pair.alice, &first->to, first->data, first->len), x4c_ike_replayed);
    assert_int_equal(pair.b->calls[SIM_CONFIGURE], 1);
    assert_int_equal(pair.a->calls[SIM_CONFIGURE], 0);
    free(tape.first);
    sim_free(pair.sim);
}

static void test_changed_bytes(void **state)
{
    (void)state;
    struct pair pair = pair_connected(9);
    struct tape tape = {0};
    pair.sim->network.tap = record;
    pair.sim->network.tap_context = &tape;
    pair.bob->deaf = true;
    assert_true(sim_configure(pair.a, x4c_ike_cfg_request, &asked));
    sim_settle(pair.sim);
    pair.bob->deaf = false;
    struct sim_datagram *first = tape.first;
    for (size_t at = WIRE_HEADER; at < first->len; at++) {
        first->data[at] ^= 0x10;
        assert_int_not_equal(sim_inject(pair.bob, &first->from, first->data, first->len),
                             x4c_ike_none);
        first->data[at] ^= 0x10;
    }
    for (size_t len = 0; len < first->len; len++)
        assert_int_not_equal(sim_inject(pair.bob, &first->from, first->data, len), x4c_ike_none);
    assert_int_equal(pair.b->calls[SIM_CONFIGURE], 0);
    free(tape.first);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_and_reply),
        cmocka_unit_test(test_set_and_ack),
        cmocka_unit_test(test_empty_lists),
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_parent_ends),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_replay_and_reflection),
        cmocka_unit_test(test_changed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
