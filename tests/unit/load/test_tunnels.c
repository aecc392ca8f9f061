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
#include "shard/config/proposal.h"

/*
 * Tunnels with a responder in the same process: a second instance of libike behind a second ring on
 * loopback. Nothing waits for a time.
 */

#define COUNT       20
#define CONCURRENCY 7

/* A loop that does not end by itself has failed after so many turns. */
#define TURNS_MAX 20000

struct responder {
    struct ring *ring;
    x4s_charon *charon;
    x4s_ike_stats stats;
    x4s_ike_transform1 transforms1[x4c_ike_transforms1_max];
    x4s_ike_transform2 transforms2[x4c_ike_transforms2_max];
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    uint32_t last_spi;
    bool refuses_children;
};

static struct responder responder;
static struct load_options options;
static struct load_wire wire;
static struct load_tunnels *tunnels;

/* ------------------------------------------------------------------ the responder */

static void on_initiated1(void *context, x4s_ike_xchg1 *xchg)
{
    (void)context;
    (void)xchg;
    fail();
}

static void *on_responded1(void *userdata, x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config,
                           const x4s_ike_offer1 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return userdata;
}

static void on_completed1(void *context, const x4s_ike_keys1 *keys)
{
    (void)context;
    (void)keys;
}

static void on_disposed(void *context, x4e_ike_reason reason)
{
    (void)context;
    (void)reason;
}

static bval on_validate1(void *context, x4s_chunk body, uint8_t payload)
{
    (void)context;
    (void)body;
    (void)payload;
    return btrue;
}

static bval on_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    struct load_wire way = {.ring = responder.ring};
    (void)context;
    return load_wire_send(&way, link, data, len);
}

static void on_send_first(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    (void)on_send(userdata, link, data, len);
}

static bval on_get_psk(void *context, x4s_chunk *psk)
{
    (void)context;
    *psk = (x4s_chunk){.data = (const uint8_t *)"secret", .len = 6};
    return btrue;
}

static const x4s_ike_config1 *on_policy1(void *userdata, const x4s_ike_offer1 *offer)
{
    (void)userdata;
    (void)offer;
    return &responder.config1;
}

static void on_initiated2(void *context, x4s_ike_xchg2 *xchg)
{
    (void)context;
    (void)xchg;
    fail();
}

static void *on_responded2(void *context1, x4s_ike_xchg2 *xchg, const x4s_ike_config2 *config,
                           const x4s_ike_offer2 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return context1;
}

static void on_completed2(void *context, const x4s_ike_keys2 *keys)
{
    (void)context;
    (void)keys;
}

static uint32_t on_get_spi(void *userdata)
{
    (void)userdata;
    return ++responder.last_spi;
}

static const x4s_ike_config2 *on_policy2(void *context1, const x4s_ike_offer2 *offer)
{
    (void)context1;
    (void)offer;
    return responder.refuses_children ? NULL : &responder.config2;
}

static const x4s_ike_calls1 calls1 = {
    .initiated = on_initiated1,
    .responded = on_responded1,
    .completed = on_completed1,
    .disposed = on_disposed,
    .validate = on_validate1,
    .send = on_send,
    .get_psk = on_get_psk,
    .policy = on_policy1,
};

static const x4s_ike_calls2 calls2 = {
    .initiated = on_initiated2,
    .responded = on_responded2,
    .completed = on_completed2,
    .disposed = on_disposed,
    .send = on_send,
    .get_spi = on_get_spi,
    .policy = on_policy2,
};

static x4_msec read_clock(void *userdata)
{
    (void)userdata;
    return load_clock_us() / 1000;
}

static void open_responder(void)
{
    struct ring_socket socket = {.bind = {.family = 4, .ip = {127, 0, 0, 1}}};
    struct ring_options ring_options = {.sockets = &socket, .socket_count = 1};
    struct ring_error error;
    char problem[HUB_PROPOSAL_PROBLEM];
    const char *reason;

    responder = (struct responder){.last_spi = 1000};
    responder.ring = ring_open(&ring_options, &error);
    assert_non_null(responder.ring);
    responder.config1 = (x4s_ike_config1){
        .id = {.type = x4c_ike_id_fqdn,
               .data = {.data = (const uint8_t *)"hub.example", .len = 11}},
        .transforms = responder.transforms1,
    };
    responder.config2 = (x4s_ike_config2){.transforms = responder.transforms2};
    assert_true(hub_proposal_phase1("aes128-sha256-ecp256", responder.transforms1,
                                    &responder.config1.transform_count, problem));
    assert_true(hub_proposal_phase2("aes128-sha256", responder.transforms2,
                                    &responder.config2.transform_count, problem));
    responder.transforms2[0].mode = x4c_ike_tunnel;
    x4s_charon_config config = {
        .calls1 = &calls1,
        .calls2 = &calls2,
        .stats = &responder.stats,
        .clock = read_clock,
        .send = on_send_first,
        .userdata = &responder,
    };
    responder.charon = x4_charon_init(&config, &reason);
    assert_non_null(responder.charon);
}

