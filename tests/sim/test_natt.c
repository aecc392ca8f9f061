/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * NAT traversal (RFC 3947 and its drafts): who finds out what, who moves to the other port, and how
 * IPsec is to be encapsulated.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"
#include "tests/sim/spy.h"
#include "tests/sim/wire.h"

enum {
    ALL = x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02 | x4c_ike_natt_00,
    HALF_OPEN_MESSAGES = 4, /* of main mode, before the initiator may move */
    BEFORE_INITIATOR = 1,
    BEFORE_RESPONDER = 2,
};

static const uint8_t versions[] = {x4c_ike_natt_rfc, x4c_ike_natt_03, x4c_ike_natt_02n,
                                   x4c_ike_natt_02, x4c_ike_natt_00};

/* What was seen on the way, in the order of sending. */
struct watch {
    unsigned before; /* messages before the first on port 4500 */
    unsigned after;  /* on port 4500 */
    unsigned back;   /* and then not */
    size_t lengths[2];
    unsigned messages;
    struct spy *spy; /* optional */
    uint32_t mode;   /* of the last SA payload in a quick mode: the attribute */
};

/* The value of the attribute in the message's only transform, RFC 2407 4.5; 0 if there is none. */
static uint32_t mode_in(const struct spy_message *message)
{
    struct wire_part sa;
    if (!message->opened || !wire_find(message->plain, message->plain_len, WIRE_SA, &sa))
        return 0;
    for (size_t at = sa.at; at + 4 <= sa.at + sa.len; at++) {
        if (wire_u16(message->plain + at) == 0x8004)
            return wire_u16(message->plain + at + 2);
    }
    return 0;
}

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct watch *watch = context;
    bool natt = datagram->from.port == SIM_PORT_NATT || datagram->to.port == SIM_PORT_NATT;
    if (watch->messages < 2)
        watch->lengths[watch->messages] = datagram->len;
    watch->messages++;
    watch->after += natt;
    watch->before += !natt && !watch->after;
    watch->back += !natt && watch->after;
    if (!watch->spy || !spy_see(watch->spy, datagram))
        return true;
    uint32_t mode = mode_in(&watch->spy->last);
    watch->mode = mode ? mode : watch->mode;
    return true;
}

static void listen(struct pair *pair, struct watch *watch)
{
    pair->sim->network.tap = tap;
    pair->sim->network.tap_context = watch;
}

/* Peers that would carry one network for each other; a host's own address is not what others see.
 */
static struct pair peers(uint8_t natt_i, uint8_t natt_r)
{
    static const x4s_net_addr here = {.family = x4c_net_ipv4, .ip = {10, 1, 0, 0}};
    static const x4s_net_addr there = {.family = x4c_net_ipv4, .ip = {10, 2, 0, 0}};
    struct pair pair = pair_new(1);
    pair.alice->config1.natt = natt_i;
    pair.bob->config1.natt = natt_r;
    for (unsigned i = 0; i < 2; i++) {
        x4s_ike_config2 *config = &pair.sim->nodes[i]->config2;
        config->selectors = btrue;
        assert_true(x4_net_selector_from_prefix(i ? &there : &here, 16, &config->local));
        assert_true(x4_net_selector_from_prefix(i ? &here : &there, 16, &config->remote));
    }
    return pair;
}

static void hide(const struct pair *pair, unsigned where)
{
    if (where & BEFORE_INITIATOR)
        sim_hide(pair->alice, false);
    if (where & BEFORE_RESPONDER)
        sim_hide(pair->bob, true);
}

/* What both ends have to know of each other. That they know the same, the simulation checks. */
static void check_knowledge(const struct pair *pair, uint8_t version, unsigned where, bool floats)
{
    const x4s_ike_keys1 *a = &pair->a->keys1;
    assert_int_equal(a->natt, version);
    assert_int_equal(a->behind_local, (where & BEFORE_INITIATOR) != 0);
    assert_int_equal(a->behind_remote, (where & BEFORE_RESPONDER) != 0);
    assert_int_equal(pair->a->calls[SIM_NATT], where != 0);
    assert_int_equal(pair->b->calls[SIM_NATT], where != 0);
    assert_int_equal(pair->a->natt_floats, floats);
    assert_int_equal(pair->a->natt_behind, a->behind_local);
    assert_int_equal(pair->b->natt_behind, a->behind_remote);
    uint16_t port = floats ? SIM_PORT_NATT : SIM_PORT;
    assert_int_equal(a->link.local.port, port);
    assert_int_equal(a->link.remote.port, port);
    assert_int_equal(pair->b->keys1.link.local.port, port);
    assert_int_equal(pair->b->keys1.link.encap, floats);
}

