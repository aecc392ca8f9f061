/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bench/load/clock.h"
#include "bench/load/tunnels.h"
#include "tests/unit/load/responder.h"

/*
 * Tunnels with a responder in the same process: a second instance of libike behind a second ring on
 * loopback. Nothing waits for a time.
 */

#define COUNT       20
#define CONCURRENCY 7

/* A loop that does not end by itself has failed after so many turns. */
#define TURNS_MAX 20000

static struct load_options options;
static struct load_wire wire;
static struct load_impair impair;
static struct load_credentials *credentials;
static struct load_tunnels *tunnels;

/* ------------------------------------------------------------------ the tunnels */

static void exchange(void)
{
    const struct ring_datagram *batch;
    (void)load_tunnels_tick(tunnels);
    int count = ring_wait(wire.ring, 0, &batch);
    for (int i = 0; i < count; i++) {
        x4s_net_link link = load_wire_link(&wire, &batch[i]);
        load_tunnels_receive(tunnels, &link, batch[i].data, batch[i].size);
    }
    (void)load_tunnels_tick(tunnels);
    ring_flush(wire.ring);
}

static const struct load_tally *bring_up(void)
{
    const struct load_tally *tally = load_tunnels_tally(tunnels);
    const struct load_outcome *starts = &tally->outcomes[LOAD_START];
    for (int i = 0; i < TURNS_MAX && starts->done + starts->failed < COUNT; i++) {
        while (starts->begun < COUNT && load_tunnels_room(tunnels) > 0)
            load_tunnels_start(tunnels, load_clock_us());
        assert_true(tally->in_flight <= CONCURRENCY);
        exchange();
        serve(0);
    }
    assert_int_equal(starts->done + starts->failed, COUNT);
    assert_int_equal(tally->in_flight, 0);
    return tally;
}

/* Until that many attempts of a kind are done. */
static void wait_for(enum load_attempt kind, uint64_t done)
{
    const struct load_outcome *outcome = &load_tunnels_tally(tunnels)->outcomes[kind];
    for (int i = 0; i < TURNS_MAX && outcome->done < done; i++) {
        exchange();
        serve(0);
    }
    assert_int_equal(outcome->done, done);
}

/* Until the responder has so many of both. */
static void wait_for_responder(uint64_t phase1, uint64_t phase2)
{
    for (int i = 0;
         i < TURNS_MAX && (responder.stats.phase1 != phase1 || responder.stats.phase2 != phase2);
         i++) {
        exchange();
        serve(0);
    }
    assert_int_equal(responder.stats.phase1, phase1);
    assert_int_equal(responder.stats.phase2, phase2);
}

static int open_with(const char *option, const char *other)
{
    const struct load_credential_files no_files = {0};
    char *words[] = {(char *)(uintptr_t) "ikeload",
                     (char *)(uintptr_t) "--target=127.0.0.1",
                     (char *)(uintptr_t) "--psk=secret",
                     (char *)(uintptr_t) "--count=20",
                     (char *)(uintptr_t) "--concurrency=7",
                     (char *)(uintptr_t) "--proposal=aes128-sha256-ecp256",
                     (char *)(uintptr_t)option,
                     (char *)(uintptr_t)other,
                     NULL};
    char problem[LOAD_CREDENTIAL_ERROR];
    struct load_error error;
    struct ring_error ring_error;
    open_responder();
    assert_int_equal(load_options_parse(8, words, &options, &error), LOAD_GO);
    options.target = ring_socket_addr(responder.ring, 0);
    assert_true(
        load_wire_open(&wire, RING_BACKEND_AUTO, &options.source, &options.target, &ring_error));
    load_impair_init(&impair, &options.impairment, 1);
    credentials = load_credentials_new(&no_files, 1, problem);
    assert_non_null(credentials);
    tunnels = load_tunnels_new(&options, &wire, &impair, credentials, &error);
    assert_non_null(tunnels);
    return 0;
}

static int open_both(void **state)
{
    (void)state;
    return open_with("--children=1", "--source-ports=3");
}

static int open_with_children(void **state)
{
    (void)state;
    return open_with("--children=3", "--source-range=127.1.0.0/16+32");
}

static int open_aggressive(void **state)
{
    (void)state;
    int status = open_with("--aggressive", "--initial-contact");
    responder.config1.aggressive = btrue;
    responder.config1.aggressive_psk = btrue;
    return status;
}

static int close_both(void **state)
{
    (void)state;
    load_tunnels_free(tunnels);
    load_credentials_free(credentials);
    load_impair_fini(&impair);
    load_wire_close(&wire);
    close_instance();
    ring_close(responder.ring);
    return 0;
}

/* ------------------------------------------------------------------ tests */

static void test_all_come_up_and_are_deleted(void **state)
{
    (void)state;
    const struct load_tally *tally = bring_up();
    assert_int_equal(tally->up, COUNT);
    assert_int_equal(tally->outcomes[LOAD_START].latency_us.count, COUNT);
    wait_for_responder(COUNT, COUNT);

    for (uint32_t n = 0; n < COUNT; n++) {
        assert_true(load_tunnels_is_up(tunnels, n));
        assert_true(load_tunnels_end(tunnels, n, true));
        assert_false(load_tunnels_end(tunnels, n, true));
    }
    wait_for_responder(0, 0);
    assert_int_equal(tally->lost, 0);
    assert_int_equal(tally->up, 0);
}

static void test_leaves_without_a_word(void **state)
{
    (void)state;
    (void)bring_up();
    wait_for_responder(COUNT, COUNT);
    for (uint32_t n = 0; n < COUNT; n++)
        (void)load_tunnels_end(tunnels, n, false);
    ring_flush(wire.ring);
    serve(0);
    assert_int_equal(responder.stats.phase1, COUNT);
    assert_int_equal(responder.stats.phase2, COUNT);
}

