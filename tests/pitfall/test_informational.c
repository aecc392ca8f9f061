/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Notifies: where INITIAL-CONTACT comes, what is private, what comes too early, and dead peer
 * detection.
 */

#include <stdlib.h>

#include "tests/pitfall/forge.h"

enum {
    MESSAGE_ID = 0x40001,
    MINUTE_MS = 60 * 1000,
    INITIAL_CONTACT = 24578,
    RESPONDER_LIFETIME = 24576,
    ARE_YOU_THERE = 36136,
    ARE_YOU_THERE_ACK = 36137,
    JUNIPER = 40001, /* NHTB_INFORM */
    UNITY_LOAD_BALANCE = 40501,
    MICROSOFT = 12345,
    TYPE_AT = 6, /* in the body of a notify, and what follows the cookies */
    SPI_AT = 8,
    DATA_AT = SPI_AT + WIRE_COOKIES,
};

static bool is_answer(const struct forge *forge, uint16_t type, uint32_t sequence)
{
    struct wire_part notify;
    if (!wire_find(forge->answer, forge->answer_len, WIRE_NOTIFY, &notify))
        return false;
    const uint8_t *body = forge->answer + notify.at + WIRE_GENERIC;
    return wire_u16(body + TYPE_AT) == type && wire_u32(body + DATA_AT) == sequence;
}

static const uint8_t contact_body[] = {
    0, 0, 0, 1, 1, 0, INITIAL_CONTACT >> 8, INITIAL_CONTACT & 255};

/* -------------------------------------------------------------------------- INITIAL-CONTACT */

/* In the message of this place of phase 1 or of quick mode. */
struct place {
    uint8_t exchange;
    unsigned order;
};

static bool add_contact(struct forge *forge, uint8_t *plain, size_t *len)
{
    const struct place *place = forge->test;
    if (plain[WIRE_EXCHANGE_AT] != place->exchange || forge->order != place->order)
        return false;
    edit_append(plain, len, WIRE_NOTIFY, contact_body, sizeof(contact_body));
    return true;
}

static void contact_in(uint8_t exchange, unsigned order)
{
    struct forge forge;
    struct place place = {exchange, order};
    forge_begin(&forge);
    forge.test = &place;
    forge.change = add_contact;
    forge.pair.a = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    struct sim_xchg *b = sim_last(forge.pair.bob, 1);
    if (exchange == WIRE_QUICK) {
        assert_int_equal(b->calls[SIM_NOTIFIED], 0);
        sim_init2(forge.pair.a);
        sim_settle(forge.pair.sim);
    }
    assert_true(sim_complete(b));
    assert_int_equal(b->calls[SIM_NOTIFIED], 1);
    assert_int_equal(b->notify, INITIAL_CONTACT);
    forge_close(&forge);
}

/* strongSwan, racoon, Windows: it comes in the last message of phase 1, in one of its own, or in
 * quick mode. */
