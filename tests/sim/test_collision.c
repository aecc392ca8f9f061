/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Both sides begin the same at once. libike lets all of it come up and leaves to its user what is
 * to stay; whatever the user ends, the rest goes on and can be spoken about.
 */

#include "tests/sim/pair.h"

enum {
    WORLDS = 60,
    MINUTE_MS = 60 * 1000,
};

static void lossy(struct sim *sim)
{
    sim->network.loss_pct = 10;
    sim->network.duplicate_pct = 20;
    sim->network.delay_max_ms = 300;
}

static void calm(struct sim *sim)
{
    sim_run(sim, 3 * MINUTE_MS);
    sim->network.loss_pct = sim->network.duplicate_pct = 0;
    sim->network.delay_max_ms = 5;
    sim_settle(sim);
}

static struct sim_xchg *next(struct sim_node *node, int phase, const struct sim_xchg *after)
{
    struct sim_xchg *xchg = after ? after->next : node->xchgs;
    while (xchg && !(xchg->phase == phase && sim_complete(xchg)))
        xchg = xchg->next;
    return xchg;
}

static void assert_same(const struct pair *pair, int phase)
{
    assert_int_equal(sim_count(pair->alice, phase), sim_count(pair->bob, phase));
    for (struct sim_xchg *a = next(pair->alice, phase, NULL); a; a = next(pair->alice, phase, a)) {
        const struct sim_xchg *b = sim_peer(a);
        assert_non_null(b);
        assert_true(sim_complete(b));
    }
}

static void rekey(struct sim_xchg *xchg, enum sim_call call)
{
    if (xchg->phase == 2 && call == SIM_AGING && sim_complete(xchg->parent))
        sim_init2(xchg->parent);
}

/* Both call, both bring up a child under whatever there is, both rekey at the same time. */
static void test_both_begin(void **state)
{
    (void)state;
    unsigned doubles = 0;
    for (uint64_t seed = 0; seed < WORLDS; seed++) {
        struct pair pair = pair_new(seed);
        if (seed)
            lossy(pair.sim);
        assert_non_null(sim_init1(pair.alice, pair.bob));
        assert_non_null(sim_init1(pair.bob, pair.alice));
        calm(pair.sim);
        assert_same(&pair, 1);
        doubles += sim_count(pair.alice, 1) == 2;

        if (seed)
            lossy(pair.sim);
        for (unsigned i = 0; i < 2; i++) {
            struct sim_node *node = pair.sim->nodes[i];
            node->config2.soft_sec = 600;
            node->config2.life_sec = 900;
            node->hook = rekey;
            struct sim_xchg *sa = next(node, 1, NULL);
            if (sa)
                sim_init2(sa);
        }
        calm(pair.sim);
        sim_run(pair.sim, 60 * MINUTE_MS); /* several generations */
        for (unsigned i = 0; i < 2; i++)
            pair.sim->nodes[i]->hook = NULL;
        sim_settle(pair.sim);
        assert_same(&pair, 2);
        sim_free(pair.sim);
    }
    assert_true(doubles > WORLDS / 2);
}

/* One of two ISAKMP SAs goes: its children are still heard of, under the other one. */
static void test_children_are_not_lost(void **state)
{
    (void)state;
    for (unsigned ends = 0; ends < 4; ends++) {
        struct pair pair = pair_new(ends);
        assert_non_null(sim_init1(pair.alice, pair.bob));
        assert_non_null(sim_init1(pair.bob, pair.alice));
        sim_settle(pair.sim);
        struct sim_node *node = ends & 1 ? pair.bob : pair.alice;
        struct sim_xchg *first = next(node, 1, NULL);
        struct sim_xchg *second = next(node, 1, first);
        assert_non_null(second);
        struct sim_xchg *goes = ends & 2 ? second : first;
        struct sim_xchg *child = pair_quick(goes);
        struct sim_xchg *other_end = sim_peer(child);
        struct sim_xchg *under_way = sim_init2(goes);
        sim_term(goes, btrue);
        sim_settle(pair.sim);
        assert_int_equal(sim_count(pair.alice, 1), 1);
        assert_int_equal(sim_count(pair.bob, 1), 1);
        assert_true(sim_complete(child) && sim_complete(other_end));
        sim_run(pair.sim, 2 * MINUTE_MS);
        assert_int_equal(sim_complete(under_way), sim_count(pair.bob, 2) == 2);
        sim_term(other_end, btrue);
        sim_settle(pair.sim);
        assert_true(sim_ended(child, x4c_ike_deleted));
        sim_free(pair.sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_begin),
        cmocka_unit_test(test_children_are_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
