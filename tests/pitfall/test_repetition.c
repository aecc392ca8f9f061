/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages that are lost, come twice, or come too early or too late.
 */

#include <stdlib.h>

#include "tests/pitfall/forge.h"

enum {
    MINUTE_MS = 60 * 1000,
    KEPT_MAX = 4,
    INITIAL_CONTACT = 24578,
    CONNECTED = 16384,
    NOTIFY_LEN = 4 + 8,
};

/* Quick mode's messages, by their place in it; those whose bit is set are lost once. */
struct tape {
    struct sim_datagram *kept[KEPT_MAX];
    unsigned lose;
};

static bool keep(struct forge *forge)
{
    struct tape *tape = forge->test;
    const struct spy_message *last = &forge->spy->last;
    if (last->datagram->data[WIRE_EXCHANGE_AT] != WIRE_QUICK || last->order >= KEPT_MAX)
        return false;
    const unsigned bit = 1U << last->order;
    if (!tape->kept[last->order])
        tape->kept[last->order] = sim_datagram_copy(last->datagram);
    const bool lost = tape->lose & bit;
    tape->lose &= ~bit;
    return lost;
}

static void open_taped(struct forge *forge, struct tape *tape)
{
    *tape = (struct tape){0};
    forge_open(forge);
    forge->swallow = keep;
    forge->test = tape;
}

static void close_taped(struct forge *forge, struct tape *tape)
{
    for (unsigned i = 0; i < KEPT_MAX; i++)
        free(tape->kept[i]);
    forge_close(forge);
}

static x4e_ike_reason again(const struct forge *forge, const struct sim_datagram *datagram)
{
    return sim_inject(forge->pair.bob, &datagram->from, datagram->data, datagram->len);
}

/* -------------------------------------------------------------------------- first messages */

struct firsts {
    struct sim_datagram *first;
    uint8_t answers[4][8]; /* cookies of Bob's */
    unsigned count;
};

static bool tap_firsts(void *context, const struct sim_datagram *datagram)
{
    struct firsts *firsts = context;
    if (!firsts->first) {
        firsts->first = sim_datagram_copy(datagram);
        return false;
    }
    assert_true(firsts->count < x4m_countof(firsts->answers));
    memcpy(firsts->answers[firsts->count++], datagram->data + 8, 8);
    return false;
}

/* strongSwan: a repeated first message is of the same exchange; the same bytes from another peer,
 * who drew the same cookie and offers the same, are not. */
static void repeated_first_message_is_known_by_its_sender(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct firsts firsts = {0};
    pair.sim->network.tap = tap_firsts;
    pair.sim->network.tap_context = &firsts;
    struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    sim_term(sa, bfalse);
    x4s_net_addr other = pair.alice->addr;
    other.ip[3] = 77;
    const x4s_net_addr from[] = {pair.alice->addr, other, pair.alice->addr, other};
    for (unsigned i = 0; i < x4m_countof(from); i++) {
        sim_inject(pair.bob, &from[i], firsts.first->data, firsts.first->len);
        sim_run(pair.sim, 1000); /* a copy that comes at once is one of the network's */
    }
    assert_int_equal(firsts.count, 4);
    assert_memory_equal(firsts.answers[0], firsts.answers[2], 8);
    assert_memory_equal(firsts.answers[1], firsts.answers[3], 8);
    assert_memory_not_equal(firsts.answers[0], firsts.answers[1], 8);
    free(firsts.first);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- quick mode */

/* libreswan: a copy of the first message of quick mode was taken for a new one, and brought an
 * INVALID_ID for what had been agreed. Here the policy has changed since. */
static void repeated_first_message_of_quick_mode_brings_no_error(void **state)
{
    (void)state;
    struct forge forge;
    struct tape tape;
    open_taped(&forge, &tape);
    struct sim_node *bob = forge.pair.bob;
    struct sim_xchg *quick = pair_quick(forge.pair.a);
    bob->refuse2 = true;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_not_equal(again(&forge, tape.kept[1]), x4c_ike_none);
        assert_int_not_equal(again(&forge, tape.kept[3]), x4c_ike_none);
        sim_run(forge.pair.sim, MINUTE_MS); /* the answer is forgotten by and by */
    }
    assert_int_equal(sim_count(bob, 2), 1);
    sim_term(quick, btrue);
    sim_settle(forge.pair.sim);
    assert_int_equal(sim_count(bob, 2), 0);
    assert_int_equal(again(&forge, tape.kept[1]), x4c_ike_replayed); /* nor when it is all over */
    assert_int_equal(bob->stats.notified, 0);
    assert_true(sim_complete(forge.pair.b));
    close_taped(&forge, &tape);
}

