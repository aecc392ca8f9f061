/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/client.h"

#include <stdlib.h>
#include <string.h>

#include "x4/core/memory.h"

#define INTERVAL_MAX_MS 30000

struct server {
    x4_msec away_until;
    struct radius_request *pending[RADIUS_SERVICES][RADIUS_IDENTIFIERS];
    uint8_t last[RADIUS_SERVICES]; /* identifier that was given */
    size_t count[RADIUS_SERVICES];
};

struct radius_client {
    struct radius_client_options options;
    struct radius_counters counters;
    x4s_wheel wheel;
    x4s_list waiting[RADIUS_SERVICES];
    size_t waiting_count;
    size_t sent_count;
    struct radius_writer writer;
    struct server servers[];
};

static size_t server_count(const struct radius_client *client)
{
    return client->options.config->server_count;
}

/* ------------------------------------------------------------------ one request */

static void forget_packet(struct radius_request *request)
{
    if (request->packet)
        x4_wipe(request->packet, request->len);
    free(request->packet);
    request->packet = NULL;
}

/* It waits for no server any more. */
static void withdraw(struct radius_client *client, struct radius_request *request)
{
    struct server *server = &client->servers[request->server];
    x4_wheel_cancel(&client->wheel, &request->timer);
    forget_packet(request);
    if (!request->sent)
        return;
    request->sent = false;
    server->pending[request->service][request->identifier] = NULL;
    server->count[request->service]--;
    client->sent_count--;
}

/* The first that was not asked yet, one that does not count as silent before others. */
static bool choose_server(const struct radius_client *client, const struct radius_request *request,
                          x4_msec now, size_t *server)
{
    bool found = false;
    for (size_t i = 0; i < server_count(client); i++) {
        if (request->asked & UINT64_C(1) << i)
            continue;
        if (client->servers[i].away_until <= now) {
            *server = i;
            return true;
        }
        if (!found)
            *server = i;
        found = true;
    }
    return found;
}

static uint8_t free_identifier(struct server *server, enum radius_service service)
{
    while (server->pending[service][++server->last[service]])
        ;
    return server->last[service];
}

static bool write_packet(struct radius_client *client, struct radius_request *request)
{
    const struct hub_radius_server *config = &client->options.config->servers[request->server];
    struct radius_writer *writer = &client->writer;
    const bool written =
        request->service == RADIUS_AUTHENTICATION
            ? radius_write_access(writer, client->options.crypto, request->identifier,
                                  request->attributes, request->password, config->secret)
            : radius_write_accounting(writer, client->options.crypto, request->identifier,
                                      request->attributes, config->secret);
    request->packet = written ? malloc(writer->len) : NULL;
    if (!request->packet)
        return false;
    memcpy(request->packet, writer->data, writer->len);
    request->len = writer->len;
    return true;
}

static void send_packet(struct radius_client *client, struct radius_request *request)
{
    client->options.send(client->options.context, request->server, request->service,
                         request->packet, request->len);
    x4_wheel_set(&client->wheel, &request->timer, client->wheel.now + request->interval_ms);
}

static void wait_here(struct radius_client *client, struct radius_request *request)
{
    x4_list_append(&client->waiting[request->service], &request->waiting);
    client->waiting_count++;
    x4_wheel_set(&client->wheel, &request->timer, client->wheel.now + RADIUS_WAITING_MS);
}

static void leave_waiting(struct radius_client *client, struct radius_request *request)
{
    if (!x4_list_linked(&request->waiting))
        return;
    x4_list_remove(&request->waiting);
    client->waiting_count--;
}

/* To a server, or into the queue. False: all were asked, or it cannot be written. */
static bool dispatch(struct radius_client *client, struct radius_request *request)
{
    size_t chosen = 0;
    if (!choose_server(client, request, client->wheel.now, &chosen))
        return false;
    struct server *server = &client->servers[chosen];
    if (server->count[request->service] == RADIUS_IDENTIFIERS) {
        wait_here(client, request);
        return true;
    }
    request->server = chosen;
    request->identifier = free_identifier(server, request->service);
    if (!write_packet(client, request))
        return false;
    request->asked |= UINT64_C(1) << chosen;
    request->tries = 0;
    request->interval_ms = client->options.config->timeout_ms;
    request->sent = true;
    server->pending[request->service][request->identifier] = request;
    server->count[request->service]++;
    client->sent_count++;
    client->counters.requests++;
    send_packet(client, request);
    return true;
}

static void finish(struct radius_client *client, struct radius_request *request,
                   const struct radius_packet *answer)
{
    const enum radius_service service = request->service;
    withdraw(client, request);
    leave_waiting(client, request);
    if (!answer)
        client->counters.unanswered++;
    client->options.done(client->options.context, request, answer);
    if (x4_list_empty(&client->waiting[service]))
        return;
    struct radius_request *next =
        x4m_container(client->waiting[service].next, struct radius_request, waiting);
    leave_waiting(client, next);
    if (!dispatch(client, next))
        finish(client, next, NULL);
}

