/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_client.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "store/redis_slot.h"
#include "x4/core/memory.h"

enum {
    REDIRECTIONS_MAX = 8, /* then it waits */
};

static void answered(struct redis_wait *wait, struct redis_link *link, const redisReply *reply);

/* ------------------------------------------------------------------------------------ calls */

/* A larger struct may begin with the call; `size` is its. */
struct redis_call *redis_call_new(size_t size, int script, const char *key)
{
    struct redis_call *call = redis_alloc(size);

    call->size = size;
    call->script = script;
    call->wait.answer = answered;
    snprintf(call->key, sizeof(call->key), "%s", key);
    call->slot = redis_slot(call->key, strlen(call->key));
    return call;
}

void redis_call_free(struct redis_call *call)
{
    redis_request_free(&call->tail);
    x4_free(&x4_libc_allocator, call, call->size);
}

static void submit(struct redis_client *client, struct redis_call *call, x4_msec later_ms)
{
    call->client = client;
    call->asking = call->whole = false;
    call->redirections = 0;
    call->later_ms = later_ms;
    x4_list_append(&client->waiting, &call->of_client);
}

void redis_client_submit(struct redis_client *client, struct redis_call *call)
{
    client->stats.calls++;
    call->deadline_ms = 0;
    submit(client, call, 0);
}

void redis_client_repeat(struct redis_client *client, struct redis_call *call, x4_msec pause)
{
    client->urgent = true;
    submit(client, call, client->poll.now + pause);
}

static void finish(struct redis_call *call, enum store_result result, const redisReply *reply)
{
    x4_list_remove(&call->of_client);
    call->done(call, result, reply);
}

static x4s_chunk chunk(const char *text)
{
    return (x4s_chunk){(const uint8_t *)text, strlen(text)};
}

static void join(const struct redis_call *call, struct redis_request *request)
{
    const x4s_chunk key = chunk(call->key);

    if (call->script < 0) {
        const x4s_chunk words[] = {chunk(call->word), key};
        redis_request_join(request, words, x4m_countof(words), &call->tail);
        return;
    }
    const char *digest = call->client->scripts.digest[call->script];
    const x4s_chunk words[] = {
        chunk(call->whole ? "EVAL" : "EVALSHA"),
        chunk(call->whole ? redis_script_text((enum redis_script)call->script) : digest),
        chunk("1"),
        key,
    };
    redis_request_join(request, words, x4m_countof(words), &call->tail);
}

static bool send_asking(struct redis_link *link)
{
    static const char command[] = "*1\r\n$6\r\nASKING\r\n";
    return redis_link_send(link, (const uint8_t *)command, strlen(command), NULL);
}

static struct redis_link *link_for(struct redis_call *call)
{
    struct redis_route *route = call->client->route;
    return call->asking ? route->ops->at(route, &call->ask) : route->ops->find(route, call->slot);
}

static void send_call(struct redis_call *call)
{
    struct redis_client *client = call->client;
    struct redis_link *link = link_for(call);
    struct redis_request request;

    if (!link || link->state != REDIS_LINK_READY)
        return;
    if (call->asking && !send_asking(link))
        return;
    join(call, &request);
    const bool sent = redis_link_send(link, request.data, request.len, &call->wait);
    redis_request_free(&request);
    if (!sent)
        return;
    client->stats.sent++;
    x4_list_remove(&call->of_client);
    x4_list_append(&client->flying, &call->of_client);
}

void redis_client_pump(struct redis_client *client)
{
    x4m_list_each(link, &client->waiting)
    {
        struct redis_call *call = x4m_container(link, struct redis_call, of_client);
        if (call->later_ms <= client->poll.now)
            send_call(call);
    }
}

/* ---------------------------------------------------------------------------------- answers */

static void wait_again(struct redis_call *call, x4_msec pause)
{
    x4_list_remove(&call->of_client);
    x4_list_append(&call->client->waiting, &call->of_client);
    call->later_ms = call->client->poll.now + pause;
    call->client->urgent = true;
}

static void later(struct redis_call *call)
{
    call->asking = false;
    call->redirections = 0;
    wait_again(call, redis_backoff_next(&call->client->backoff));
}

/* The server is not what it was taken for. */
static void doubt(struct redis_call *call, struct redis_link *link)
{
    struct redis_route *route = call->client->route;
    route->ops->doubt(route, link);
    later(call);
}

