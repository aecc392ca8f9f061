/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A peer that fails to authenticate and goes on trying: how often it is looked at.
 */

#include "tests/sim/pair.h"
#include "tests/sim/wire.h"

enum {
    FAILURES_MAX = 8, /* that are looked at as they come, then one a second */
    TRIES_MAX = FAILURES_MAX + 60,
    PAYLOAD_ID = 5,
    MINUTE_MS = 60 * 1000,
};

/* Nobody is told of anything, so the peer repeats its message, ten times a second. */
static bool deaf(void *context, const struct sim_datagram *datagram)
{
    (void)context;
    return datagram->data[WIRE_EXCHANGE_AT] != WIRE_INFORMATIONAL;
}

static struct pair stubborn_pair(uint64_t seed)
{
    struct pair pair = pair_new(seed);
    pair.sim->network.tap = deaf;
    pair.alice->config.timing.resend_tries = 10000;
    pair.alice->config.timing.resend_first_ms = pair.alice->config.timing.resend_max_ms = 100;
    return pair;
}

static unsigned refusals; /* that are left */

static bval refuse_some(struct sim_xchg *xchg, x4s_chunk body, uint8_t payload)
{
    (void)xchg;
    (void)body;
    if (payload != PAYLOAD_ID || refusals == 0)
        return btrue;
    refusals--;
    return bfalse;
}

static void test_identity(void **state)
{
    (void)state;
    struct pair pair = stubborn_pair(1);
    refusals = 1000;
    pair.bob->validate = refuse_some;
    const struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 2 * MINUTE_MS);
    assert_in_range(1000 - refusals, TRIES_MAX - 10, TRIES_MAX);
    assert_int_equal(pair.bob->stats.refused[x4c_ike_id_refused], 1000 - refusals);
    assert_true(pair.bob->stats.refused[x4c_ike_over_limit] > 300);
    assert_true(a->calls[SIM_DISPOSED]);
    sim_free(pair.sim);
}

/* It is believed when it is right. */
static void test_accepted_in_the_end(void **state)
{
    (void)state;
    struct pair pair = stubborn_pair(2);
    refusals = FAILURES_MAX + 10;
    pair.bob->validate = refuse_some;
    const struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, MINUTE_MS);
    assert_int_equal(refusals, 0);
    assert_true(sim_complete(a));
    sim_free(pair.sim);
}

/* Every answer of Bob's is another one: its last byte, of a vendor ID, counts. */
static bool vary(void *context, const struct sim_datagram *datagram)
{
    struct pair *pair = context;
    static uint8_t count;
    static bool varying;
    if (varying || !x4_net_addr_same_ip(&datagram->from, &pair->bob->addr))
        return true;
    uint8_t message[2048];
    assert_true(datagram->len <= sizeof(message));
    memcpy(message, datagram->data, datagram->len);
    message[datagram->len - 1] ^= ++count;
    varying = true;
    sim_network_send(&pair->sim->network, pair->sim->now, &datagram->from, &datagram->to, message,
                     datagram->len);
    varying = false;
    return false;
}

/* Each answer that an initiator of aggressive mode looks at costs it a derivation. */
static void test_answers_of_aggressive_mode(void **state)
{
    (void)state;
    struct pair pair = stubborn_pair(3);
    pair.alice->config1.aggressive = pair.bob->config1.aggressive = btrue;
    pair.bob->config1.aggressive_psk = btrue;
    pair.bob->psk = "another";
    pair.sim->network.tap = vary;
    pair.sim->network.tap_context = &pair;
    pair.bob->config.timing.duplicate_ms = 1;
    const struct sim_xchg *a = sim_init1(pair.alice, pair.bob);
    sim_run(pair.sim, 2 * MINUTE_MS);
    assert_true(sim_ended(a, x4c_ike_bad_hash));
    assert_in_range(pair.alice->stats.dh_jobs, 1 + FAILURES_MAX + 10, 1 + TRIES_MAX);
    assert_true(pair.alice->stats.refused[x4c_ike_over_limit] > 0);
    sim_free(pair.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_accepted_in_the_end),
        cmocka_unit_test(test_answers_of_aggressive_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
