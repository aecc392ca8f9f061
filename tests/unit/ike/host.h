/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_IKE_HOST_H
#define TESTS_UNIT_IKE_HOST_H

/*
 * An instance with a user that counts what it is told, and messages to feed it with.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ike/books.h"
#include "x4/ike/engine.h"
#include "x4/ike/message.h"
#include "x4/ike/proposal1.h"

struct host {
    x4s_charon_config config; /* the test may change it before host_open */
    x4s_ike_calls1 calls1;
    x4s_ike_calls2 calls2;
    x4s_ike_stats stats;
    x4s_charon *charon;
    struct books books;
    x4s_allocator allocator;
    x4_msec now;
    x4s_net_link link;
    x4s_ike_transform1 transform;
    x4s_ike_config1 config1;
    bool refuses;

    unsigned policies;
    unsigned sends; /* of the instance */
    size_t sent_len;
    uint8_t sent[2048];
    unsigned initiated;
    unsigned responded;
    unsigned disposed;
    x4e_ike_reason reason;
    x4s_ike_xchg1 *xchg;
    void (*on_initiated)(struct host *host);
    void (*on_disposed)(struct host *host);
};

static inline x4_msec host_clock(void *userdata)
{
    return ((struct host *)userdata)->now;
}

static inline void host_send(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    struct host *host = userdata;
    (void)link;
    assert_true(len <= sizeof(host->sent));
    memcpy(host->sent, data, len);
    host->sent_len = len;
    host->sends++;
}

static inline bval host_send1(void *context, const x4s_net_link *link, const void *data, size_t len)
{
    (void)context;
    (void)link;
    (void)data;
    (void)len;
    return btrue;
}

static inline void host_initiated(void *context, x4s_ike_xchg1 *xchg)
{
    struct host *host = context;
    host->initiated++;
    host->xchg = xchg;
    if (host->on_initiated)
        host->on_initiated(host);
}

static inline void *host_responded(void *userdata, x4s_ike_xchg1 *xchg,
                                   const x4s_ike_config1 *config, const x4s_ike_offer1 *offer)
{
    struct host *host = userdata;
    (void)config;
    (void)offer;
    host->responded++;
    host->xchg = xchg;
    return host;
}

static inline void host_completed(void *context, const x4s_ike_keys1 *keys)
{
    (void)context;
    (void)keys;
    fail();
}

static inline void host_disposed(void *context, x4e_ike_reason reason)
{
    struct host *host = context;
    host->disposed++;
    host->reason = reason;
    if (host->on_disposed)
        host->on_disposed(host);
}

static inline bval host_validate(void *context, x4s_chunk body, uint8_t payload)
{
    (void)context;
    (void)body;
    (void)payload;
    return btrue;
}

static inline bval host_psk(void *context, x4s_chunk *psk)
{
    (void)context;
    *psk = (x4s_chunk){(const uint8_t *)"psk", 3};
    return btrue;
}

static inline const x4s_ike_config1 *host_policy(void *userdata, const x4s_ike_offer1 *offer)
{
    struct host *host = userdata;
    (void)offer;
    host->policies++;
    return host->refuses ? NULL : &host->config1;
}

static inline void host_initiated2(void *context, x4s_ike_xchg2 *xchg)
{
    (void)context;
    (void)xchg;
}

static inline void *host_responded2(void *context1, x4s_ike_xchg2 *xchg,
                                    const x4s_ike_config2 *config, const x4s_ike_offer2 *offer)
{
    (void)xchg;
    (void)config;
    (void)offer;
    return context1;
}

static inline void host_completed2(void *context, const x4s_ike_keys2 *keys)
{
    (void)context;
    (void)keys;
}

static inline uint32_t host_spi(void *userdata)
{
    (void)userdata;
    return 4096;
}

static inline const x4s_ike_config2 *host_policy2(void *context1, const x4s_ike_offer2 *offer)
{
    (void)context1;
    (void)offer;
    return NULL;
}

static inline struct host *host_new(void)
{
    static const uint8_t address[] = {192, 0, 2, 1};
    struct host *host = calloc(1, sizeof(*host));
    assert_non_null(host);
    host->allocator = books_allocator(&host->books);
    host->now = 1000000;
    host->link.local = (x4s_net_addr){.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}, .port = 500};
    host->link.remote = (x4s_net_addr){.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}, .port = 500};
    host->transform = (x4s_ike_transform1){.cipher = x4c_cipher_aes,
                                           .key_bits = 128,
                                           .hash = x4c_hash_sha256,
                                           .group = x4c_group_ecp256,
                                           .auth = x4c_ike_auth_psk};
    host->config1 = (x4s_ike_config1){
        .userdata = host,
        .link = host->link,
        .id = {x4c_ike_id_ipv4, {address, sizeof(address)}},
        .transforms = &host->transform,
        .transform_count = 1,
    };
    host->calls1 = (x4s_ike_calls1){
        .initiated = host_initiated,
        .responded = host_responded,
        .completed = host_completed,
        .disposed = host_disposed,
        .validate = host_validate,
        .send = host_send1,
        .get_psk = host_psk,
        .policy = host_policy,
    };
    host->calls2 = (x4s_ike_calls2){
        .initiated = host_initiated2,
        .responded = host_responded2,
        .completed = host_completed2,
        .disposed = host_disposed,
        .send = host_send1,
        .get_spi = host_spi,
        .policy = host_policy2,
    };
    host->config = (x4s_charon_config){
        .userdata = host,
        .calls1 = &host->calls1,
        .calls2 = &host->calls2,
        .stats = &host->stats,
        .clock = host_clock,
        .send = host_send,
        .allocator = &host->allocator,
    };
    return host;
}

static inline void host_open(struct host *host)
{
    const char *error = NULL;
    host->charon = x4_charon_init(&host->config, &error);
    assert_null(error);
    assert_non_null(host->charon);
}

/* Ends the instance; nothing of its memory may be left. */
static inline void host_free(struct host *host)
{
    if (host->charon)
        x4_charon_term(host->charon);
    assert_int_equal(host->books.blocks, 0);
    free(host);
}

/* Lets time pass in steps as the instance wishes. */
static inline void host_run(struct host *host, x4_msec ms)
{
    x4_msec until = host->now + ms;
    for (;;) {
        x4_msec wait = x4_charon_tick(host->charon);
        if (wait == x4c_never || host->now + wait > until)
            break;
        host->now += wait;
    }
    host->now = until;
    (void)x4_charon_tick(host->charon);
}

/* A first message of main mode with the host's own transform; returns its length. */
static inline size_t host_first(struct host *host, uint8_t cookie, uint8_t bytes[2048])
{
    x4s_ike_build build;
    const x4s_ike_header header = {.cookies = {cookie}, .exchange = x4c_exchange_main};
    x4_build_begin(&build, bytes, 2048, &header);
    x4_proposal1_write(&build, &host->config1);
    assert_true(x4_build_end(&build, 0));
    return x4_writer_len(&build.w);
}

#endif
