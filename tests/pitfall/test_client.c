/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Extended authentication and mode config, as clients get them wrong.
 */

#include "tests/pitfall/forge.h"

enum {
    ATTRIBUTES = 14, /* payload, draft-dukes-ike-mode-cfg-02 3.2 */
    REQUEST = 1,
    REPLY = 2,
    ADDRESS = 1,
    MESSAGE_ID = 0x60001,
    LONGEST = 255,
};

static const uint8_t address[] = {10, 9, 8, 7};
static const x4s_ike_cfg_item reply_items[] = {
    {.type = x4c_ike_cfg_ip4_address, .value = {address, sizeof(address)}},
    {.type = x4c_ike_cfg_unity_default_domain, .value = {(const uint8_t *)"x.example", 9}},
};
static const x4s_ike_cfg reply = {reply_items, 2};

/* -------------------------------------------------------------------------- padding */

static x4e_ike_reason request(struct forge *forge, uint32_t message_id, size_t padding)
{
    static const uint8_t asked[] = {REQUEST, 0, 0x12, 0x34, 0, ADDRESS, 0, 0, 0x70, 0x02, 0, 0};
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    size_t at = spy_begin(forge->spy, WIRE_TRANSACTION, message_id, ATTRIBUTES, plain);
    const size_t len = WIRE_GENERIC + sizeof(asked) + padding;
    wire_put(plain + at + 2, 2, (uint32_t)len);
    memcpy(plain + at + WIRE_GENERIC, asked, sizeof(asked));
    return forge_tell_bob(forge, 1, plain, at + len);
}

/* iOS, libreswan, strongSwan: some pad the attributes to four bytes, within the payload, and some
 * do not; what is padded is no attribute that was cut off. */
static void padding_within_mode_config_is_no_attribute(void **state)
{
    (void)state;
    struct forge forge;
    forge_open(&forge);
    forge.pair.bob->reply = &reply;
    for (uint32_t padding = 0; padding < 4; padding++) {
        const unsigned before = forge.spoken;
        assert_int_equal(request(&forge, MESSAGE_ID + padding, padding), x4c_ike_none);
        assert_int_equal(forge.spoken, before + 1);
        assert_string_equal(forge.pair.b->asked, "request 1= 28674=");
    }
    forge_close(&forge);
}

/* iOS (racoon): it reads to the end of the payload, and wants an attribute there. Ours has none of
 * the padding inside, whatever the length. */
static void own_mode_config_has_no_padding_inside(void **state)
{
    (void)state;
    struct forge forge;
    struct wire_part part;
    forge_open(&forge);
    forge.pair.bob->reply = &reply;
    assert_int_equal(request(&forge, MESSAGE_ID, 0), x4c_ike_none);
    assert_true(wire_find(forge.answer, forge.answer_len, ATTRIBUTES, &part));
    assert_int_equal(part.len, WIRE_GENERIC + 4 + 4 + sizeof(address) + 4 + 9);
    assert_int_equal(forge.answer[part.at + WIRE_GENERIC], REPLY);
    assert_int_equal(wire_u16(forge.answer + part.at + WIRE_GENERIC + 2), 0x1234);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- passwords */

static void accept(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    (void)xchg;
    job->verdict = x4c_ike_verdict_accept;
}

static struct pair extended(const x4s_ike_cfg *typed)
{
    struct pair pair = pair_new(1);
    for (unsigned i = 0; i < 2; i++)
        pair.sim->nodes[i]->transforms1[0].auth = x4c_ike_auth_xauth_init_psk;
    pair.alice->typed = typed;
    pair.bob->judge = accept;
    return pair;
}

static const x4s_ike_cfg_item *password_in(const x4s_ike_cfg *answer)
{
    return x4_ike_cfg_find(answer, x4c_ike_xauth_user_password, 0);
}

static void check_password(struct sim_xchg *xchg, x4s_ike_xauth_job *job)
{
    const x4s_ike_cfg_item *typed = xchg->node->sim->test;
    const x4s_ike_cfg_item *came = password_in(&job->answer);
    assert_non_null(came);
    assert_int_equal(came->value.len, typed->value.len);
    if (typed->value.len)
        assert_memory_equal(came->value.data, typed->value.data, typed->value.len);
    job->verdict = x4c_ike_verdict_accept;
}

/* libreswan: a password may be empty, and may be longer than 64 or 128 bytes. */
static void passwords_of_no_and_of_many_bytes(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 63, 64, 65, 127, 128, 129, LONGEST};
    uint8_t bytes[LONGEST];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < x4m_countof(lengths); i++) {
        x4s_ike_cfg_item items[] = {
            {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 5}},
            {.type = x4c_ike_xauth_user_password, .value = {bytes, lengths[i]}},
        };
        const x4s_ike_cfg typed = {items, x4m_countof(items)};
        struct pair pair = extended(&typed);
        pair.sim->test = &items[1];
        pair.bob->judge = check_password;
        pair_connect(&pair);
        sim_free(pair.sim);
    }
}

/* -------------------------------------------------------------------------- too early */

static bool hold_last(void *context, const struct sim_datagram *datagram)
{
    unsigned *seen = context;
    (void)datagram;
    return ++*seen != 6;
}

/* strongSwan: the first question comes before the last message of main mode was read. It is asked
 * again, and answered then. */
static void question_before_last_message_of_phase_1_is_not_lost(void **state)
{
    (void)state;
    static const x4s_ike_cfg_item items[] = {
        {.type = x4c_ike_xauth_user_name, .value = {(const uint8_t *)"carol", 5}},
        {.type = x4c_ike_xauth_user_password, .value = {(const uint8_t *)"secret", 6}},
    };
    static const x4s_ike_cfg typed = {items, x4m_countof(items)};
    struct pair pair = extended(&typed);
    unsigned seen = 0;
    pair.sim->network.tap = hold_last; /* message 6 is lost, what follows it arrives */
    pair.sim->network.tap_context = &seen;
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 10 * 1000);
    assert_true(seen > 6);
    assert_true(sim_complete(a));
    assert_int_equal(sim_count(pair.bob, 1), 1);
    sim_free(pair.sim);
}

/* Clients that make their ISAKMP SA anew go on with what they had, and do not ask for a
 * configuration: a quick mode is served without. And they may ask at any later time. */
static void mode_config_may_be_left_out_or_come_late(void **state)
{
    (void)state;
    struct forge forge;
    forge_open(&forge);
    forge.pair.bob->reply = &reply;
    pair_quick(forge.pair.a);
    assert_int_equal(request(&forge, MESSAGE_ID, 0), x4c_ike_none);
    assert_int_equal(forge.pair.b->calls[SIM_CONFIGURE], 1);
    pair_quick(forge.pair.a);
    forge_close(&forge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_within_mode_config_is_no_attribute),
        cmocka_unit_test(own_mode_config_has_no_padding_inside),
        cmocka_unit_test(passwords_of_no_and_of_many_bytes),
        cmocka_unit_test(question_before_last_message_of_phase_1_is_not_lost),
        cmocka_unit_test(mode_config_may_be_left_out_or_come_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