static void check_quick(struct sim_xchg *phase1, bval encap)
{
    const struct sim_xchg *quick = pair_quick(phase1);
    assert_int_equal(quick->keys2.transform.encap, encap);
    assert_int_equal(quick->keys2.transform.mode, phase1->node->transforms2[0].mode);
}

static void check_quick_both_ways(const struct pair *pair, bval encap)
{
    for (uint8_t mode = x4c_ike_tunnel; mode <= x4c_ike_transport; mode++) {
        pair->alice->transforms2[0].mode = pair->bob->transforms2[0].mode = mode;
        check_quick(pair->a, encap);
        check_quick(pair->b, encap);
    }
}

static void check_place(uint8_t version, unsigned where)
{
    struct watch watch = {0};
    struct pair pair = peers(version, version);
    bool floats = where && version != x4c_ike_natt_00;
    hide(&pair, where);
    listen(&pair, &watch);
    pair_connect(&pair);
    check_knowledge(&pair, version, where, floats);
    check_quick_both_ways(&pair, where != 0);
    sim_term(pair.a, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(pair.b, x4c_ike_deleted));
    assert_int_equal(watch.back, 0);
    assert_int_equal(watch.before, floats ? HALF_OPEN_MESSAGES : watch.messages);
    sim_free(pair.sim);
}

/* req 3947-3-1 3947-3-2 3947-4-1 3947-4-5 3947-4-6 */
static void test_places_and_versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(versions); i++) {
        for (unsigned where = 0; where <= (BEFORE_INITIATOR | BEFORE_RESPONDER); where++)
            check_place(versions[i], where);
    }
}

static void test_newest_common_version(void **state) /* req 3947-3.1-1 3947-3.1-2 */
{
    (void)state;
    static const uint8_t known[][3] = {
        {ALL, ALL, x4c_ike_natt_rfc},
        {ALL, x4c_ike_natt_02 | x4c_ike_natt_00, x4c_ike_natt_02},
        {x4c_ike_natt_03 | x4c_ike_natt_02n, x4c_ike_natt_02n | x4c_ike_natt_02, x4c_ike_natt_02n},
        {ALL & ~x4c_ike_natt_rfc, ALL, x4c_ike_natt_03},
        {x4c_ike_natt_00 | x4c_ike_natt_rfc, x4c_ike_natt_00, x4c_ike_natt_00},
        {x4c_ike_natt_rfc, x4c_ike_natt_03, 0},
        {ALL, 0, 0},
        {0, ALL, 0},
        {0, 0, 0},
    };
    for (size_t i = 0; i < x4m_countof(known); i++) {
        struct pair pair = peers(known[i][0], known[i][1]);
        hide(&pair, BEFORE_INITIATOR);
        pair_connect(&pair);
        uint8_t version = known[i][2];
        check_knowledge(&pair, version, version ? BEFORE_INITIATOR : 0,
                        version && version != x4c_ike_natt_00);
        check_quick_both_ways(&pair, version != 0);
        sim_free(pair.sim);
    }
}

static void test_user_who_cannot(void **state)
{
    (void)state;
    for (unsigned who = 0; who < 2; who++) {
        struct pair pair = peers(ALL, ALL);
        hide(&pair, BEFORE_INITIATOR);
        pair.sim->nodes[who]->calls1.natt = NULL;
        pair_connect(&pair);
        check_knowledge(&pair, 0, 0, false);
        sim_free(pair.sim);
    }
}

