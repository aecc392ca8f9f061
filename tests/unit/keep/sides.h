/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_KEEP_SIDES_H
#define TESTS_UNIT_KEEP_SIDES_H

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shard/keep/persist.h"
#include "shard/keep/revive.h"
#include "shard/keep/storage.h"
#include "shard/shard.h"
#include "tests/memory_store.h"

/*
 * Two shards in two threads of this process, over loopback. The responder's connection is acked,
 * and its store does as it is told: what it holds back the initiator does not know of.
 */

enum { TEXT_MAX = 65536 };

static struct shard_cpis cpis;
static struct shard_taken taken;

struct side {
    struct hub_config *config;
    struct hub_daemon daemon;
    struct hub_storage storage;
    struct ring_mail *mail;
    struct shard *shard;
    struct shard_store_tally tally;
    int log[2];
    const char *stop_at;
    bool silent; /* it says no farewell */
    char text[TEXT_MAX];
    size_t used;
    pthread_t thread;
    uint16_t port;
};

static void told(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    fprintf(stderr, "%s\n", text);
}

static void read_log(struct side *side)
{
    const ssize_t got =
        read(side->log[0], side->text + side->used, sizeof(side->text) - 1 - side->used);
    if (got > 0)
        side->used += (size_t)got;
    side->text[side->used] = '\0';
}

static void on_log(void *user, int fd)
{
    struct side *side = user;
    (void)fd;
    read_log(side);
    if (!strstr(side->text, side->stop_at))
        return;
    if (side->silent)
        shard_fall_silent(side->shard);
    else
        shard_stop(side->shard);
}

static void open_side(struct side *side, const char *conf, const char *stop_at, bool stores)
{
    static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};
    struct ring_error error;
    side->config = hub_config_parse("test", conf, strlen(conf), told, NULL);
    side->mail = ring_mail_new(2);
    assert_non_null(side->config);
    assert_non_null(side->mail);
    assert_int_equal(pipe(side->log), 0);
    assert_int_equal(fcntl(side->log[0], F_SETFL, O_NONBLOCK), 0);
    side->stop_at = stop_at;
    side->daemon = side->config->daemon;
    side->daemon.listen = &loopback;
    side->daemon.listen_count = 1;
    side->daemon.port = side->daemon.port_nat_t = 0;
    side->daemon.store.ack_timeout_ms = 300;
    side->storage = (struct hub_storage){
        .ops = &memory_store_ops, .options = {.node = "hub"}, .keys = {.count = 1}};
    const struct shard_options options = {
        .config = side->config,
        .daemon = &side->daemon,
        .kernel = &hub_kernel_null,
        .storage = stores ? &side->storage : NULL,
        .log_fd = side->log[1],
        .count = 1,
        .mail = side->mail,
        .cpis = &cpis,
        .taken = &taken,
    };
    side->shard = shard_open(&options, &error);
    if (!side->shard)
        fail_msg("%s", error.text);
    side->port = ring_socket_addr(shard_ring(side->shard), 0).port;
    assert_int_equal(shard_watch(side->shard, side->log[0], on_log, side), 0);
    shard_revive_end(side->shard, 0); /* there is nothing to be read */
}

static inline void close_side(struct side *side)
{
    read_log(side);
    shard_close(side->shard);
    ring_mail_free(side->mail, free);
    close(side->log[0]);
    close(side->log[1]);
    hub_config_free(side->config);
}

#define SIDE(name, other, more)                                                                    \
    "ikehub { retransmit_timeout = 0.1\n retransmit_limit = 0.1\n retransmit_tries = 10\n }\n"     \
    "connections { " name " { version = 1\n local_addrs = 127.0.0.1\n remote_addrs = 127.0.0.1\n"  \
    "proposals = aes128-sha256-ecp256\n" more "\n local { auth = psk\n id = " name                 \
    ".example.org\n }\n remote { auth = psk\n id = " other ".example.org\n }\n children { net {\n" \
    "esp_proposals = aes128gcm16-ecp256\n"

#define SECRET "} } } }\n secrets { ike { secret = \"a shared secret\"\n } }\n"

static void *serve(void *context)
{
    struct side *side = context;
    (void)!shard_run(side->shard);
    return NULL;
}

/* Runs until both have logged what they wait for. */
static inline void meet(const char *responder_ends, const char *initiator_ends, struct side *hub,
                        struct side *spoke)
{
    char conf[2048];
    open_side(hub, SIDE("hub", "spoke", "durability = acked") SECRET, responder_ends, true);
    snprintf(conf, sizeof(conf),
             SIDE("spoke", "hub", "remote_port = %u") "start_action = start\n" SECRET, hub->port);
    open_side(spoke, conf, initiator_ends, false);
    shard_begin(spoke->shard);
    assert_int_equal(pthread_create(&hub->thread, NULL, serve, hub), 0);
    assert_true(shard_run(spoke->shard));
    pthread_join(hub->thread, NULL);
}

static struct side *new_side(void)
{
    struct side *side = calloc(1, sizeof(*side));
    assert_non_null(side);
    return side;
}

#endif