/* Openswan, strongSwan: the third message is lost. The responder says its second one again, and the
 * initiator, who is done, has to say the third one again. */
static void lost_third_message_of_quick_mode_is_sent_again(void **state)
{
    (void)state;
    struct forge forge;
    struct tape tape;
    open_taped(&forge, &tape);
    tape.lose = 1U << 3;
    struct sim_xchg *quick = sim_init2(forge.pair.a);
    sim_settle(forge.pair.sim);
    assert_true(sim_complete(quick));
    assert_int_equal(sim_count(forge.pair.bob, 2), 0);
    sim_run(forge.pair.sim, 5000);
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    close_taped(&forge, &tape);
}

/* The same: the second one is lost, and the repeated first one gets it again. */
static void lost_second_message_of_quick_mode_is_sent_again(void **state)
{
    (void)state;
    struct forge forge;
    struct tape tape;
    open_taped(&forge, &tape);
    tape.lose = 1U << 2;
    struct sim_xchg *quick = sim_init2(forge.pair.a);
    sim_settle(forge.pair.sim);
    assert_false(sim_complete(quick));
    const uint64_t sent = forge.pair.bob->stats.messages_out;
    sim_run(forge.pair.sim, 600); /* a copy that comes at once is one of the network's */
    assert_int_equal(again(&forge, tape.kept[1]), x4c_ike_duplicate);
    assert_int_equal(forge.pair.bob->stats.messages_out, sent + 1);
    sim_settle(forge.pair.sim);
    assert_true(sim_complete(quick));
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    close_taped(&forge, &tape);
}

/* strongSwan: after a rekeying the Delete of the old SA arrives before the third message of the new
 * quick mode. The old SA goes, and the new one comes about. */
static void delete_overtakes_third_message(void **state)
{
    (void)state;
    struct forge forge;
    struct tape tape;
    open_taped(&forge, &tape);
    struct sim_xchg *old = pair_quick(forge.pair.a);
    struct sim_xchg *old_peer = sim_peer(old);
    for (unsigned i = 0; i < KEPT_MAX; i++) {
        free(tape.kept[i]);
        tape.kept[i] = NULL;
    }
    tape.lose = 1U << 3;
    struct sim_xchg *new = sim_init2(forge.pair.a);
    sim_settle(forge.pair.sim);
    assert_true(sim_complete(new));
    sim_term(old, btrue);
    sim_settle(forge.pair.sim);
    assert_true(sim_ended(old_peer, x4c_ike_deleted));
    assert_int_equal(again(&forge, tape.kept[3]), x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    assert_true(sim_complete(sim_peer(new)));
    close_taped(&forge, &tape);
}

/* A fourth message of the last quick mode in the name of one of them. */
static x4e_ike_reason say_fourth(struct forge *forge, const struct tape *tape, uint16_t type,
                                 bool to_bob)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    const uint32_t message_id = wire_u32(tape->kept[3]->data + WIRE_MESSAGE_ID_AT);
    uint8_t *notify = plain + spy_begin(forge->spy, WIRE_QUICK, message_id, WIRE_NOTIFY, plain);
    wire_put(notify + 2, 2, NOTIFY_LEN);
    wire_put(notify + 4, 4, 1); /* DOI, protocol, no SPI, type */
    notify[8] = 1;
    wire_put(notify + 10, 2, type);
    const size_t len = (size_t)(notify - plain) + NOTIFY_LEN;
    return to_bob ? forge_tell_bob(forge, 4, plain, len) : forge_tell_alice(forge, 4, plain, len);
}

