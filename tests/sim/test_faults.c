/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Our own side fails: sending at the n-th time, memory at the n-th time. Whatever then does not
 * come about is disposed of, nothing leaks (the ledger), and what is left works.
 */

#include "tests/sim/pair.h"

enum {
    LONG_ENOUGH_MS = 300 * 1000,
    HOUR_MS = 3600 * 1000,
};

static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1 && xchg->role == x4c_ike_initiator)
        (void)sim_init2(xchg);
}

/* A life in full: phase 1, quick mode with PFS, ageing, Deletes. */
static struct pair live(struct pair pair)
{
    for (unsigned i = 0; i < 2; i++) {
        pair.sim->nodes[i]->transforms2[0].group = x4c_group_ecp256;
        pair.sim->nodes[i]->config2.soft_sec = 400;
        pair.sim->nodes[i]->config1.life_sec = 600;
        pair.sim->nodes[i]->transforms1[0].life_sec = 600;
        pair.sim->nodes[i]->config1.initial_contact = btrue;
    }
    pair.alice->hook = begin_quick_mode;
    pair.a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    return pair;
}

static void check_ended(const struct sim_node *node)
{
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next)
        assert_true(sim_complete(xchg) || xchg->calls[SIM_DISPOSED]);
}

/* With no more faults, the same nodes come to terms. */
static void check_alive(struct pair *pair)
{
    unsigned before = sim_count(pair->bob, 2);
    assert_non_null(sim_init1(pair->alice, pair->bob));
    sim_run(pair->sim, LONG_ENOUGH_MS);
    assert_int_equal(sim_count(pair->bob, 2), before + 1);
}

static void finish(struct pair *pair)
{
    check_ended(pair->alice);
    check_ended(pair->bob);
    check_alive(pair);
    sim_run(pair->sim, HOUR_MS);
    sim_free(pair->sim);
}

typedef struct sim_node *pick_node(const struct pair *pair);

static struct sim_node *pick_alice(const struct pair *pair)
{
    return pair->alice;
}

static struct sim_node *pick_bob(const struct pair *pair)
{
    return pair->bob;
}

static void fail_each_send(pick_node *pick)
{
    struct pair whole = live(pair_new(1));
    uint64_t sends = pick(&whole)->sends;
    sim_free(whole.sim);
    assert_true(sends >= 2);
    for (uint64_t n = 1; n <= sends; n++) {
        struct pair pair = pair_new(1);
        struct sim_node *node = pick(&pair);
        node->send_fail_at = n;
        pair = live(pair);
        assert_true(node->sends >= n);
        assert_true(node->stats.disposed1[x4c_ike_send_failed] +
                        node->stats.disposed2[x4c_ike_send_failed] ==
                    1);
        finish(&pair);
    }
}

static void test_send_fails_at_initiator(void **state)
{
    (void)state;
    fail_each_send(pick_alice);
}

static void test_send_fails_at_responder(void **state)
{
    (void)state;
    fail_each_send(pick_bob);
}

/* Once per allocation of the whole life; `on`: and so do all that follow, for as long. */
static void fail_each_allocation(pick_node *pick, bool on)
{
    struct pair whole = live(pair_new(1));
    uint64_t calls = pick(&whole)->ledger.calls;
    sim_free(whole.sim);
    assert_true(calls > 10);
    for (uint64_t n = 1; n <= calls; n++) {
        struct pair pair = pair_new(1);
        struct sim_node *node = pick(&pair);
        node->ledger.fail_at = n;
        node->ledger.fail_on = on;
        pair = live(pair);
        assert_true(node->ledger.failed > 0);
        node->ledger.fail_at = 0;
        finish(&pair);
    }
}

static void test_allocation_fails_at_initiator(void **state)
{
    (void)state;
    fail_each_allocation(pick_alice, false);
}

static void test_allocation_fails_at_responder(void **state)
{
    (void)state;
    fail_each_allocation(pick_bob, false);
}

static void test_memory_runs_out_at_initiator(void **state)
{
    (void)state;
    fail_each_allocation(pick_alice, true);
}

static void test_memory_runs_out_at_responder(void **state)
{
    (void)state;
    fail_each_allocation(pick_bob, true);
}

/* SAs that are complete stay so while there is no memory for new ones. */
static void test_sas_survive_lack_of_memory(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    struct sim_xchg *quick = pair_quick(pair.a);
    pair.bob->ledger.fail_at = 1;
    pair.bob->ledger.fail_on = true;
    sim_init1(pair.alice, pair.bob);
    struct sim_xchg *starved = sim_init2(pair.a);
    sim_run(pair.sim, LONG_ENOUGH_MS);
    assert_true(starved->calls[SIM_DISPOSED]);
    assert_true(sim_complete(pair.a));
    assert_true(sim_complete(pair.b));
    pair.bob->ledger.fail_at = 0;
    sim_term(quick, btrue);
    sim_settle(pair.sim);
    assert_true(sim_ended(sim_peer(quick), x4c_ike_deleted));
    pair_quick(pair.b);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_send_fails_at_initiator),
        cmocka_unit_test(test_send_fails_at_responder),
        cmocka_unit_test(test_allocation_fails_at_initiator),
        cmocka_unit_test(test_allocation_fails_at_responder),
        cmocka_unit_test(test_memory_runs_out_at_initiator),
        cmocka_unit_test(test_memory_runs_out_at_responder),
        cmocka_unit_test(test_sas_survive_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
