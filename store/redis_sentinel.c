/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_sentinel.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/redis_request.h"
#include "x4/core/memory.h"

#define CHANNEL "+switch-master"

struct redis_sentinel {
    const struct redis_options *options;
    struct redis_poll *poll;
    void (*found)(void *user, const struct redis_address *address);
    void *user;
    struct redis_link_options ask_options;
    struct redis_link_options hear_options;
    struct redis_link asked;
    struct redis_link heard; /* hiredis lets a subscriber ask nothing */
    struct redis_request question;
    struct redis_wait answer;
    size_t current; /* of the addresses */
    bool asking;
    bool wanted; /* as soon as possible */
    x4_msec ask_ms;
};

bool redis_switch_master(const char *message, const char *name, struct redis_address *address)
{
    char of[128];
    char host[REDIS_HOST_MAX + 1];
    int port;

    _Static_assert(REDIS_HOST_MAX == 107, "the width below");
    if (sscanf(message, "%127s %*s %*s %107s %d", of, host, &port) != 3)
        return false;
    return strcmp(of, name) == 0 && redis_address_make(host, strlen(host), port, address);
}

/* ---------------------------------------------------------------------------------- answers */

static void use_sentinel(struct redis_sentinel *sentinel, size_t index)
{
    sentinel->current = index % sentinel->options->address_count;
    /* Not by redis_link_target(), which would connect at once: all of them may be gone. */
    sentinel->asked.address = sentinel->options->addresses[sentinel->current];
}

static bool read_address(const redisReply *reply, struct redis_address *address)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return false;
    return redis_address_make(reply->element[0]->str, reply->element[0]->len,
                              atoll(reply->element[1]->str), address);
}

static void answered(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    struct redis_sentinel *sentinel = x4m_container(wait, struct redis_sentinel, answer);
    struct redis_address address;

    sentinel->asking = false;
    if (!reply)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        redis_link_fail(link, reply->str);
    else if (reply->type == REDIS_REPLY_NIL)
        redis_link_fail(link, "the Sentinel knows no primary of that name");
    else if (!read_address(reply, &address))
        redis_link_fail(link, "the Sentinel does not name the primary by its address");
    else
        sentinel->found(sentinel->user, &address);
}

static void ask_now(struct redis_sentinel *sentinel)
{
    sentinel->answer.answer = answered;
    if (sentinel->asking || !redis_link_send(&sentinel->asked, sentinel->question.data,
                                             sentinel->question.len, &sentinel->answer))
        return;
    sentinel->asking = true;
    sentinel->wanted = false;
    sentinel->ask_ms = sentinel->poll->now + sentinel->options->look_ms;
}

void redis_sentinel_ask(struct redis_sentinel *sentinel)
{
    sentinel->wanted = true;
}

static void asked_ready(void *user, struct redis_link *link)
{
    struct redis_sentinel *sentinel = user;

    redis_link_target(&sentinel->heard, &link->address);
    ask_now(sentinel);
}

static void asked_down(void *user, struct redis_link *link)
{
    struct redis_sentinel *sentinel = user;

    (void)link;
    use_sentinel(sentinel, sentinel->current + 1);
}

/* What was said before it listened is asked for. */
static void heard_ready(void *user, struct redis_link *link)
{
    (void)link;
    redis_sentinel_ask(user);
}

static void heard_down(void *user, struct redis_link *link)
{
    (void)user;
    (void)link;
}

static void heard_message(void *user, struct redis_link *link, const char *text)
{
    const struct redis_sentinel *sentinel = user;
    struct redis_address address;

    (void)link;
    if (redis_switch_master(text, sentinel->options->master, &address))
        sentinel->found(sentinel->user, &address);
}

/* ------------------------------------------------------------------------------- its life */

const char *redis_sentinel_trouble(const struct redis_sentinel *sentinel)
{
    return sentinel->asked.error;
}

static void make_question(struct redis_sentinel *sentinel)
{
    static const struct redis_request none;
    const char *const words[] = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinel->options->master};
    x4s_chunk chunks[x4m_countof(words)];

    for (size_t i = 0; i < x4m_countof(words); i++)
        chunks[i] = (x4s_chunk){(const uint8_t *)words[i], strlen(words[i])};
    redis_request_join(&sentinel->question, chunks, x4m_countof(chunks), &none);
}

struct redis_sentinel *
redis_sentinel_open(const struct redis_options *options, struct redis_poll *poll,
                    void (*found)(void *user, const struct redis_address *address), void *user,
                    uint64_t seed)
{
    struct redis_sentinel *sentinel = redis_alloc(sizeof(*sentinel));

    const struct redis_link_events ask = {
        .user = sentinel, .ready = asked_ready, .down = asked_down};
    const struct redis_link_events hear = {
        .user = sentinel, .ready = heard_ready, .down = heard_down, .message = heard_message};
    sentinel->options = options;
    sentinel->poll = poll;
    sentinel->found = found;
    sentinel->user = user;
    sentinel->ask_options = (struct redis_link_options){
        .connect = options->connect,
        .user = options->sentinel_user,
        .password = options->sentinel_password,
        .sentinel = true,
        .connect_ms = options->connect_ms,
        .answer_ms = options->answer_ms,
    };
    sentinel->hear_options = sentinel->ask_options;
    sentinel->hear_options.channel = CHANNEL;
    redis_link_init(&sentinel->asked, poll, &sentinel->ask_options, &ask, seed);
    redis_link_init(&sentinel->heard, poll, &sentinel->hear_options, &hear, seed);
    use_sentinel(sentinel, seed % options->address_count);
    make_question(sentinel);
    return sentinel;
}

void redis_sentinel_close(struct redis_sentinel *sentinel)
{
    if (!sentinel)
        return;
    redis_link_stop(&sentinel->heard);
    redis_link_stop(&sentinel->asked);
    redis_request_free(&sentinel->question);
    x4_free(&x4_libc_allocator, sentinel, sizeof(*sentinel));
}

x4_msec redis_sentinel_tick(struct redis_sentinel *sentinel)
{
    const x4_msec now = sentinel->poll->now;

    if (sentinel->asked.state == REDIS_LINK_READY && (sentinel->wanted || now >= sentinel->ask_ms))
        ask_now(sentinel);
    const x4_msec asked = redis_link_tick(&sentinel->asked);
    const x4_msec heard = redis_link_tick(&sentinel->heard);
    const x4_msec next = sentinel->asking || sentinel->asked.state != REDIS_LINK_READY
                             ? x4c_never
                             : sentinel->ask_ms;
    return x4m_min(next, x4m_min(asked, heard));
}