/* Whoever forces it counts as behind a NAT, for both. */
static void test_force(void **state)
{
    (void)state;
    for (unsigned where = 1; where <= (BEFORE_INITIATOR | BEFORE_RESPONDER); where++) {
        struct pair pair = peers(ALL, ALL);
        pair.alice->config1.natt_force = (where & BEFORE_INITIATOR) != 0;
        pair.bob->config1.natt_force = (where & BEFORE_RESPONDER) != 0;
        pair_connect(&pair);
        check_knowledge(&pair, x4c_ike_natt_rfc, where, true);
        check_quick_both_ways(&pair, btrue);
        sim_free(pair.sim);
    }
}

static void test_force_without_version(void **state)
{
    (void)state;
    struct pair pair = peers(ALL, 0);
    pair.alice->config1.natt_force = btrue;
    pair_connect(&pair);
    check_knowledge(&pair, 0, 0, false);
    check_quick_both_ways(&pair, bfalse);
    sim_free(pair.sim);
}

static void test_ipv6(void **state)
{
    (void)state;
    for (unsigned forced = 0; forced < 2; forced++) {
        struct pair pair = peers(ALL, ALL);
        assert_true(x4_net_addr_parse("2001:db8::1", &pair.alice->addr));
        assert_true(x4_net_addr_parse("2001:db8::2", &pair.bob->addr));
        pair.alice->config1.natt_force = forced != 0;
        pair_connect(&pair);
        check_knowledge(&pair, x4c_ike_natt_rfc, forced ? BEFORE_INITIATOR : 0, forced);
        sim_free(pair.sim);
    }
}

/* RFC 3947 4: an initiator may begin on the other port. It is there already. */
static void test_begun_on_other_port(void **state) /* req 3947-4-8 */
{
    (void)state;
    for (unsigned where = 0; where <= (BEFORE_INITIATOR | BEFORE_RESPONDER); where++) {
        struct watch watch = {0};
        struct pair pair = peers(ALL, ALL);
        hide(&pair, where);
        listen(&pair, &watch);
        pair.a = sim_init1_at(pair.alice, pair.bob, SIM_PORT_NATT);
        sim_settle(pair.sim);
        assert_true(sim_complete(pair.a));
        pair.b = sim_peer(pair.a);
        assert_int_equal(pair.a->calls[SIM_NATT], where != 0);
        assert_int_equal(pair.b->calls[SIM_NATT], where != 0);
        assert_false(pair.a->natt_floats);
        check_quick_both_ways(&pair, where != 0);
        assert_int_equal(watch.after, watch.messages);
        sim_free(pair.sim);
    }
}

/* Message 6 is lost, and comes over the port that was left: it is old. */
struct loss {
    unsigned messages;
    struct sim_datagram *sixth;
};

static bool lose_sixth(void *context, const struct sim_datagram *datagram)
{
    struct loss *loss = context;
    if (++loss->messages != 6)
        return !loss->sixth;
    loss->sixth = sim_datagram_copy(datagram);
    return false;
}

static void test_left_port(void **state) /* req 3947-4-9 */
{
    (void)state;
    struct pair pair = peers(ALL, ALL);
    struct loss loss = {0};
    hide(&pair, BEFORE_INITIATOR);
    pair.sim->network.tap = lose_sixth;
    pair.sim->network.tap_context = &loss;
    struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 900);
    assert_non_null(loss.sixth);
    x4s_net_addr bob = loss.sixth->from;
    assert_int_equal(bob.port, SIM_PORT_NATT);
    bob.port = SIM_PORT;
    assert_int_equal(sim_inject(pair.alice, &bob, loss.sixth->data, loss.sixth->len),
                     x4c_ike_bad_link);
    assert_false(a->calls[SIM_COMPLETED]);
    bob.port = SIM_PORT_NATT;
    assert_int_equal(
        sim_inject_at(pair.alice, SIM_PORT_NATT, &bob, loss.sixth->data, loss.sixth->len),
        x4c_ike_none);
    assert_true(sim_complete(a));
    free(loss.sixth);
    sim_free(pair.sim);
}

