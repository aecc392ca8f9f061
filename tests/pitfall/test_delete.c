/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The end of SAs: what is deleted with what, in which message, and what a new ISAKMP SA inherits.
 */

#include "tests/pitfall/forge.h"

enum {
    MESSAGE_ID = 0x70001,
    SPI = 4,
    PROTOCOL_ISAKMP = 1,
    PROTOCOL_ESP = 3,
};

/* -------------------------------------------------------------------------- how they are told */

struct deletes {
    unsigned messages;
    unsigned isakmp;
    unsigned esp;
};

static bool count_deletes(struct forge *forge)
{
    struct deletes *deletes = forge->test;
    const struct spy_message *last = &forge->spy->last;
    struct wire_part part;
    unsigned payloads = 0;
    if (!last->opened || last->plain[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL)
        return false;
    for (bool more = wire_first(last->plain, last->plain_len, &part); more;
         more = wire_next(last->plain, last->plain_len, &part)) {
        if (part.type != WIRE_DELETE)
            continue;
        const uint8_t *body = last->plain + part.at + WIRE_GENERIC;
        deletes->isakmp += body[4] == PROTOCOL_ISAKMP;
        deletes->esp += body[4] == PROTOCOL_ESP;
        assert_int_equal(wire_u16(body + 6), 1);
        payloads++;
    }
    assert_true(payloads <= 1);
    deletes->messages += payloads;
    return false;
}

/* vpnc: it looks for one Delete in a message. Each SA's is in a message of its own, and those of
 * IPsec come before that of the ISAKMP SA which protects them. */
static void deletes_come_in_messages_of_their_own(void **state)
{
    (void)state;
    struct forge forge;
    struct deletes deletes = {0};
    forge_open(&forge);
    pair_quick(forge.pair.a);
    pair_quick(forge.pair.b);
    forge.test = &deletes;
    forge.swallow = count_deletes;
    sim_shut_down(forge.pair.bob);
    sim_settle(forge.pair.sim);
    assert_int_equal(deletes.esp, 2);
    assert_int_equal(deletes.isakmp, 1);
    assert_int_equal(deletes.messages, 3);
    assert_true(sim_ended(forge.pair.a, x4c_ike_deleted));
    assert_int_equal(sim_count(forge.pair.alice, 2), 0);
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- what goes with what */

/* Several SPIs of one protocol, in Alice's name. */
static x4e_ike_reason delete_esp(struct forge *forge, uint32_t message_id, const uint32_t *spis,
                                 unsigned count)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    size_t at = spy_begin(forge->spy, WIRE_INFORMATIONAL, message_id, WIRE_DELETE, plain);
    uint8_t *body = plain + at + WIRE_GENERIC;
    wire_put(plain + at + 2, 2, WIRE_GENERIC + 8 + SPI * count);
    wire_put(body, 4, 1);
    body[4] = PROTOCOL_ESP;
    body[5] = SPI;
    wire_put(body + 6, 2, count);
    for (unsigned i = 0; i < count; i++)
        wire_put(body + 8 + (size_t)SPI * i, SPI, spis[i]);
    return forge_tell_bob(forge, 1, plain, at + WIRE_GENERIC + 8 + (size_t)SPI * count);
}

/* Peers put several SPIs into one Delete, some of SAs that are long gone, and name one twice. */
static void delete_of_several_spis_passes_over_unknown_ones(void **state)
{
    (void)state;
    struct forge forge;
    forge_open(&forge);
    const struct sim_xchg *first = pair_quick(forge.pair.a);
    const struct sim_xchg *second = pair_quick(forge.pair.b);
    const uint32_t spis[] = {0xdeadbeef, first->keys2.in.spi, 0x12345678, first->keys2.in.spi,
                             second->keys2.out.spi};
    assert_int_equal(delete_esp(&forge, MESSAGE_ID, spis, x4m_countof(spis)), x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 0);
    assert_true(sim_complete(forge.pair.b));
    pair_quick(forge.pair.a);
    forge_close(&forge);
}

/* Other peers' ISAKMP SAs are not one's own to delete, whose cookies ever one has seen. Alice may
 * delete an older one of hers under a newer one. */
static x4e_ike_reason delete_isakmp(struct forge *forge, uint32_t message_id,
                                    const x4s_ike_keys1 *named)
{
    uint8_t plain[SPY_MESSAGE_MAX] = {0};
    size_t at = spy_begin(forge->spy, WIRE_INFORMATIONAL, message_id, WIRE_DELETE, plain);
    uint8_t *body = plain + at + WIRE_GENERIC;
    wire_put(plain + at + 2, 2, WIRE_GENERIC + 8 + WIRE_COOKIES);
    wire_put(body, 4, 1);
    body[4] = PROTOCOL_ISAKMP;
    body[5] = WIRE_COOKIES;
    wire_put(body + 6, 2, 1);
    memcpy(body + 8, named->cookie_i, 8);
    memcpy(body + 16, named->cookie_r, 8);
    return forge_tell_bob(forge, 1, plain, at + WIRE_GENERIC + 8 + WIRE_COOKIES);
}

/* libreswan: a Delete names another ISAKMP SA than the one that protects it, an expired one, one
 * that is not there, or somebody else's. */
static void delete_under_another_isakmp_sa_counts_for_own_ones_only(void **state)
{
    (void)state;
    struct forge forge;
    forge_begin(&forge);
    struct sim *sim = forge.pair.sim;
    struct sim_node *carol = sim_add(sim);
    bool (*tap)(void *context, const struct sim_datagram *datagram) = sim->network.tap;
    sim->network.tap = NULL;
    struct sim_xchg *carols = sim_init1(carol, forge.pair.bob);
    struct sim_xchg *older = sim_init1(forge.pair.alice, forge.pair.bob);
    sim_settle(sim);
    assert_true(sim_complete(carols) && sim_complete(older));
    struct sim_xchg *of_carol = sim_peer(carols), *of_older = sim_peer(older);
    sim->network.tap = tap;
    pair_connect(&forge.pair);

    x4s_ike_keys1 unknown = older->keys1;
    unknown.cookie_r[0] ^= 1;
    assert_int_equal(delete_isakmp(&forge, MESSAGE_ID, &unknown), x4c_ike_none);
    assert_int_equal(delete_isakmp(&forge, MESSAGE_ID + 1, &carols->keys1), x4c_ike_none);
    assert_true(sim_complete(of_carol));
    assert_true(sim_complete(of_older));
    assert_int_equal(delete_isakmp(&forge, MESSAGE_ID + 2, &older->keys1), x4c_ike_none);
    assert_true(sim_ended(of_older, x4c_ike_deleted));
    assert_true(sim_complete(forge.pair.b));
    forge_close(&forge);
}

/* -------------------------------------------------------------------------- made anew */

/* strongSwan: both make their ISAKMP SA anew at the same time, and each ends the old one. Neither
 * loses an IPsec SA by it, and each may be ended under what is left. */
static void both_reauthenticate_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct pair pair = pair_connected(seed);
        struct sim_xchg *quick = pair_quick(pair.a);
        struct sim_xchg *peer = sim_peer(quick);
        struct sim_xchg *new_a = sim_init1(pair.alice, pair.bob);
        struct sim_xchg *new_b = sim_init1(pair.bob, pair.alice);
        sim_settle(pair.sim);
        assert_true(sim_complete(new_a) && sim_complete(new_b));
        sim_term(pair.a, btrue);
        sim_term(pair.b, btrue);
        sim_settle(pair.sim);
        assert_true(sim_complete(quick) && sim_complete(peer));
        assert_int_equal(sim_count(pair.alice, 1), 2);
        sim_term(seed % 2 ? new_a : new_b, btrue); /* one of them is one too many */
        sim_settle(pair.sim);
        assert_int_equal(sim_count(pair.alice, 1), 1);
        assert_true(sim_complete(quick) && sim_complete(peer));
        sim_term(seed % 3 ? quick : peer, btrue);
        sim_settle(pair.sim);
        assert_int_equal(sim_count(pair.alice, 2) + sim_count(pair.bob, 2), 0);
        sim_free(pair.sim);
    }
}

/* libreswan: the replaced ISAKMP SA is not ended early, because messages under it may still be on
 * their way: it serves until its user ends it. */
static void replaced_isakmp_sa_serves_until_it_is_ended(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *old = pair.a;
    pair_quick(old);
    struct sim_xchg *new = sim_init1(pair.alice, pair.bob);
    sim_settle(pair.sim);
    assert_true(sim_complete(new));
    pair_quick(old);
    pair_quick(new);
    pair_quick(sim_peer(old));
    assert_int_equal(sim_count(pair.bob, 1), 2);
    assert_int_equal(sim_count(pair.bob, 2), 4);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deletes_come_in_messages_of_their_own),
        cmocka_unit_test(delete_of_several_spis_passes_over_unknown_ones),
        cmocka_unit_test(delete_under_another_isakmp_sa_counts_for_own_ones_only),
        cmocka_unit_test(both_reauthenticate_at_once),
        cmocka_unit_test(replaced_isakmp_sa_serves_until_it_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
