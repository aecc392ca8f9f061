/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * NAT traversal: who sends what where, and which addresses are meant.
 */

#include <stdlib.h>

#include "tests/pitfall/forge.h"

enum {
    NATT_ALL = x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02,
    NAT_D = 20,
    MESSAGE_ID = 0x50001,
    ID_FQDN = 2,
    ID_IPV4 = 1,
    UDP = 17,
    L2TP = 1701,
};

/* -------------------------------------------------------------------------- NAT-D */

/* Behind the hash of the destination: one that fits nothing, before the one that fits. */
static bool add_source(struct forge *forge, uint8_t *plain, size_t *len)
{
    static const uint8_t wrong[24] = {NAT_D, 0, 0, sizeof(wrong), 0xde, 0xad};
    struct wire_part part;
    if (forge->order != 3 || !wire_find(plain, *len, NAT_D, &part))
        return false;
    const size_t at = part.at + part.len;
    memmove(plain + at + sizeof(wrong), plain + at, *len - at);
    memcpy(plain + at, wrong, sizeof(wrong));
    *len += sizeof(wrong);
    wire_put(plain + WIRE_LENGTH_AT, 4, (uint32_t)*len);
    return true;
}

/* strongSwan: a host with several addresses sends a hash of each as its source. One that fits is
 * enough; the first payload is the destination. */
static void one_of_several_nat_d_sources_is_enough(void **state)
{
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct forge forge;
        forge_begin(&forge);
        forge.pair.alice->config1.natt = forge.pair.bob->config1.natt = NATT_ALL;
        forge.change = more ? add_source : NULL;
        pair_connect(&forge.pair);
        assert_int_equal(forge.pair.b->keys1.natt, x4c_ike_natt_rfc);
        assert_false(forge.pair.b->keys1.behind_local);
        assert_false(forge.pair.b->keys1.behind_remote);
        forge_close(&forge);
    }
}

/* -------------------------------------------------------------------------- one NAT, two clients
 */

/* Carol comes out of Alice's NAT, by ports of her own. */
static void share_nat(struct sim_node *carol, const struct sim_node *alice)
{
    struct sim_nat *nat = sim_hide(carol, false);
    nat->outside = alice->nat->outside;
    nat->last_port = 50000;
}

static void as_windows(struct sim_node *node, bool server)
{
    node->config1.natt = NATT_ALL;
    node->transforms2[0].mode = x4c_ike_transport;
    node->config2.selectors = btrue;
    x4_net_selector_from_addr(&node->addr, &node->config2.local);
    node->config2.local.protocol = UDP;
    node->config2.local.port = server ? L2TP : 0;
}

/* Windows (L2TP): all clients come from ports 500 and 4500; behind one NAT only the ports that it
 * gave them tell them apart. And each asks for the same: UDP 1701, transport mode. */
