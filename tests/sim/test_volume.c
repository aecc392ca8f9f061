/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Lifetimes in kilobytes: of an ISAKMP SA libike counts, of IPsec SAs it hands on who counts what.
 */

#include "tests/sim/pair.h"

enum {
    KILOBYTE = 1024,
    LIFE_KB = 8,
    SOFT_KB = 4,
    ENOUGH = 100, /* quick modes: some 400 bytes each */
};

static uint64_t used; /* bytes of Alice's ISAKMP SAs */
static uint64_t used_at_aging;
static uint64_t used_at_end;

static void count(void *context, size_t bytes)
{
    (void)context;
    used += bytes;
}

static void note(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 1 && call == SIM_AGING)
        used_at_aging = used;
    if (xchg->phase == 1 && call == SIM_DISPOSED)
        used_at_end = used;
}

static struct pair counted_pair(void)
{
    struct pair pair = pair_new(1);
    used = used_at_aging = used_at_end = 0;
    pair.alice->calls1.sa_used = count;
    pair.alice->hook = note;
    return pair;
}

/* Quick modes under the SA until it is gone. */
static void wear_out(struct sim_xchg *sa)
{
    for (unsigned i = 0; i < ENOUGH && !sa->calls[SIM_DISPOSED]; i++) {
        sim_init2(sa);
        sim_settle(sa->node->sim);
    }
}

static void assert_worn_out(const struct pair *pair)
{
    assert_int_equal(pair->a->calls[SIM_AGING], 1);
    assert_true(sim_ended(pair->a, x4c_ike_expired));
    assert_true(sim_ended(pair->b, x4c_ike_deleted));
    assert_in_range(used_at_aging, SOFT_KB * KILOBYTE, (SOFT_KB + 1) * KILOBYTE);
    assert_in_range(used_at_end, LIFE_KB * KILOBYTE, (LIFE_KB + 1) * KILOBYTE);
}

static void test_own_limits(void **state)
{
    (void)state;
    struct pair pair = counted_pair();
    pair.alice->config1.life_kb = LIFE_KB;
    pair.alice->config1.soft_kb = SOFT_KB;
    pair_connect(&pair);
    assert_int_equal(pair.a->keys1.life_left_kb, LIFE_KB);
    assert_int_equal(pair.b->keys1.life_left_kb, 0);
    wear_out(pair.a);
    assert_worn_out(&pair);
    unsigned children = sim_count(pair.alice, 2);
    assert_true(children > 5);
    assert_int_equal(sim_count(pair.bob, 2), children);
    sim_free(pair.sim);
}

/* What was agreed holds for both: the first one to reach it ends the SA. */
static void test_agreed(void **state)
{
    (void)state;
    struct pair pair = counted_pair();
    pair.alice->transforms1[0].life_kb = LIFE_KB;
    pair.alice->config1.life_kb = 1000;
    pair.alice->config1.soft_kb = SOFT_KB;
    pair_connect(&pair);
    assert_int_equal(pair.a->keys1.life_left_kb, LIFE_KB);
    assert_int_equal(pair.b->keys1.life_left_kb, LIFE_KB);
    wear_out(pair.a);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_true(pair.a->calls[SIM_DISPOSED] && pair.b->calls[SIM_DISPOSED]);
    assert_in_range(used_at_end, (LIFE_KB - 1) * KILOBYTE, (LIFE_KB + 1) * KILOBYTE);
    sim_free(pair.sim);
}

/* Ageing is told once, whether by time or by volume; too late a time for it is corrected. */
static void test_ages_once(void **state)
{
    (void)state;
    struct pair pair = counted_pair();
    pair.alice->config1.life_kb = LIFE_KB;
    pair.alice->config1.soft_kb = SOFT_KB;
    pair.alice->config1.soft_sec = 10;
    pair_connect(&pair);
    sim_run(pair.sim, 11 * 1000);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    wear_out(pair.a);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_true(sim_ended(pair.a, x4c_ike_expired));
    sim_free(pair.sim);

    pair = counted_pair();
    pair.alice->config1.life_kb = pair.alice->config1.soft_kb = 20;
    pair_connect(&pair);
    wear_out(pair.a);
    assert_int_equal(pair.a->calls[SIM_AGING], 1);
    assert_in_range(used_at_aging, 18 * KILOBYTE, 19 * KILOBYTE);
    sim_free(pair.sim);
}

static void test_without_limit(void **state)
{
    (void)state;
    struct pair pair = counted_pair();
    pair_connect(&pair);
    wear_out(pair.a);
    assert_true(used > 20 * KILOBYTE);
    assert_true(sim_complete(pair.a) && sim_complete(pair.b));
    sim_free(pair.sim);
}

static void test_resumed(void **state)
{
    (void)state;
    struct pair pair = counted_pair();
    pair.alice->config1.life_kb = 1000;
    pair_connect(&pair);
    struct sim_node *carol = sim_add(pair.sim);
    carol->calls1.sa_used = count;
    carol->hook = note;
    pair.a->keys1.life_left_kb = LIFE_KB;
    sim_term(pair.a, bfalse);
    sim_swap_addresses(pair.alice, carol);
    struct sim_xchg *sa = sim_resume1(carol, pair.a);
    assert_non_null(sa);
    used = 0;
    wear_out(sa);
    assert_true(sim_ended(sa, x4c_ike_expired));
    assert_in_range(used_at_end, LIFE_KB * KILOBYTE, (LIFE_KB + 1) * KILOBYTE);
    sim_free(pair.sim);
}

/* Both ends know what was agreed, the responder's own limit, and each its own. */
static void test_children(void **state)
{
    (void)state;
    struct pair pair = pair_connected(1);
    pair.alice->transforms2[0].life_kb = 5000;
    pair.alice->config2.life_kb = 5000;
    pair.alice->config2.soft_kb = 4000;
    pair.bob->config2.life_kb = 3000;
    pair.bob->config2.soft_kb = 9000;
    const struct sim_xchg *quick = pair_quick(pair.a);
    const struct sim_xchg *peer = sim_peer(quick);
    assert_int_equal(quick->keys2.life_kb, 3000);
    assert_int_equal(quick->keys2.soft_kb, 2700);
    assert_int_equal(quick->keys2.transform.life_kb, 5000);
    assert_int_equal(peer->keys2.life_kb, 3000);
    assert_int_equal(peer->keys2.soft_kb, 2700);

    const struct sim_xchg *back = pair_quick(pair.b);
    assert_int_equal(back->keys2.life_kb, 3000);
    assert_int_equal(sim_peer(back)->keys2.life_kb, 5000);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_limits), cmocka_unit_test(test_agreed),
        cmocka_unit_test(test_ages_once),  cmocka_unit_test(test_without_limit),
        cmocka_unit_test(test_resumed),    cmocka_unit_test(test_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
