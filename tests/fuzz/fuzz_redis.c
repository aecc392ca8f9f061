/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a Redis server or a Sentinel sends, from the greeting on: all of the input, in pieces. The
 * link takes it or ends; hiredis' assertions are never met; what was asked is answered once.
 */

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/redis_link.h"
#include "store/redis_sentinel.h"
#include "store/redis_slot_map.h"
#include "tests/fuzz/input.h"

enum {
    WAITS = 8,
    PIECES_MAX = 64,
};

static struct {
    int listener;
    struct redis_address address;
    struct redis_slot_map map;
    struct redis_wait waits[WAITS];
    unsigned answers[WAITS];
} fuzz;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The name is free again at once; nobody else connects. */
static void listen_once(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (fuzz.listener)
        return;
    snprintf(fuzz.address.host, sizeof(fuzz.address.host), "/tmp/fuzz_redis.%d", (int)getpid());
    memcpy(name.sun_path, fuzz.address.host, strlen(fuzz.address.host) + 1);
    fuzz.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(fuzz.listener, (struct sockaddr *)&name, sizeof(name)) == 0);
    must(listen(fuzz.listener, 4) == 0);
}

static void end_listening(void)
{
    unlink(fuzz.address.host);
}

static void on_answer(struct redis_wait *wait, struct redis_link *link,
                      const struct redisReply *reply)
{
    fuzz.answers[wait - fuzz.waits]++;
    if (reply)
        (void)redis_slot_map_read(&fuzz.map, reply, &link->address);
}

/* As many questions as there are; some are answered, some are lost. */
static void on_ready(void *user, struct redis_link *link)
{
    static const char ping[] = "*1\r\n$4\r\nPING\r\n";
    (void)user;
    for (size_t i = 0; i < WAITS; i++) {
        fuzz.waits[i].answer = on_answer;
        must(redis_link_send(link, (const uint8_t *)ping, strlen(ping), &fuzz.waits[i]) ==
             !link->options->channel);
    }
}

static void on_down(void *user, struct redis_link *link)
{
    (void)user;
    must(link->state == REDIS_LINK_DOWN);
}

static void on_message(void *user, struct redis_link *link, const char *text)
{
    struct redis_address address;
    (void)user;
    (void)link;
    (void)redis_switch_master(text, "ike", &address);
}

static void serve(struct redis_link *link, int peer, const uint8_t *data, size_t size)
{
    const size_t piece = size / PIECES_MAX + 1;
    for (size_t at = 0; at < size && link->context; at += piece) {
        const size_t len = x4m_min(piece, size - at);
        if (send(peer, data + at, len, MSG_NOSIGNAL) != (ssize_t)len)
            break;
        redis_poll_turn(link->poll);
    }
}

static void run(const struct redis_link_options *options, const uint8_t *data, size_t size)
{
    static const struct redis_link_events events = {
        .ready = on_ready, .down = on_down, .message = on_message};
    struct redis_poll poll;
    struct redis_link link;
    must(redis_poll_open(&poll));
    memset(fuzz.answers, 0, sizeof(fuzz.answers));
    redis_link_init(&link, &poll, options, &events, 1);
    redis_link_target(&link, &fuzz.address);
    (void)redis_link_tick(&link);
    const int peer = accept(fuzz.listener, NULL, NULL);
    must(peer >= 0);
    serve(&link, peer, data, size);
    close(peer);
    redis_link_stop(&link);
    must(!link.context);
    for (size_t i = 0; i < WAITS; i++)
        must(fuzz.answers[i] == (link.connects && !options->channel ? 1 : 0));
    redis_poll_close(&poll);
}

/* The first byte says which options the link has. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redis_link_options options = {.connect_ms = 1, .answer_ms = 1};
    if (size < 1)
        return 0;
    if (!fuzz.listener)
        atexit(end_listening);
    listen_once();
    options.password = data[0] & 1 ? "secret" : NULL;
    options.primary = data[0] & 2;
    options.sentinel = data[0] & 4;
    options.channel = data[0] & 4 && data[0] & 8 ? "news" : NULL;
    run(&options, data + 1, size - 1);
    return 0;
}