/* ------------------------------------------------------------------ time */

static void expired(struct radius_client *client, struct radius_request *request)
{
    const struct hub_radius *config = client->options.config;
    if (!request->sent) {
        finish(client, request, NULL);
        return;
    }
    if (request->tries < config->tries) {
        request->tries++;
        request->interval_ms =
            x4m_min(request->interval_ms * config->base_pct / 100, (x4_msec)INTERVAL_MAX_MS);
        client->counters.resends++;
        send_packet(client, request);
        return;
    }
    client->servers[request->server].away_until = client->wheel.now + RADIUS_AWAY_MS;
    withdraw(client, request);
    if (!dispatch(client, request))
        finish(client, request, NULL);
}

x4_msec radius_client_serve(struct radius_client *client, x4_msec now)
{
    x4s_timer *timer;
    x4_wheel_advance(&client->wheel, now);
    while ((timer = x4_wheel_pop(&client->wheel)))
        expired(client, x4m_container(timer, struct radius_request, timer));
    const x4_msec next = x4_wheel_next(&client->wheel);
    if (next == x4c_never)
        return x4c_never;
    return next > now ? next - now : 0;
}

/* ------------------------------------------------------------------ for the user */

struct radius_client *radius_client_new(const struct radius_client_options *options, x4_msec now)
{
    const size_t count = options->config->server_count;
    struct radius_client *client = calloc(1, sizeof(*client) + count * sizeof(client->servers[0]));
    if (!client)
        return NULL;
    client->options = *options;
    x4_wheel_init(&client->wheel, now);
    for (size_t i = 0; i < RADIUS_SERVICES; i++)
        x4_list_init(&client->waiting[i]);
    return client;
}

static void drop(struct radius_client *client, struct radius_request *request,
                 void (*dropped)(void *context, struct radius_request *request))
{
    withdraw(client, request);
    leave_waiting(client, request);
    dropped(client->options.context, request);
}

void radius_client_free(struct radius_client *client,
                        void (*dropped)(void *context, struct radius_request *request))
{
    if (!client)
        return;
    for (size_t i = 0; i < server_count(client); i++)
        for (size_t k = 0; k < RADIUS_SERVICES; k++)
            for (size_t id = 0; id < RADIUS_IDENTIFIERS; id++)
                if (client->servers[i].pending[k][id])
                    drop(client, client->servers[i].pending[k][id], dropped);
    for (size_t k = 0; k < RADIUS_SERVICES; k++)
        while (!x4_list_empty(&client->waiting[k]))
            drop(client, x4m_container(client->waiting[k].next, struct radius_request, waiting),
                 dropped);
    x4_wipe(&client->writer, sizeof(client->writer));
    free(client);
}

bool radius_client_ask(struct radius_client *client, struct radius_request *request, x4_msec now)
{
    x4_wheel_advance(&client->wheel, now);
    request->client = client;
    request->asked = 0;
    request->sent = false;
    request->packet = NULL;
    request->waiting = (x4s_list){0};
    request->timer = (x4s_timer){0};
    if (client->waiting_count < RADIUS_WAITING_MAX && dispatch(client, request))
        return true;
    client->counters.refused++;
    return false;
}

static bool answers(enum radius_service service, uint8_t code)
{
    if (service == RADIUS_ACCOUNTING)
        return code == RADIUS_ACCOUNTING_RESPONSE;
    return code == RADIUS_ACCESS_ACCEPT || code == RADIUS_ACCESS_REJECT ||
           code == RADIUS_ACCESS_CHALLENGE;
}

void radius_client_receive(struct radius_client *client, size_t server, enum radius_service service,
                           const void *data, size_t len, x4_msec now)
{
    struct radius_packet answer;
    struct radius_request *request = NULL;
    x4_wheel_advance(&client->wheel, now);
    if (radius_read(data, len, &answer) && answers(service, answer.code))
        request = client->servers[server].pending[service][answer.identifier];
    if (!request) {
        client->counters.unexpected++;
        return;
    }
    const uint8_t *asked = request->packet + RADIUS_HEADER - RADIUS_AUTHENTICATOR;
    if (!radius_answer_is_proven(client->options.crypto, &answer, asked,
                                 client->options.config->servers[server].secret)) {
        client->counters.unproven++;
        return;
    }
    client->counters.answers++;
    client->servers[server].away_until = 0;
    finish(client, request, &answer);
}

bool radius_client_is_idle(const struct radius_client *client)
{
    return !client->sent_count && !client->waiting_count;
}

const struct radius_counters *radius_client_counters(const struct radius_client *client)
{
    return &client->counters;
}