/* RFC 3947 5.1 has numbers for encapsulation in UDP, and its drafts have others. */
static void test_numbers_of_modes(void **state) /* req 3947-5.1-1 3947-5.1-2 3947-5.1-3 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(versions); i++) {
        for (unsigned where = 0; where <= BEFORE_INITIATOR; where++) {
            struct pair pair = peers(versions[i], versions[i]);
            struct watch watch = {.spy = spy_new(pair.alice)};
            hide(&pair, where);
            listen(&pair, &watch);
            pair_connect(&pair);
            uint32_t udp = versions[i] == x4c_ike_natt_rfc ? 3 : 61443;
            for (uint8_t mode = x4c_ike_tunnel; mode <= x4c_ike_transport; mode++) {
                pair.alice->transforms2[0].mode = pair.bob->transforms2[0].mode = mode;
                check_quick(pair.a, where != 0);
                assert_int_equal(watch.mode, (where ? udp : x4c_ike_tunnel) + mode - 1);
            }
            sim_free(pair.sim);
            spy_free(watch.spy);
        }
    }
}

/* Writes another encapsulation mode into the first message of quick mode. */
struct forger {
    struct sim *sim;
    struct spy *spy;
    uint32_t mode;
};

static bool forge_mode(void *context, const struct sim_datagram *datagram)
{
    struct forger *forger = context;
    struct spy *spy = forger->spy;
    struct spy_message *last = &spy->last;
    uint8_t sealed[SPY_MESSAGE_MAX];
    struct wire_part sa;
    if (!spy_see(spy, datagram) || !mode_in(last))
        return true;
    assert_true(wire_find(last->plain, last->plain_len, WIRE_SA, &sa));
    for (size_t at = sa.at; at + 4 <= sa.at + sa.len; at++)
        if (wire_u16(last->plain + at) == 0x8004)
            wire_put(last->plain + at + 2, 2, forger->mode);
    assert_true(spy_rehash(spy, last->order, last->plain, last->plain_len));
    size_t len = spy_seal(spy, last->iv, last->plain, last->plain_len, sealed);
    struct sim *sim = forger->sim;
    sim->network.tap = NULL;
    sim_network_send(&sim->network, sim->now, &datagram->from, &datagram->to, sealed, len);
    return false;
}

/* Encapsulation that does not fit what lies between is refused by the responder. */
static void test_modes_that_do_not_fit(void **state) /* req 3947-5.1-1 3947-5.1-2 */
{
    (void)state;
    static const struct {
        unsigned where;
        uint32_t mode;
        bool fits;
    } cases[] = {
        {0, 1, true},
        {0, 3, false},
        {0, 61443, false},
        {BEFORE_INITIATOR | BEFORE_RESPONDER, 1, false},
        {BEFORE_INITIATOR | BEFORE_RESPONDER, 3, true},
        {BEFORE_INITIATOR | BEFORE_RESPONDER, 61443, true},
        {BEFORE_INITIATOR, 1, false},
        {BEFORE_RESPONDER, 1, false},
        {BEFORE_INITIATOR, 3, true},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct pair pair = peers(x4c_ike_natt_rfc, x4c_ike_natt_rfc);
        struct forger forger = {.sim = pair.sim, .spy = spy_new(pair.alice), .mode = cases[i].mode};
        hide(&pair, cases[i].where);
        pair.sim->network.tap = forge_mode;
        pair.sim->network.tap_context = &forger;
        pair.sim->forged = true;
        pair_connect(&pair);
        struct sim_xchg *quick = sim_init2(pair.a);
        sim_settle(pair.sim);
        assert_null(pair.sim->network.tap);
        assert_int_equal(pair.bob->refused[x4c_ike_no_proposal2], !cases[i].fits);
        assert_int_equal(sim_last(pair.bob, 2) != NULL, cases[i].fits);
        assert_int_equal(sim_ended(quick, x4c_ike_peer_no_proposal), !cases[i].fits);
        sim_free(pair.sim);
        spy_free(forger.spy);
    }
}

/* Whatever is lost or doubled on the way, the user is told once; the nodes see to that. */
static void test_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct pair pair = pair_new(seed);
        pair.alice->config1.natt = pair.bob->config1.natt = ALL;
        hide(&pair, seed % 4);
        pair.sim->network.loss_pct = pair.sim->network.duplicate_pct = 20;
        pair.sim->network.delay_max_ms = 800;
        pair.a = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, 60 * 1000);
        assert_true(sim_complete(pair.a));
        assert_non_null(sim_peer(pair.a));
        assert_int_equal(pair.a->calls[SIM_NATT], seed % 4 != 0);
        sim_free(pair.sim);
    }
}

