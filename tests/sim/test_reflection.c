/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Messages of ours that come back to us. HASH(1) is the same in both directions, so nothing but the
 * message ID tells that they are not the peer's.
 */

#include <stdlib.h>

#include "tests/sim/pair.h"

enum {
    DPD_SEC = 10,
    KEPT_MAX = 64,
    ROUNDS = 400, /* seconds; a dead peer is known after 41 */
};

static const x4s_net_addr elsewhere = {.family = x4c_net_ipv4, .ip = {203, 0, 113, 66}, .port = 99};

/* Holds everything that Alice sends while it is on. */
struct mirror {
    bool on;
    const struct sim_node *alice;
    struct sim_datagram *kept[KEPT_MAX];
    unsigned count;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct mirror *mirror = context;
    bool from_alice = x4_net_addr_same_ip(&datagram->from, &mirror->alice->addr);
    if (mirror->on && from_alice && mirror->count < KEPT_MAX)
        mirror->kept[mirror->count++] = sim_datagram_copy(datagram);
    return true;
}

static void drop(struct mirror *mirror)
{
    while (mirror->count)
        free(mirror->kept[--mirror->count]);
}

/* Sends all back that was held, as if from there. */
static void reflect(struct mirror *mirror, struct sim_node *to, uint16_t port,
                    const x4s_net_addr *from)
{
    unsigned count = mirror->count;
    for (unsigned i = 0; i < count; i++) {
        x4e_ike_reason reason =
            sim_inject_at(to, port, from, mirror->kept[i]->data, mirror->kept[i]->len);
        assert_int_not_equal(reason, x4c_ike_none);
    }
}

static struct pair connect_with(struct mirror *mirror, bool natt)
{
    struct pair pair = pair_new(1);
    *mirror = (struct mirror){.alice = pair.alice};
    pair.alice->config1.dpd_sec = DPD_SEC;
    if (natt) {
        pair.alice->config1.natt = pair.bob->config1.natt = x4c_ike_natt_rfc;
        sim_hide(pair.bob, true);
    }
    pair.sim->network.tap = tap;
    pair.sim->network.tap_context = mirror;
    pair_connect(&pair);
    return pair;
}

/* A dead peer is found dead, and what is sent goes where he was. */
static void dies(bool natt)
{
    struct mirror mirror;
    struct pair pair = connect_with(&mirror, natt);
    const x4s_net_addr *from = natt ? &elsewhere : &pair.bob->addr;
    pair.bob->deaf = true;
    mirror.on = true;
    for (unsigned i = 0; i < ROUNDS; i++) {
        sim_run(pair.sim, 1000);
        reflect(&mirror, pair.alice, natt ? SIM_PORT_NATT : SIM_PORT, from);
        drop(&mirror);
    }
    assert_true(sim_ended(pair.a, x4c_ike_dead_peer));
    assert_int_equal(pair.a->calls[SIM_MOVED], 0);
    drop(&mirror);
    sim_free(pair.sim);
}

static void test_dead_peer(void **state)
{
    (void)state;
    dies(false);
}

static void test_dead_peer_behind_nat(void **state)
{
    (void)state;
    dies(true);
}

/* What was sent at the beginning is still known as ours when hundreds of messages have followed. */
static void test_much_later(void **state)
{
    (void)state;
    struct mirror mirror;
    struct pair pair = connect_with(&mirror, false);
    mirror.on = true;
    sim_term(pair_quick(pair.a), btrue);
    sim_settle(pair.sim);
    sim_run(pair.sim, 2 * DPD_SEC * 1000);
    mirror.on = false;
    assert_true(mirror.count >= 4);
    sim_run(pair.sim, 400 * DPD_SEC * 1000);
    reflect(&mirror, pair.alice, SIM_PORT, &pair.bob->addr);
    assert_int_equal(sim_count(pair.alice, 2), 0);
    assert_true(sim_complete(pair.a) && sim_complete(pair.b));
    drop(&mirror);
    sim_free(pair.sim);
}

/* The successor knows the message IDs of its predecessor, and uses none of them again. */
static void test_successor(void **state)
{
    (void)state;
    struct mirror mirror;
    struct pair pair = connect_with(&mirror, false);
    struct sim_node *node = pair.alice;
    struct sim_xchg *sa = pair.a;
    mirror.on = true;
    sim_term(pair_quick(pair.a), btrue);
    sim_run(pair.sim, 3 * DPD_SEC * 1000);
    for (unsigned i = 0; i < 3; i++) {
        struct sim_node *carol = sim_add(pair.sim);
        carol->config1.dpd_sec = DPD_SEC;
        sim_term(sa, bfalse);
        sim_swap_addresses(node, carol);
        sa = sim_resume1(carol, sa);
        assert_non_null(sa);
        node = carol;
        mirror.alice = carol;
        reflect(&mirror, carol, SIM_PORT, &pair.bob->addr);
        sim_term(pair_quick(sa), btrue);
        sim_run(pair.sim, 2 * DPD_SEC * 1000);
    }
    for (unsigned i = 0; i < mirror.count; i++)
        for (unsigned k = 0; k < i; k++)
            assert_memory_not_equal(mirror.kept[i]->data, mirror.kept[k]->data, 28);
    drop(&mirror);
    sim_free(pair.sim);
}

/* Both ends draw from the same key; what one has used is still the other's to use. */
static void test_both_ask(void **state)
{
    (void)state;
    struct pair pair = pair_new(1);
    pair.alice->config1.dpd_sec = DPD_SEC;
    pair.bob->config1.dpd_sec = DPD_SEC;
    pair_connect(&pair);
    for (unsigned i = 0; i < 300; i++) {
        sim_term(pair_quick(i % 2 ? pair.a : pair.b), btrue);
        sim_run(pair.sim, DPD_SEC * 1000);
    }
    assert_int_equal(pair.alice->refused[x4c_ike_replayed], 0);
    assert_int_equal(pair.bob->refused[x4c_ike_replayed], 0);
    assert_true(sim_complete(pair.a) && sim_complete(pair.b));
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dead_peer),  cmocka_unit_test(test_dead_peer_behind_nat),
        cmocka_unit_test(test_much_later), cmocka_unit_test(test_successor),
        cmocka_unit_test(test_both_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
