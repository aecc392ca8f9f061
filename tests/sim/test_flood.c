/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Floods of first messages from forged addresses, while those who mean it get through; and that who
 * is flooded is no amplifier.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    FLOOD_MS = 3000,
    PER_MS = 8, /* messages: 8,000 a second */
    LIMIT = 400,
    WINDOW = 1000,
};

/* First messages as the nodes of a world would send them. */
struct flood {
    struct pair pair;
    struct sim_datagram *first;
    struct sim_random random;
    const struct sim_node *victim; /* in whose name; NULL: in anybody's */
    unsigned times;                /* each is sent so often; 0 is once */
    struct forged {
        uint8_t cookie[8];
        uint8_t ip[4];
        unsigned times;
    } window[WINDOW]; /* of which one is sent after the other */
    unsigned next;
};

static bool hold_first(void *context, const struct sim_datagram *datagram)
{
    struct flood *flood = context;
    flood->first = sim_datagram_copy(datagram);
    flood->pair.sim->network.tap = NULL;
    return false;
}

static void take_first(struct flood *flood, uint64_t seed)
{
    struct sim *sim = flood->pair.sim;
    sim_random_seed(&flood->random, seed);
    sim->network.tap = hold_first;
    sim->network.tap_context = flood;
    struct sim_xchg *sample = sim_init1(flood->pair.alice, flood->pair.bob);
    sim_settle(sim);
    assert_non_null(flood->first);
    sim_term(sample, bfalse);
}

static void forge(struct flood *flood)
{
    struct sim_datagram *first = flood->first;
    x4s_net_addr from = first->from;
    struct forged *forged = &flood->window[flood->next++ % WINDOW];
    if (forged->times-- == 0) {
        sim_random_fill(&flood->random, forged->cookie, sizeof(forged->cookie));
        sim_random_fill(&flood->random, forged->ip, sizeof(forged->ip));
        forged->times = flood->times > 0 ? flood->times - 1 : 0;
    }
    memcpy(first->data, forged->cookie, sizeof(forged->cookie));
    if (flood->victim)
        from = sim_reach(flood->victim, SIM_PORT);
    else
        memcpy(from.ip, forged->ip, sizeof(forged->ip));
    sim_network_send(&flood->pair.sim->network, flood->pair.sim->now, &from, &first->to,
                     first->data, first->len);
}

static void run_flood(struct flood *flood, unsigned ms)
{
    for (unsigned i = 0; i < ms; i++) {
        for (unsigned k = 0; k < PER_MS; k++)
            forge(flood);
        sim_run(flood->pair.sim, 1);
    }
}

static void end(struct flood *flood)
{
    sim_free(flood->pair.sim);
    free(flood->first);
}

static void run_from_everywhere(uint64_t seed)
{
    struct flood flood = {.pair = pair_new(seed)};
    struct pair *pair = &flood.pair;
    const x4s_ike_stats *stats = &pair->bob->stats;
    pair->bob->config.limits.half_open = LIMIT;
    take_first(&flood, seed);
    run_flood(&flood, 500);
    assert_int_equal(stats->half_open, LIMIT / 2);
    assert_in_range(stats->refused[x4c_ike_crowded_all], 400 * PER_MS, 500 * PER_MS - LIMIT / 2);
    struct sim_xchg *mine = sim_init1(pair->alice, pair->bob);
    run_flood(&flood, FLOOD_MS);
    assert_true(sim_complete(mine));
    assert_int_equal(stats->dh_jobs, 1);
    assert_int_equal(stats->completed1[x4c_ike_responder], 1);
    assert_int_equal(pair->alice->stats.resends, 1);
    assert_true(stats->main_out <= stats->main_in);
    struct sim_xchg *quick = sim_init2(mine);
    run_flood(&flood, 100);
    assert_true(sim_complete(quick));
    sim_run(pair->sim, 60 * 1000);
    assert_int_equal(stats->half_open, 0);
    end(&flood);
}

static void test_from_everywhere(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        run_from_everywhere(seed);
}

/*
 * A flood that sends everything three times is let in three times more seldom than it sends: it has
 * seven eighths of the slots, and who comes for the fourth time finds one.
 */
static void run_insistent(uint64_t seed)
{
    struct flood flood = {.pair = pair_new(seed), .times = 3};
    struct pair *pair = &flood.pair;
    const x4s_ike_stats *stats = &pair->bob->stats;
    pair->bob->config.limits.half_open = LIMIT;
    take_first(&flood, seed);
    run_flood(&flood, 500);
    assert_int_equal(stats->half_open, LIMIT - LIMIT / 8);
    struct sim_xchg *mine = sim_init1(pair->alice, pair->bob);
    run_flood(&flood, 4 * FLOOD_MS);
    assert_true(sim_complete(mine));
    assert_in_range(pair->alice->stats.resends, 2, 3);
    assert_true(stats->half_open <= LIMIT);
    assert_true(stats->main_out <= stats->main_in);
    end(&flood);
}

static void test_insistent(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        run_insistent(seed);
}

