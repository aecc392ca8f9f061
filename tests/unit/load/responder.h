/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_LOAD_RESPONDER_H
#define TESTS_UNIT_LOAD_RESPONDER_H

/*
 * A responder in the same process: an instance of libike behind a ring on loopback, that takes main
 * mode with the preshared key "secret", P-256, and any child. Included after cmocka.h.
 */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "bench/load/clock.h"
#include "bench/load/wire.h"
#include "shard/config/proposal.h"
#include "x4/ike/charon.h"

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

static inline void on_initiated1(void *context, x4s_ike_xchg1 *xchg)
{
    (void)context;
    (void)xchg;
    fail();
}

static inline void *on_responded1(void *userdata, x4s_ike_xchg1 *xchg,
                                  const x4s_ike_config1 *config, const x4s_ike_offer1 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return userdata;
}

static inline void on_completed1(void *context, const x4s_ike_keys1 *keys)
{
    (void)context;
    (void)keys;
}

static inline void on_disposed(void *context, x4e_ike_reason reason)
{
    (void)context;
    (void)reason;
}

static inline bval on_validate1(void *context, x4s_chunk body, uint8_t payload)
{
    (void)context;
    (void)body;
    (void)payload;
    return btrue;
}

static inline bval on_send(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    struct load_wire way = {.ring = responder.ring};
    (void)context;
    return load_wire_send(&way, link, data, len);
}

static inline void on_send_first(void *userdata, const x4s_net_link *link, const void *data,
                                 size_t len)
{
    (void)on_send(userdata, link, data, len);
}

static inline bval on_get_psk(void *context, x4s_chunk *psk)
{
    (void)context;
    *psk = (x4s_chunk){.data = (const uint8_t *)"secret", .len = 6};
    return btrue;
}

static inline const x4s_ike_config1 *on_policy1(void *userdata, const x4s_ike_offer1 *offer)
{
    (void)userdata;
    (void)offer;
    return &responder.config1;
}

static inline void on_initiated2(void *context, x4s_ike_xchg2 *xchg)
{
    (void)context;
    (void)xchg;
    fail();
}

static inline void *on_responded2(void *context1, x4s_ike_xchg2 *xchg,
                                  const x4s_ike_config2 *config, const x4s_ike_offer2 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return context1;
}

static inline void on_completed2(void *context, const x4s_ike_keys2 *keys)
{
    (void)context;
    (void)keys;
}

static inline uint32_t on_get_spi(void *userdata)
{
    (void)userdata;
    return ++responder.last_spi;
}

static inline const x4s_ike_config2 *on_policy2(void *context1, const x4s_ike_offer2 *offer)
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

static inline x4_msec read_clock(void *userdata)
{
    (void)userdata;
    return load_clock_us() / 1000;
}

static inline void open_responder(void)
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
static inline void close_instance(void)
{
    if (responder.charon)
        x4_charon_term(responder.charon);
    responder.charon = NULL;
}

static inline void serve(int timeout_ms)
{
    const struct load_wire way = {.ring = responder.ring, .ports = 1};
    const struct ring_datagram *batch;
    (void)x4_charon_tick(responder.charon);
    int count = ring_wait(responder.ring, timeout_ms, &batch);
    for (int i = 0; i < count; i++) {
        x4s_net_link link = load_wire_link(&way, &batch[i]);
        (void)x4_charon_recv(responder.charon, &link, batch[i].data, batch[i].size);
    }
    (void)x4_charon_tick(responder.charon);
    ring_flush(responder.ring);
}

/* ------------------------------------------------------------------ in a thread of its own */

struct responder_thread {
    pthread_t thread;
    atomic_bool opened;
    atomic_bool stopped;
    struct ring_addr addr;
};

static inline void *responder_run(void *context)
{
    struct responder_thread *thread = context;
    open_responder();
    thread->addr = ring_socket_addr(responder.ring, 0);
    atomic_store(&thread->opened, true);
    while (!atomic_load(&thread->stopped))
        serve(1);
    close_instance();
    ring_close(responder.ring);
    return NULL;
}

/* Returns when it can be spoken to at thread->addr. */
static inline void responder_start(struct responder_thread *thread)
{
    *thread = (struct responder_thread){0};
    assert_int_equal(pthread_create(&thread->thread, NULL, responder_run, thread), 0);
    while (!atomic_load(&thread->opened))
        sched_yield();
}

static inline void responder_stop(struct responder_thread *thread)
{
    atomic_store(&thread->stopped, true);
    pthread_join(thread->thread, NULL);
}

#endif
