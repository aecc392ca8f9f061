/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_CLIENT_H
#define SHARD_RADIUS_CLIENT_H

/*
 * Requests to RADIUS servers: which server, when again, when no more. It has no socket and no
 * clock: who uses it sends, tells what came, and what time it is.
 *
 * A request goes to the first server that answers, in the order of their preference. What is not
 * answered is sent again, the same bytes, at growing intervals; then the server counts as silent
 * for RADIUS_AWAY_MS, and the request goes to the next. When all have been asked it ends
 * unanswered.
 *
 * An answer is believed if it is proven (packet.h) and of a request that waits for it; else it is
 * counted, and nothing changes. A server has one source port for each service, so 256 requests may
 * wait for it; more than that wait here, up to RADIUS_WAITING_MAX.
 */

#include "shard/config/config.h"
#include "shard/radius/packet.h"
#include "x4/misc/list.h"
#include "x4/misc/wheel.h"

#define RADIUS_AWAY_MS     30000
#define RADIUS_WAITING_MAX 10000
#define RADIUS_WAITING_MS  10000 /* then one that waits here ends unanswered */
#define RADIUS_IDENTIFIERS 256

enum radius_service {
    RADIUS_AUTHENTICATION,
    RADIUS_ACCOUNTING,
    RADIUS_SERVICES,
};

struct radius_client;
struct radius_request;

/* `answer` is NULL: none came. It is valid during the call, in which the request may be freed. */
typedef void (*radius_done_fn)(void *context, struct radius_request *request,
                               const struct radius_packet *answer);

/* The memory is the user's until it is done; attributes and password too. */
struct radius_request {
    enum radius_service service;
    x4s_chunk attributes;
    x4s_chunk password; /* RADIUS_AUTHENTICATION */

    /* The client's. */
    struct radius_client *client;
    x4s_list waiting;
    x4s_timer timer;
    x4_msec interval_ms;
    uint64_t asked; /* a bit for each server */
    size_t server;
    uint32_t tries;
    uint8_t identifier;
    bool sent;
    size_t len;
    uint8_t *packet;
};

struct radius_counters {
    uint64_t requests; /* that were sent for the first time to a server */
    uint64_t resends;
    uint64_t answers;
    uint64_t unproven;   /* answers that nobody who has the secret gave */
    uint64_t unexpected; /* answers to nothing that was asked, and what is no packet */
    uint64_t unanswered; /* requests that all servers left so */
    uint64_t refused;    /* requests that found no room */
};

struct radius_client_options {
    const struct hub_radius *config; /* outlives the client */
    x4s_crypto *crypto;              /* likewise */
    void (*send)(void *context, size_t server, enum radius_service service, const void *data,
                 size_t len);
    radius_done_fn done;
    void *context;
};

/* NULL: no memory. */
struct radius_client *radius_client_new(const struct radius_client_options *options, x4_msec now);

/* What still waits is forgotten: `dropped` gets each. NULL is ignored. */
void radius_client_free(struct radius_client *client,
                        void (*dropped)(void *context, struct radius_request *request));

/* False: no room or no memory; nothing is called back. */
bool radius_client_ask(struct radius_client *client, struct radius_request *request, x4_msec now);

void radius_client_receive(struct radius_client *client, size_t server, enum radius_service service,
                           const void *data, size_t len, x4_msec now);

/* Does what is due: how long the next call may take, or x4c_never. */
x4_msec radius_client_serve(struct radius_client *client, x4_msec now);

bool radius_client_is_idle(const struct radius_client *client);

const struct radius_counters *radius_client_counters(const struct radius_client *client);

#endif