static void redirect(struct redis_call *call, struct redis_link *link, const char *error)
{
    struct redis_route *route = call->client->route;
    struct redis_redirect redirection;

    if (!redis_redirect(error, &redirection) || ++call->redirections > REDIRECTIONS_MAX) {
        doubt(call, link);
        return;
    }
    if (!redirection.to.host[0])
        snprintf(redirection.to.host, sizeof(redirection.to.host), "%s", link->address.host);
    call->client->stats.redirected++;
    call->asking = redis_refusal(error) == REDIS_REFUSAL_ASK;
    call->ask = redirection.to;
    if (!call->asking)
        route->ops->moved(route, redirection.slot, &redirection.to);
    wait_again(call, 0);
}

static void refused(struct redis_call *call, struct redis_link *link, const char *error)
{
    const enum redis_refusal refusal = redis_refusal(error);

    snprintf(call->client->error, sizeof(call->client->error), "%s", error);
    switch (refusal) {
    case REDIS_REFUSAL_NO_SCRIPT:
        call->whole = true;
        wait_again(call, 0);
        break;
    case REDIS_REFUSAL_MOVED:
    case REDIS_REFUSAL_ASK:
        redirect(call, link, error);
        break;
    case REDIS_REFUSAL_LATER:
        doubt(call, link);
        break;
    case REDIS_REFUSAL_OTHER: /* it is tried again, and nothing is lost until it is mended */
        finish(call, STORE_AWAY, NULL);
        break;
    }
}

static void answered(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    struct redis_call *call = x4m_container(wait, struct redis_call, wait);

    if (!reply) {
        call->asking = false;
        call->whole = false;
        wait_again(call, 0);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        refused(call, link, reply->str);
        return;
    }
    call->server = link->server;
    call->client->error[0] = '\0';
    redis_backoff_reset(&call->client->backoff);
    finish(call, STORE_DONE, reply);
}

/* ------------------------------------------------------------------------------- its life */

static void route_changed(void *user, struct redis_link *link)
{
    struct redis_client *client = user;

    client->urgent = true;
    client->changed(client->user, link);
}

static const struct redis_route_ops *const routes[] = {
    [REDIS_STANDALONE] = &redis_standalone_route,
    [REDIS_SENTINEL] = &redis_sentinel_route,
    [REDIS_CLUSTER] = &redis_cluster_route,
};

static void open_route(struct redis_client *client, uint64_t seed)
{
    const struct redis_route_events events = {.user = client, .changed = route_changed};
    const struct redis_route_ops *ops = routes[client->options->mode];

    client->route = ops->open(client->options, &client->poll, &events, seed);
    client->route->ops = ops;
}

bool redis_client_open(struct redis_client *client, const struct redis_options *options, void *user,
                       void (*changed)(void *user, struct redis_link *link))
{
    uint64_t seed;

    *client = (struct redis_client){.options = options, .user = user, .changed = changed};
    x4_list_init(&client->waiting);
    x4_list_init(&client->flying);
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed) ||
        !redis_scripts_init(&client->scripts) || !redis_poll_open(&client->poll))
        return false;
    client->backoff = redis_backoff(seed);
    open_route(client, seed);
    return true;
}

bool redis_client_idle(const struct redis_client *client)
{
    return x4_list_empty(&client->waiting) && x4_list_empty(&client->flying);
}

void redis_client_close(struct redis_client *client)
{
    /* Calls that fly return to those that wait. */
    client->route->ops->close(client->route);
    while (!x4_list_empty(&client->waiting))
        finish(x4m_container(client->waiting.next, struct redis_call, of_client), STORE_AWAY, NULL);
    redis_poll_close(&client->poll);
}

void redis_client_ready(struct redis_client *client)
{
    redis_poll_turn(&client->poll);
    redis_client_pump(client);
}

/* Gives up what waits too long. Returns when it wants to be called again. */
static x4_msec give_up(struct redis_client *client)
{
    const x4_msec now = client->poll.now;
    x4_msec next = x4c_never;

    x4m_list_each(link, &client->waiting)
    {
        struct redis_call *call = x4m_container(link, struct redis_call, of_client);
        if (!call->deadline_ms)
            call->deadline_ms = now + client->options->give_up_ms;
        if (now >= call->deadline_ms) {
            client->stats.given_up++;
            finish(call, STORE_AWAY, NULL);
            continue;
        }
        next = x4m_min(next, call->deadline_ms);
        if (call->later_ms > now)
            next = x4m_min(next, call->later_ms);
    }
    return next;
}

x4_msec redis_client_tick(struct redis_client *client, x4_msec now)
{
    client->poll.now = now;
    client->urgent = false;
    x4_msec next = client->route->ops->tick(client->route);
    redis_client_pump(client);
    next = x4m_min(next, give_up(client));
    if (client->urgent || next <= now)
        return 0;
    return next == x4c_never ? x4c_never : next - now;
}