/* In the name of alice, who gets through, since the oldest of hers gives way; others as well. */
static void run_in_one_name(uint64_t seed)
{
    struct flood flood = {.pair = pair_new(seed)};
    struct pair *pair = &flood.pair;
    struct sim_node *carol = sim_add(pair->sim);
    const x4s_ike_stats *stats = &pair->bob->stats;
    flood.victim = pair->alice;
    take_first(&flood, seed);
    run_flood(&flood, 100);
    assert_int_equal(stats->half_open, 100);
    struct sim_xchg *hers = sim_init1(pair->alice, pair->bob);
    struct sim_xchg *another = sim_init1(carol, pair->bob);
    run_flood(&flood, FLOOD_MS);
    assert_true(sim_complete(hers));
    assert_true(sim_complete(another));
    assert_int_equal(stats->half_open, 100);
    assert_true(stats->refused[x4c_ike_crowded_address] > FLOOD_MS);
    assert_int_equal(stats->refused[x4c_ike_crowded_out], 0);
    assert_true(stats->main_out <= stats->main_in);
    end(&flood);
}

static void test_in_one_name(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        run_in_one_name(seed);
}

/* Aggressive mode is computed for at a rate of its own, and main mode goes on beside it. */
static void test_aggressive_mode(void **state)
{
    (void)state;
    enum { RATE = 20 };
    struct flood flood = {.pair = pair_new(7)};
    struct pair *pair = &flood.pair;
    struct sim_node *carol = sim_add(pair->sim);
    const x4s_ike_stats *stats = &pair->bob->stats;
    pair->bob->config.limits.aggressive_a_second = RATE;
    pair->alice->config1.aggressive = btrue;
    pair->bob->config1.aggressive = btrue;
    pair->bob->config1.aggressive_psk = btrue;
    take_first(&flood, 7);
    run_flood(&flood, FLOOD_MS / 2);
    struct sim_xchg *hers = sim_init1(carol, pair->bob);
    run_flood(&flood, FLOOD_MS / 2);
    sim_settle(pair->sim);
    assert_true(sim_complete(hers));
    assert_in_range(stats->dh_jobs, RATE * (FLOOD_MS / 1000), RATE * (FLOOD_MS / 1000 + 1) + 1);
    assert_int_equal(stats->refused[x4c_ike_budget_spent] + stats->aggressive, FLOOD_MS * PER_MS);
    assert_true(stats->aggressive_out < stats->aggressive_in);
    end(&flood);
}

/* What is in the counts with its cookie echoed, or in aggressive mode, gives way to nobody. */
static void test_proven_addresses_stay(void **state)
{
    (void)state;
    struct pair pair = pair_new(8);
    pair.bob->config.limits.half_open_address = 2;
    pair.alice->psk = "another";
    for (unsigned i = 0; i < 3; i++) {
        assert_non_null(sim_init1(pair.alice, pair.bob));
        sim_settle(pair.sim);
    }
    assert_int_equal(pair.bob->stats.unproven, 2);
    assert_int_equal(pair.bob->stats.half_open, 0);
    assert_int_equal(pair.bob->refused[x4c_ike_crowded_address], 1);
    sim_run(pair.sim, 200 * 1000);
    assert_int_equal(pair.bob->stats.unproven, 0);
    pair.alice->psk = pair.bob->psk;
    pair_connect(&pair);
    sim_free(pair.sim);
}

/* -------------------------------------------------------------------------- who goes first */

/* The exchange types of what one node sends, in order. */
struct order {
    x4s_net_addr of;
    unsigned count;
    uint8_t exchanges[64];
};

static bool note_order(void *context, const struct sim_datagram *datagram)
{
    struct order *order = context;
    if (x4_net_addr_same_ip(&datagram->from, &order->of) &&
        order->count < x4m_countof(order->exchanges))
        order->exchanges[order->count++] = datagram->data[WIRE_EXCHANGE_AT];
    return true;
}

/*
 * In one batch come the third messages of many who begin, and last a quick mode with PFS under an
 * SA that there is: that is answered first, and all of them then.
 */
static void test_who_has_an_sa_goes_first(void **state)
{
    (void)state;
    enum { NEW = 40, A_TICK = 16 };
    struct pair pair = pair_new(9);
    struct sim_node *many = sim_add(pair.sim);
    struct order order = {.of = sim_reach(pair.bob, SIM_PORT)};
    pair.alice->transforms2[0].group = pair.bob->transforms2[0].group = x4c_group_ecp256;
    pair.sim->network.delay_min_ms = pair.sim->network.delay_max_ms = 1;
    pair_connect(&pair);

    for (unsigned i = 0; i < NEW; i++)
        assert_non_null(sim_init1(many, pair.bob));
    sim_run(pair.sim, 2); /* two messages of each */
    assert_int_equal(pair.bob->stats.half_open, NEW);
    pair.sim->network.tap = note_order;
    pair.sim->network.tap_context = &order;
    struct sim_xchg *quick = sim_init2(pair.a);
    sim_run(pair.sim, 1);
    assert_int_equal(order.exchanges[0], WIRE_QUICK);
    assert_int_equal(order.count, 1 + NEW);
    for (unsigned i = 1; i <= NEW; i++)
        assert_int_equal(order.exchanges[i], WIRE_MAIN);
    assert_int_equal(pair.bob->stats.dh_batches, 1 + 1 + (NEW + A_TICK - 1) / A_TICK);
    pair.sim->network.tap = NULL;
    sim_settle(pair.sim);
    assert_true(sim_complete(quick));
    assert_int_equal(sim_count(pair.bob, 1), 1 + NEW);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_everywhere),
        cmocka_unit_test(test_insistent),
        cmocka_unit_test(test_in_one_name),
        cmocka_unit_test(test_aggressive_mode),
        cmocka_unit_test(test_proven_addresses_stay),
        cmocka_unit_test(test_who_has_an_sa_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