static void test_identity_of_the_target(void **state)
{
    const char *expected;
    (void)state;
    assert_true(
        hub_identity_parse("other.example", &options.remote_id, options.remote_id_data, &expected));
    load_tunnels_start(tunnels, load_clock_us());
    for (int i = 0; i < 100; i++) {
        exchange();
        serve(0);
    }
    assert_true(load_tunnels_in_flight(tunnels, 0));
    assert_true(load_tunnels_stats(tunnels)->refused[x4c_ike_id_refused] > 0);
    assert_true(load_tunnels_end(tunnels, 0, true));
    assert_false(load_tunnels_in_flight(tunnels, 0));
    assert_int_equal(load_tunnels_tally(tunnels)->failures[x4c_ike_terminated], 1);
    assert_int_equal(load_tunnels_tally(tunnels)->in_flight, 0);
}

static void test_refused_children(void **state)
{
    (void)state;
    responder.refuses_children = true;
    const struct load_tally *tally = bring_up();
    assert_int_equal(tally->outcomes[LOAD_START].failed, COUNT);
    assert_int_equal(tally->failures[x4c_ike_peer_invalid_id], COUNT);
    wait_for_responder(0, 0);
}

static void test_tunnels_that_the_peer_deletes_are_lost(void **state)
{
    uint32_t n;
    uint64_t lost_us;
    (void)state;
    const struct load_tally *tally = bring_up();
    wait_for_responder(COUNT, COUNT);
    close_instance();
    ring_flush(responder.ring);
    for (int i = 0; i < TURNS_MAX && tally->lost < COUNT; i++)
        exchange();
    assert_int_equal(tally->lost, COUNT);
    assert_int_equal(tally->up, 0);
    for (int i = 0; i < COUNT; i++)
        assert_true(load_tunnels_next_lost(tunnels, &n, &lost_us));
    assert_false(load_tunnels_next_lost(tunnels, &n, &lost_us));
}

static void test_children(void **state)
{
    (void)state;
    const struct load_tally *tally = bring_up();
    assert_int_equal(tally->up, COUNT);
    assert_int_equal(tally->children, 3 * COUNT);
    wait_for_responder(COUNT, 3 * COUNT);
}

static void test_aggressive_mode(void **state)
{
    (void)state;
    assert_int_equal(bring_up()->up, COUNT);
    assert_true(responder.stats.aggressive_in > 0);
    wait_for_responder(COUNT, COUNT);
}

/* Afterwards there is as much as before. */
static void test_rekeying(void **state)
{
    (void)state;
    assert_false(load_tunnels_in_flight(tunnels, 0));
    (void)bring_up();
    wait_for_responder(COUNT, 3 * COUNT);
    assert_true(load_tunnels_rekey(tunnels, 4, load_clock_us()));
    assert_false(load_tunnels_rekey(tunnels, 4, load_clock_us()));
    assert_false(load_tunnels_reauth(tunnels, 4, load_clock_us()));
    wait_for(LOAD_REKEY, 1);
    assert_int_equal(responder.stats.completed2[x4c_ike_responder], 3 * COUNT + 1);
    wait_for_responder(COUNT, 3 * COUNT);
    assert_int_equal(load_tunnels_tally(tunnels)->lost, 0);
}

static void test_reauthentication(void **state)
{
    (void)state;
    (void)bring_up();
    wait_for_responder(COUNT, 3 * COUNT);
    assert_true(load_tunnels_reauth(tunnels, 2, load_clock_us()));
    wait_for(LOAD_REAUTH, 1);
    assert_int_equal(responder.stats.completed1[x4c_ike_responder], COUNT + 1);
    wait_for_responder(COUNT, 3 * COUNT);
    assert_int_equal(load_tunnels_tally(tunnels)->up, COUNT);
    assert_int_equal(load_tunnels_tally(tunnels)->lost, 0);
}

static void test_churn(void **state)
{
    (void)state;
    (void)bring_up();
    wait_for_responder(COUNT, COUNT);
    assert_true(load_tunnels_churn(tunnels, 1, load_clock_us()));
    assert_false(load_tunnels_churn(tunnels, 1, load_clock_us()));
    wait_for(LOAD_RECONNECT, 1);
    wait_for_responder(COUNT, COUNT);
    assert_int_equal(load_tunnels_tally(tunnels)->up, COUNT);
}

/* A storm: forgotten here, not there. */
static void test_reconnecting(void **state)
{
    (void)state;
    (void)bring_up();
    wait_for_responder(COUNT, COUNT);
    assert_false(load_tunnels_reconnect(tunnels, 0, load_clock_us()));
    assert_true(load_tunnels_end(tunnels, 0, false));
    assert_true(load_tunnels_reconnect(tunnels, 0, load_clock_us()));
    wait_for(LOAD_RECONNECT, 1);
    wait_for_responder(COUNT + 1, COUNT + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_come_up_and_are_deleted, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_leaves_without_a_word, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_identity_of_the_target, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_refused_children, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_tunnels_that_the_peer_deletes_are_lost, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(test_children, open_with_children, close_both),
        cmocka_unit_test_setup_teardown(test_aggressive_mode, open_aggressive, close_both),
        cmocka_unit_test_setup_teardown(test_rekeying, open_with_children, close_both),
        cmocka_unit_test_setup_teardown(test_reauthentication, open_with_children, close_both),
        cmocka_unit_test_setup_teardown(test_churn, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_reconnecting, open_both, close_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