/* With Deletes for all that is up. */
static void close_instance(void)
{
    if (responder.charon)
        x4_charon_term(responder.charon);
    responder.charon = NULL;
}

static void serve(void)
{
    const struct ring_datagram *batch;
    (void)x4_charon_tick(responder.charon);
    int count = ring_wait(responder.ring, 0, &batch);
    for (int i = 0; i < count; i++) {
        x4s_net_link link = load_wire_link(&batch[i]);
        (void)x4_charon_recv(responder.charon, &link, batch[i].data, batch[i].size);
    }
    (void)x4_charon_tick(responder.charon);
    ring_flush(responder.ring);
}

/* ------------------------------------------------------------------ the tunnels */

static void exchange(void)
{
    const struct ring_datagram *batch;
    (void)load_tunnels_tick(tunnels);
    int count = ring_wait(wire.ring, 0, &batch);
    for (int i = 0; i < count; i++)
        load_tunnels_receive(tunnels, &batch[i]);
    (void)load_tunnels_tick(tunnels);
    ring_flush(wire.ring);
}

static const struct load_tally *bring_up(void)
{
    const struct load_tally *tally = load_tunnels_tally(tunnels);
    for (int i = 0; i < TURNS_MAX && tally->up + tally->failed < COUNT; i++) {
        while (tally->started < COUNT && tally->in_flight < CONCURRENCY)
            load_tunnels_start(tunnels);
        assert_true(tally->in_flight <= CONCURRENCY);
        exchange();
        serve();
    }
    assert_int_equal(tally->up + tally->failed, COUNT);
    assert_int_equal(tally->in_flight, 0);
    return tally;
}

static int open_both(void **state)
{
    static char *words[] = {(char *)(uintptr_t) "ikeload",
                            (char *)(uintptr_t) "--target=127.0.0.1",
                            (char *)(uintptr_t) "--psk=secret",
                            (char *)(uintptr_t) "--count=20",
                            (char *)(uintptr_t) "--concurrency=7",
                            (char *)(uintptr_t) "--proposal=aes128-sha256-ecp256",
                            NULL};
    struct load_error error;
    struct ring_error ring_error;
    (void)state;
    open_responder();
    assert_int_equal(load_options_parse(6, words, &options, &error), LOAD_GO);
    options.target = ring_socket_addr(responder.ring, 0);
    assert_true(
        load_wire_open(&wire, RING_BACKEND_AUTO, &options.source, &options.target, &ring_error));
    tunnels = load_tunnels_new(&options, &wire, &error);
    assert_non_null(tunnels);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    load_tunnels_free(tunnels);
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
    assert_int_equal(tally->latency_us.count, COUNT);
    for (int i = 0; i < TURNS_MAX && responder.stats.phase2 < COUNT; i++)
        serve();
    assert_int_equal(responder.stats.phase1, COUNT);
    assert_int_equal(responder.stats.phase2, COUNT);

    for (uint32_t n = 0; n < COUNT; n++) {
        assert_true(load_tunnels_end(tunnels, n, true));
        assert_false(load_tunnels_end(tunnels, n, true));
    }
    ring_flush(wire.ring);
    for (int i = 0; i < TURNS_MAX && responder.stats.phase1 + responder.stats.phase2 > 0; i++)
        serve();
    assert_int_equal(responder.stats.phase1, 0);
    assert_int_equal(responder.stats.phase2, 0);
    assert_int_equal(tally->lost, 0);
}

static void test_leaves_without_a_word(void **state)
{
    (void)state;
    (void)bring_up();
    for (int i = 0; i < TURNS_MAX && responder.stats.phase2 < COUNT; i++)
        serve();
    for (uint32_t n = 0; n < COUNT; n++)
        (void)load_tunnels_end(tunnels, n, false);
    ring_flush(wire.ring);
    serve();
    assert_int_equal(responder.stats.phase1, COUNT);
    assert_int_equal(responder.stats.phase2, COUNT);
}

static void test_identity_of_the_target(void **state)
{
    const char *expected;
    (void)state;
    assert_true(
        hub_identity_parse("other.example", &options.remote_id, options.remote_id_data, &expected));
    load_tunnels_start(tunnels);
    for (int i = 0; i < 100; i++) {
        exchange();
        serve();
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
    assert_int_equal(tally->failed, COUNT);
    assert_int_equal(tally->failures[x4c_ike_peer_invalid_id], COUNT);
    for (int i = 0; i < TURNS_MAX && responder.stats.phase1 > 0; i++)
        serve();
    assert_int_equal(responder.stats.phase1, 0);
}

static void test_tunnels_that_the_peer_deletes_are_lost(void **state)
{
    (void)state;
    const struct load_tally *tally = bring_up();
    for (int i = 0; i < TURNS_MAX && responder.stats.phase2 < COUNT; i++)
        serve();
    close_instance();
    ring_flush(responder.ring);
    for (int i = 0; i < TURNS_MAX && tally->lost < COUNT; i++)
        exchange();
    assert_int_equal(tally->lost, COUNT);
    assert_int_equal(tally->up, COUNT);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