/* Windows: quick mode has a fourth message, with INITIAL-CONTACT or CONNECTED, that nobody has
 * asked for. It does no harm, and nobody complains of it. */
static void unasked_fourth_message_of_quick_mode_is_no_error(void **state)
{
    (void)state;
    static const uint16_t types[] = {INITIAL_CONTACT, CONNECTED};
    for (unsigned i = 0; i < 2 * x4m_countof(types); i++) {
        struct forge forge;
        struct tape tape;
        open_taped(&forge, &tape);
        const struct sim_xchg *quick = pair_quick(forge.pair.a);
        const bool to_bob = i % 2;
        const x4e_ike_reason reason = say_fourth(&forge, &tape, types[i / 2], to_bob);
        assert_int_equal(reason, to_bob ? x4c_ike_unexpected_message : x4c_ike_none);
        sim_settle(forge.pair.sim);
        assert_int_equal(forge.pair.alice->stats.notified + forge.pair.bob->stats.notified, 0);
        assert_true(sim_complete(quick) && sim_complete(sim_peer(quick)));
        pair_quick(forge.pair.b);
        close_taped(&forge, &tape);
    }
}

/* -------------------------------------------------------------------------- errors */

/* libreswan, strongSwan: errors that answer errors, and answers to what does not decrypt, go on for
 * ever between two peers that have lost each other. */
static void garbled_messages_are_not_answered(void **state)
{
    (void)state;
    struct forge forge;
    struct tape tape;
    open_taped(&forge, &tape);
    pair_quick(forge.pair.a);
    struct sim_node *bob = forge.pair.bob;
    const uint64_t sent = bob->stats.messages_out;
    static const uint8_t exchanges[] = {WIRE_MAIN,        WIRE_AGGRESSIVE, WIRE_INFORMATIONAL,
                                        WIRE_TRANSACTION, WIRE_QUICK,      WIRE_NEW_GROUP};
    for (unsigned i = 0; i < 50 * x4m_countof(exchanges); i++) {
        struct sim_datagram *message = sim_datagram_copy(tape.kept[1]);
        message->data[WIRE_EXCHANGE_AT] = exchanges[i % x4m_countof(exchanges)];
        wire_put(message->data + WIRE_MESSAGE_ID_AT, 4, 0x777000 + i);
        message->data[WIRE_HEADER + i % 32] ^= 0x40;
        assert_int_not_equal(again(&forge, message), x4c_ike_none);
        free(message);
        sim_run(forge.pair.sim, 2000);
    }
    assert_int_equal(bob->stats.messages_out, sent);
    assert_true(sim_complete(forge.pair.b));
    close_taped(&forge, &tape);
}

/* The same under the keys: an error is not answered with one, whatever it is about. */
static void errors_are_not_answered_with_errors(void **state)
{
    (void)state;
    struct forge forge;
    forge_open(&forge);
    pair_quick(forge.pair.a);
    const uint64_t sent = forge.pair.bob->stats.messages_out;
    for (uint16_t error = 1; error <= 31; error++)
        assert_int_equal(forge_notify(&forge, 0x8000U + error, error, NULL, 0), x4c_ike_none);
    sim_run(forge.pair.sim, MINUTE_MS);
    assert_int_equal(forge.pair.bob->stats.messages_out, sent);
    assert_true(sim_complete(forge.pair.b));
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);
    forge_close(&forge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_first_message_is_known_by_its_sender),
        cmocka_unit_test(repeated_first_message_of_quick_mode_brings_no_error),
        cmocka_unit_test(lost_third_message_of_quick_mode_is_sent_again),
        cmocka_unit_test(lost_second_message_of_quick_mode_is_sent_again),
        cmocka_unit_test(delete_overtakes_third_message),
        cmocka_unit_test(unasked_fourth_message_of_quick_mode_is_no_error),
        cmocka_unit_test(garbled_messages_are_not_answered),
        cmocka_unit_test(errors_are_not_answered_with_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
