/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A network that behaves badly, many times over. A failure prints its seed; SIM_SEED=n in the
 * environment runs that one alone.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/pair.h"

enum {
    SEEDS = 400,
    SAS = 3, /* of each side */
    LONG_ENOUGH_MS = 300 * 1000,
    WATCHED_MS = 70 * 1000, /* beyond negotiation_ms */
};

struct weather {
    unsigned loss_pct;
    unsigned duplicate_pct;
    x4_msec delay_max_ms;
};

static void make_weather(struct sim *sim, const struct weather *weather)
{
    sim->network.loss_pct = weather->loss_pct;
    sim->network.duplicate_pct = weather->duplicate_pct;
    sim->network.delay_max_ms = weather->delay_max_ms;
}

/* Quick modes begin as soon as there is what to begin them under, from both sides. */
static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1)
        (void)sim_init2(xchg);
}

static void check_ended(const struct sim_node *node)
{
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        if (sim_complete(xchg) || xchg->calls[SIM_DISPOSED])
            continue;
        fail_msg("seed %lu: phase %d, role %d neither complete nor disposed of",
                 (unsigned long)node->sim->seed, xchg->phase, xchg->role);
    }
}

struct tally {
    unsigned completed[3]; /* by phase */
    unsigned failed[3];
};

static void count_outcomes(const struct sim_node *node, struct tally *tally)
{
    for (const struct sim_xchg *xchg = node->xchgs; xchg; xchg = xchg->next) {
        bool completed = xchg->calls[SIM_COMPLETED];
        tally->completed[xchg->phase] += completed;
        tally->failed[xchg->phase] += !completed;
    }
}

static void storm(uint64_t seed, const struct weather *weather, struct tally *tally)
{
    struct pair pair = pair_new(seed);
    pair.alice->transforms2[0].group = x4c_group_ecp256;
    pair.bob->transforms2[0].group = x4c_group_ecp256;
    pair.alice->hook = pair.bob->hook = begin_quick_mode;
    make_weather(pair.sim, weather);
    for (unsigned i = 0; i < SAS; i++) {
        sim_init1(pair.alice, pair.bob);
        sim_init1(pair.bob, pair.alice);
    }
    sim_run(pair.sim, LONG_ENOUGH_MS);
    check_ended(pair.alice);
    check_ended(pair.bob);
    count_outcomes(pair.alice, tally);
    count_outcomes(pair.bob, tally);
    sim_free(pair.sim);
}

static struct tally storms(const struct weather *weather, unsigned seeds)
{
    struct tally tally = {0};
    const char *only = getenv("SIM_SEED");
    for (uint64_t seed = 0; seed < seeds; seed++) {
        if (!only || strtoull(only, NULL, 10) == seed)
            storm(seed, weather, &tally);
    }
    print_message("%u %% loss, %u %% duplicates, delays to %lu ms, %u seeds: phase 1 %u completed, "
                  "%u not; phase 2 %u completed, %u not\n",
                  weather->loss_pct, weather->duplicate_pct, (unsigned long)weather->delay_max_ms,
                  seeds, tally.completed[1], tally.failed[1], tally.completed[2], tally.failed[2]);
    return tally;
}

static void test_duplicates_and_reordering(void **state)
{
    (void)state;
    const struct weather weather = {.duplicate_pct = 50, .delay_max_ms = 400};
    const struct tally tally = storms(&weather, 100);
    assert_int_equal(tally.failed[1], 0);
    assert_int_equal(tally.failed[2], 0);
}

static void test_thirty_percent_loss(void **state)
{
    (void)state;
    const struct weather weather = {.loss_pct = 30, .duplicate_pct = 20, .delay_max_ms = 2500};
    const struct tally tally = storms(&weather, SEEDS);
    assert_true(tally.failed[1] * 20 < tally.completed[1]); /* five retries make it rare */
}

static void test_seventy_percent_loss(void **state)
{
    (void)state;
    const struct weather weather = {.loss_pct = 70, .duplicate_pct = 10, .delay_max_ms = 4000};
    storms(&weather, 100);
}

struct drop {
    unsigned nth;
    unsigned seen;
};

static bool drop_nth(void *context, const struct sim_datagram *datagram)
{
    struct drop *drop = context;
    (void)datagram;
    return ++drop->seen != drop->nth;
}

/* Every single datagram of a handshake lost in turn: it comes about all the same. */
static void test_each_message_lost_once(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth <= 9; nth++) {
        struct pair pair = pair_new(nth);
        struct drop drop = {.nth = nth};
        pair.sim->network.tap = drop_nth;
        pair.sim->network.tap_context = &drop;
        pair.alice->hook = begin_quick_mode;
        sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, WATCHED_MS);
        assert_int_equal(sim_count(pair.alice, 1), 1);
        assert_int_equal(sim_count(pair.bob, 1), 1);
        assert_int_equal(sim_count(pair.alice, 2), 1);
        assert_int_equal(sim_count(pair.bob, 2), 1);
        sim_free(pair.sim);
    }
}

struct cut {
    unsigned left;
};

static bool pass_some(void *context, const struct sim_datagram *datagram)
{
    struct cut *cut = context;
    (void)datagram;
    return cut->left > 0 && cut->left-- > 0;
}

/* The network breaks down for good at any one point. */
static void test_network_gone_at_each_message(void **state)
{
    (void)state;
    for (unsigned passed = 0; passed <= 9; passed++) {
        struct pair pair = pair_new(passed);
        struct cut cut = {.left = passed};
        pair.sim->network.tap = pass_some;
        pair.sim->network.tap_context = &cut;
        pair.alice->hook = begin_quick_mode;
        const struct sim_xchg *sa = sim_init1(pair.alice, pair.bob);
        sim_run(pair.sim, LONG_ENOUGH_MS);
        assert_true(sim_complete(sa) == (passed >= 6));
        check_ended(pair.alice);
        check_ended(pair.bob);
        assert_int_equal(sim_count(pair.alice, 2), passed >= 8);
        assert_int_equal(sim_count(pair.bob, 2), passed == 9);
        sim_free(pair.sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_message_lost_once),
        cmocka_unit_test(test_network_gone_at_each_message),
        cmocka_unit_test(test_duplicates_and_reordering),
        cmocka_unit_test(test_thirty_percent_loss),
        cmocka_unit_test(test_seventy_percent_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