static void two_clients_behind_one_nat(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    struct sim_node *carol = sim_add(pair.sim);
    sim_hide(pair.alice, false);
    share_nat(carol, pair.alice);
    pair.sim->forged = true; /* each sees other addresses in the selectors */
    struct sim_node *clients[] = {pair.alice, carol};
    struct sim_xchg *phase1[2], *quick[2];
    pair.bob->config1.natt = NATT_ALL;
    pair.bob->transforms2[0].mode = x4c_ike_transport;
    for (unsigned i = 0; i < 2; i++) {
        as_windows(clients[i], false);
        x4_net_selector_from_addr(&pair.bob->addr, &clients[i]->config2.remote);
        clients[i]->config2.remote.protocol = UDP;
        clients[i]->config2.remote.port = L2TP;
        phase1[i] = sim_init1(clients[i], pair.bob);
        assert_non_null(phase1[i]);
    }
    sim_settle(pair.sim); /* at the same time, so that their messages come mixed */
    for (unsigned i = 0; i < 2; i++) {
        assert_true(sim_complete(phase1[i]));
        quick[i] = sim_init2(phase1[i]);
        assert_non_null(quick[i]);
    }
    sim_settle(pair.sim);
    assert_int_equal(sim_count(pair.bob, 2), 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(sim_complete(quick[i]));
        struct sim_xchg *bobs = sim_peer(quick[i]);
        const x4s_ike_keys1 *keys = &bobs->parent->keys1;
        assert_int_equal(keys->link.remote.port, clients[i]->nat->ports[1].outside);
        assert_memory_equal(bobs->keys2.remote.from, clients[i]->nat->outside.ip, 4);
        assert_memory_equal(bobs->keys2.original_remote.ip, clients[i]->addr.ip, 4);
        assert_true(bobs->keys2.transform.encap);
    }
    sim_term(phase1[0], btrue); /* and the end of one is not the other's */
    sim_term(quick[0], btrue);
    sim_settle(pair.sim);
    assert_int_equal(sim_count(pair.bob, 1), 1);
    pair_quick(phase1[1]);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- a name for an address
 */

static size_t quick_with_name(const struct forge *forge, uint32_t message_id, size_t name_len,
                              uint8_t *plain)
{
    uint8_t body[256] = {ID_FQDN, UDP, L2TP >> 8, L2TP & 255};
    struct wire_part id;
    size_t len = forge_quick(forge, message_id, plain);
    memset(body + 4, 'x', name_len);
    assert_true(wire_find(plain, len, WIRE_ID, &id));
    edit_remove(plain, &len, id.at + WIRE_GENERIC, id.len - WIRE_GENERIC);
    edit_insert(plain, &len, id.at + WIRE_GENERIC, body, 4 + name_len);
    return len;
}

static void open_for_names(struct forge *forge, bool hidden)
{
    forge_begin(forge);
    for (unsigned i = 0; i < 2; i++)
        as_windows(forge->pair.sim->nodes[i], i == 1);
    if (hidden)
        forge->pair.alice->config1.natt_force = btrue;
    x4_net_selector_from_addr(&forge->pair.bob->addr, &forge->pair.alice->config2.remote);
    pair_connect(&forge->pair);
    forge->pair.alice->config1.natt_force = bfalse;
    assert_int_equal(forge->pair.b->keys1.behind_remote, hidden);
    forge_template(forge);
}

/* Windows 2000 and XP, strongSwan: behind a NAT the client's ID of quick mode is its name. It means
 * the client as we see it, and comes back as it came; who is not behind a NAT has an address. */
static void name_in_quick_mode_behind_nat_is_the_peers_address(void **state)
{
    (void)state;
    struct forge forge;
    uint8_t plain[SPY_MESSAGE_MAX];
    open_for_names(&forge, true);
    const size_t name = 25;
    size_t len = quick_with_name(&forge, MESSAGE_ID, name, plain);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    const x4s_ike_offer2 *offer = &sim_last(forge.pair.bob, 2)->offer2;
    assert_memory_equal(offer->remote.from, forge.pair.alice->addr.ip, 4);
    assert_memory_equal(offer->remote.to, forge.pair.alice->addr.ip, 4);
    assert_int_equal(offer->remote.protocol, UDP);
    assert_int_equal(offer->remote.port, L2TP);
    struct wire_part id;
    assert_true(wire_find(forge.answer, forge.answer_len, WIRE_ID, &id));
    assert_int_equal(id.len, WIRE_GENERIC + 4 + name);
    assert_int_equal(forge.answer[id.at + WIRE_GENERIC], ID_FQDN);
    assert_int_equal(forge_third(&forge, MESSAGE_ID), x4c_ike_none);
    assert_int_equal(sim_count(forge.pair.bob, 2), 1);

    len = quick_with_name(&forge, MESSAGE_ID + 1, 128, plain);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_none);
    len = quick_with_name(&forge, MESSAGE_ID + 2, 129, plain); /* longer than we keep */
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_bad_id);
    forge_close(&forge);

    open_for_names(&forge, false);
    len = quick_with_name(&forge, MESSAGE_ID, name, plain);
    assert_int_equal(forge_tell_bob(&forge, 1, plain, len), x4c_ike_bad_id);
    forge_close(&forge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_several_nat_d_sources_is_enough),
        cmocka_unit_test(two_clients_behind_one_nat),
        cmocka_unit_test(name_in_quick_mode_behind_nat_is_the_peers_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