/* The answer to a stranger is not longer than what he sent, whatever is announced. */
static void test_no_amplification(void **state)
{
    (void)state;
    for (unsigned natt_i = 0; natt_i <= ALL; natt_i++) {
        for (unsigned natt_r = 0; natt_r <= ALL; natt_r++) {
            struct watch watch = {0};
            struct pair pair = peers((uint8_t)natt_i, (uint8_t)natt_r);
            listen(&pair, &watch);
            pair_connect(&pair);
            assert_in_range(watch.lengths[1], 1, watch.lengths[0]);
            sim_free(pair.sim);
        }
    }
}

/* The first message without its vendor IDs: nothing is announced to who announces nothing. */
static bool strip(void *context, const struct sim_datagram *datagram)
{
    struct pair *pair = context;
    uint8_t message[SPY_MESSAGE_MAX];
    struct wire_part sa;
    memcpy(message, datagram->data, datagram->len);
    pair->sim->network.tap = NULL;
    assert_true(wire_first(message, datagram->len, &sa) && sa.type == WIRE_SA);
    message[sa.at] = WIRE_NONE;
    size_t len = sa.at + sa.len;
    assert_true(len < datagram->len);
    wire_put(message + WIRE_LENGTH_AT, 4, (uint32_t)len);
    struct watch *watch = pair->sim->test;
    listen(pair, watch);
    sim_network_send(&pair->sim->network, pair->sim->now, &datagram->from, &datagram->to, message,
                     len);
    return false;
}

static void test_peer_without_vendor_ids(void **state) /* req 2408-3.16-1 3947-3.1-2 */
{
    (void)state;
    struct watch watch = {0};
    struct pair pair = peers(ALL, ALL);
    hide(&pair, BEFORE_INITIATOR);
    pair.sim->test = &watch;
    pair.sim->network.tap = strip;
    pair.sim->network.tap_context = &pair;
    pair_connect(&pair);
    assert_in_range(watch.lengths[1], 1, watch.lengths[0]);
    check_knowledge(&pair, 0, 0, false);
    assert_false(pair.a->keys1.knows_dpd);
    assert_false(pair.b->keys1.knows_dpd);
    sim_free(pair.sim);
}

/* RFC 3947 5.2: each learns what addresses the other has where it is; hosts are as seen from here.
 */
static void test_original_addresses(void **state) /* req 3947-5.2-1 3947-5.2-3 3947-5.2-4 */
{
    (void)state;
    static const uint8_t both[] = {x4c_ike_natt_rfc, x4c_ike_natt_03};
    for (unsigned i = 0; i < 2; i++) {
        struct pair pair = peers(both[i], both[i]);
        hide(&pair, BEFORE_INITIATOR);
        for (unsigned n = 0; n < 2; n++)
            pair.sim->nodes[n]->transforms2[0].mode = x4c_ike_transport;
        pair_connect(&pair);
        x4_net_selector_from_addr(&pair.a->keys1.link.local, &pair.alice->config2.local);
        x4_net_selector_from_addr(&pair.a->keys1.link.remote, &pair.alice->config2.remote);
        const struct sim_xchg *quick = pair_quick(pair.a);
        const struct sim_xchg *peer = sim_peer(quick);
        const x4s_net_link *seen = &pair.b->keys1.link;
        assert_true(x4_net_addr_same_ip(&peer->keys2.original_remote, &pair.alice->addr));
        assert_true(x4_net_addr_same_ip(&peer->keys2.original_local, &pair.a->keys1.link.remote));
        assert_true(x4_net_addr_same_ip(&quick->keys2.original_local, &seen->remote));
        assert_true(x4_net_addr_same_ip(&quick->keys2.original_remote, &seen->local));
        assert_memory_equal(peer->keys2.remote.from, seen->remote.ip, 4);
        assert_memory_equal(quick->keys2.local.from, pair.alice->addr.ip, 4);
        sim_free(pair.sim);
    }
}

/* The responder's answer in quick mode has the addresses that it sees in place of the asked ones.
 */
struct answer {
    struct sim *sim;
    struct spy *spy;
    uint16_t port; /* that it has, too, for the initiator */
};