static void initial_contact_counts_wherever_it_comes(void **state)
{
    (void)state;
    contact_in(WIRE_MAIN, 5);
    contact_in(WIRE_QUICK, 1);
    contact_in(WIRE_QUICK, 3);
    struct forge forge;
    forge_open(&forge);
    assert_int_equal(forge_notify(&forge, MESSAGE_ID, INITIAL_CONTACT, NULL, 0), x4c_ike_none);
    assert_int_equal(forge.pair.b->calls[SIM_NOTIFIED], 1);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- private types */

static bool swallow_quick(struct forge *forge)
{
    return forge->spy->last.datagram->data[WIRE_EXCHANGE_AT] == WIRE_QUICK;
}

static x4e_ike_reason notify_alice(struct forge *forge, uint32_t message_id, uint16_t type)
{
    uint8_t sealed[SPY_MESSAGE_MAX];
    size_t len = spy_notify(forge->spy, message_id, type, NULL, 0, sealed);
    return sim_inject(forge->pair.alice, &forge->pair.bob->addr, sealed, len);
}

/* strongSwan: Juniper, Cisco and Microsoft have notifies of their own, and a number of Microsoft's
 * is among the errors. What nobody knows does not end a quick mode under way, nor anything else. */
static void private_notifies_end_nothing(void **state)
{
    (void)state;
    static const uint16_t types[] = {JUNIPER, UNITY_LOAD_BALANCE, MICROSOFT, 8192, 16383, 32768,
                                     40959,   UINT16_MAX};
    struct forge forge;
    forge_open(&forge);
    pair_quick(forge.pair.a);
    forge.swallow = swallow_quick;
    struct sim_xchg *quick = sim_init2(forge.pair.a);
    sim_settle(forge.pair.sim);
    for (uint32_t i = 0; i < x4m_countof(types); i++) {
        assert_int_equal(forge_notify(&forge, MESSAGE_ID + i, types[i], NULL, 0), x4c_ike_none);
        assert_int_equal(notify_alice(&forge, MESSAGE_ID + 100 + i, types[i]), x4c_ike_none);
    }
    assert_false(quick->calls[SIM_DISPOSED]);
    forge.swallow = NULL;
    sim_run(forge.pair.sim, 5000);
    assert_true(sim_complete(quick));
    assert_true(sim_complete(forge.pair.b));
    assert_int_equal(sim_count(forge.pair.bob, 2), 2);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- too early */

/* The last message of phase 1 is held back while the responder goes on. */
static bool hold_last(struct forge *forge)
{
    struct sim_datagram **held = forge->test;
    if (forge->order != 6 || *held)
        return false;
    *held = sim_datagram_copy(forge->spy->last.datagram);
    return true;
}

/* strongSwan, racoon: the responder is done with its last message, and says more at once. What
 * overtakes that message is not repeated: it has to wait, not to be lost. */
static void informational_before_last_message_of_phase_1_waits(void **state)
{
    (void)state;
    struct forge forge;
    struct sim_datagram *held = NULL;
    forge_begin(&forge);
    forge.swallow = hold_last;
    forge.test = &held;
    forge.pair.alice->transforms1[0].life_sec = 7200;
    forge.pair.bob->config1.life_sec = 3600; /* RESPONDER-LIFETIME follows */
    struct sim_xchg *a = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_false(sim_complete(a));
    assert_non_null(held);
    assert_int_equal(sim_inject(forge.pair.alice, &held->from, held->data, held->len),
                     x4c_ike_none);
    assert_true(sim_complete(a));
    forge.pair.sim->network.loss_pct = 100; /* nobody else tells her */
    sim_run(forge.pair.sim, 3600 * 1000 + MINUTE_MS);
    assert_true(sim_ended(a, x4c_ike_expired));
    free(held);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- dead peer detection */

/* Cisco (IOS 12.3 on an 836): the cookies in the SPI of a question are in the wrong order. */
static void dpd_spi_with_swapped_cookies_is_answered(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    forge_open(&forge);
    size_t at = spy_begin(forge.spy, WIRE_INFORMATIONAL, MESSAGE_ID, WIRE_NOTIFY, plain);
    uint8_t *body = plain + at + WIRE_GENERIC;
    wire_put(plain + at + 2, 2, WIRE_GENERIC + DATA_AT + 4);
    wire_put(body, 4, 1);
    body[4] = 1;
    body[5] = WIRE_COOKIES;
    wire_put(body + TYPE_AT, 2, ARE_YOU_THERE);
    memcpy(body + SPI_AT, forge.spy->cookies + 8, 8);
    memcpy(body + SPI_AT + 8, forge.spy->cookies, 8);
    wire_put(body + DATA_AT, 4, 4711);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, at + WIRE_GENERIC + DATA_AT + 4),
                     x4c_ike_none);
    assert_true(is_answer(&forge, ARE_YOU_THERE_ACK, 4711));
    forge_close(&forge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_contact_counts_wherever_it_comes),
        cmocka_unit_test(private_notifies_end_nothing),
        cmocka_unit_test(informational_before_last_message_of_phase_1_waits),
        cmocka_unit_test(dpd_spi_with_swapped_cookies_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