static bool answer_as_seen(void *context, const struct sim_datagram *datagram)
{
    struct answer *answer = context;
    struct spy_message *last = &answer->spy->last;
    uint8_t sealed[SPY_MESSAGE_MAX];
    struct wire_part id;
    if (!spy_see(answer->spy, datagram) || datagram->data[WIRE_EXCHANGE_AT] != WIRE_QUICK ||
        last->order != 2)
        return true;
    assert_true(wire_find(last->plain, last->plain_len, WIRE_ID, &id));
    uint8_t *body = last->plain + id.at + WIRE_GENERIC;
    wire_put(body + 2, 2, answer->port);
    memcpy(body + 4, datagram->to.ip, 4);
    assert_true(spy_rehash(answer->spy, last->order, last->plain, last->plain_len));
    size_t len = spy_seal(answer->spy, last->iv, last->plain, last->plain_len, sealed);
    struct sim *sim = answer->sim;
    sim->network.tap = NULL;
    sim_network_send(&sim->network, sim->now, &datagram->from, &datagram->to, sealed, len);
    return false;
}

/* strongSwan does so. What was asked for is agreed, and nothing else is. */
static void test_answer_with_addresses_as_seen(void **state)
{
    (void)state;
    static const struct {
        uint8_t mode;
        uint16_t port;
        bool fits;
    } cases[] = {
        {x4c_ike_transport, 0, true}, {x4c_ike_transport, 80, false}, {x4c_ike_tunnel, 0, false}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct pair pair = peers(x4c_ike_natt_rfc, x4c_ike_natt_rfc);
        struct answer answer = {pair.sim, spy_new(pair.alice), cases[i].port};
        hide(&pair, BEFORE_INITIATOR);
        pair.sim->forged = true;
        pair.sim->network.tap = answer_as_seen;
        pair.sim->network.tap_context = &answer;
        pair.alice->transforms2[0].mode = pair.bob->transforms2[0].mode = cases[i].mode;
        pair_connect(&pair);
        x4_net_selector_from_addr(&pair.a->keys1.link.local, &pair.alice->config2.local);
        x4_net_selector_from_addr(&pair.a->keys1.link.remote, &pair.alice->config2.remote);
        const struct sim_xchg *quick = sim_init2(pair.a);
        sim_run(pair.sim, 100);
        assert_null(pair.sim->network.tap);
        assert_int_equal(sim_complete(quick), cases[i].fits);
        assert_int_equal(pair.alice->refused[x4c_ike_bad_id] > 0, !cases[i].fits);
        if (cases[i].fits)
            assert_memory_equal(quick->keys2.local.from, pair.alice->addr.ip, 4);
        sim_free(pair.sim);
        spy_free(answer.spy);
    }
}

/* In tunnel mode, and without a NAT, nobody says anything. */
static void test_no_original_addresses(void **state) /* req 3947-5.2-2 */
{
    (void)state;
    for (unsigned hidden = 0; hidden < 2; hidden++) {
        struct pair pair = peers(x4c_ike_natt_rfc, x4c_ike_natt_rfc);
        hide(&pair, hidden ? BEFORE_INITIATOR : 0);
        for (unsigned n = 0; n < 2; n++)
            pair.sim->nodes[n]->transforms2[0].mode = hidden ? x4c_ike_tunnel : x4c_ike_transport;
        pair_connect(&pair);
        const struct sim_xchg *quick = pair_quick(pair.a);
        assert_int_equal(quick->keys2.original_remote.family, x4c_net_none);
        assert_int_equal(sim_peer(quick)->keys2.original_remote.family, x4c_net_none);
        sim_free(pair.sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_and_versions),
        cmocka_unit_test(test_newest_common_version),
        cmocka_unit_test(test_user_who_cannot),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_force_without_version),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_begun_on_other_port),
        cmocka_unit_test(test_left_port),
        cmocka_unit_test(test_numbers_of_modes),
        cmocka_unit_test(test_modes_that_do_not_fit),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_no_amplification),
        cmocka_unit_test(test_peer_without_vendor_ids),
        cmocka_unit_test(test_original_addresses),
        cmocka_unit_test(test_answer_with_addresses_as_seen),
        cmocka_unit_test(test_no_original_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
