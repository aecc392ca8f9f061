/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/dae.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ioring/addr.h"
#include "shard/endpoint.h"
#include "shard/hub_state.h"
#include "shard/privilege/open.h"
#include "shard/radius/packet.h"
#include "shard/radius/session.h"

#define ROUND      16 /* requests that are taken at once */
#define REMEMBERED 64 /* requests, under way or answered */

/* Error-Cause (RFC 5176 3.5) */
enum {
    ERROR_UNSUPPORTED_ATTRIBUTE = 401,
    ERROR_MISSING_ATTRIBUTE = 402,
    ERROR_NAS_MISMATCH = 403,
    ERROR_INVALID_REQUEST = 404,
    ERROR_NO_SESSION = 503,
    ERROR_RESOURCES = 506,
};

struct entry {
    bool used;
    bool answered;
    uint32_t missing; /* shards that have not answered */
    uint32_t done;
    struct ring_addr from;
    size_t request_len;
    size_t answer_len;
    uint8_t request[RADIUS_PACKET_MAX];
    uint8_t answer[RADIUS_PACKET_MAX];
};

struct hub_dae {
    struct hub *hub;
    struct hub_watch watch;
    x4s_crypto *crypto;
    x4s_net_addr listen;
    uint16_t port;
    size_t next; /* entry to be used */
    struct entry entries[REMEMBERED];
};

struct dae_question {
    struct hub_question question;
    struct shard_session_order order;
    size_t entry;
};

static const struct hub_radius *config_of(const struct hub *hub)
{
    return &hub_config_now(hub)->daemon.radius;
}

/* ------------------------------------------------------------------ answers */

static void send_answer(const struct hub_dae *dae, const struct entry *entry)
{
    union ring_sockaddr addr;
    const socklen_t len = ring_addr_to_sockaddr(&entry->from, &addr);
    (void)sendto(dae->watch.fd, entry->answer, entry->answer_len, MSG_DONTWAIT | MSG_NOSIGNAL,
                 &addr.any, len);
}

/* `cause` 0: it was done. */
static void answer(struct hub_dae *dae, struct entry *entry, uint32_t cause)
{
    struct radius_packet request;
    struct radius_writer attributes;
    struct radius_writer packet;

    entry->answered = true;
    if (!radius_read(entry->request, entry->request_len, &request))
        return;
    const bool end = request.code == RADIUS_DISCONNECT_REQUEST;
    const enum radius_code done = end ? RADIUS_DISCONNECT_ACK : RADIUS_COA_ACK;
    const enum radius_code refused = end ? RADIUS_DISCONNECT_NAK : RADIUS_COA_NAK;
    radius_write(&attributes);
    if (cause)
        radius_put_number(&attributes, RADIUS_ERROR_CAUSE, cause);
    if (!radius_write_answer(&packet, dae->crypto, cause ? refused : done, &request,
                             (x4s_chunk){attributes.data, attributes.len},
                             config_of(dae->hub)->dae_secret))
        return;
    memcpy(entry->answer, packet.data, packet.len);
    entry->answer_len = packet.len;
    send_answer(dae, entry);
    if (!hub_log_begin(&dae->hub->log, x4c_trace_notice, end ? "radius-disconnect" : "radius-coa"))
        return;
    hub_log_number(&dae->hub->log, "sessions", entry->done);
    hub_log_number(&dae->hub->log, "error-cause", cause);
    hub_log_end(&dae->hub->log);
}

/* ------------------------------------------------------------------ shards */

static void ask(struct shard *shard, struct hub_question *question)
{
    shard_session_obey(shard, &x4m_container(question, struct dae_question, question)->order);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    const struct dae_question *mine = x4m_container(question, struct dae_question, question);
    struct hub_dae *dae = hub->dae;
    struct entry *entry = dae ? &dae->entries[mine->entry] : NULL;
    if (!entry || !entry->used || !entry->missing)
        return;
    entry->done += mine->order.done;
    if (--entry->missing == 0)
        answer(dae, entry, entry->done ? 0 : ERROR_NO_SESSION);
}

static void ask_shards(struct hub_dae *dae, struct entry *entry,
                       const struct shard_session_order *order)
{
    struct hub *hub = dae->hub;
    for (uint32_t i = 0; i < hub->count; i++) {
        struct dae_question *question = calloc(1, sizeof(*question));
        if (!question)
            continue;
        question->question.ask = ask;
        question->question.answered = answered;
        question->order = *order;
        question->entry = (size_t)(entry - dae->entries);
        entry->missing++;
        hub_ask(hub, i, &question->question);
    }
    if (!entry->missing)
        answer(dae, entry, ERROR_RESOURCES);
}

/* ------------------------------------------------------------------ requests */

/* What a request may have; a CoA-Request with anything else asks for what is not done. */
static bool is_known(uint8_t type, bool end)
{
    static const uint8_t names[] = {
        RADIUS_USER_NAME,
        RADIUS_NAS_IP_ADDRESS,
        RADIUS_NAS_PORT,
        RADIUS_FRAMED_IP_ADDRESS,
        RADIUS_CLASS,
        RADIUS_CALLED_STATION_ID,
        RADIUS_CALLING_STATION_ID,
        RADIUS_NAS_IDENTIFIER,
        RADIUS_PROXY_STATE,
        RADIUS_ACCT_SESSION_ID,
        RADIUS_EVENT_TIMESTAMP,
        RADIUS_NAS_PORT_TYPE,
        RADIUS_NAS_IPV6_ADDRESS,
        RADIUS_MESSAGE_AUTHENTICATOR,
        RADIUS_ACCT_TERMINATE_CAUSE,
        RADIUS_REPLY_MESSAGE,
    };
    if (memchr(names, type, sizeof(names)))
        return true;
    return !end && (type == RADIUS_SESSION_TIMEOUT || type == RADIUS_ACCT_INTERIM_INTERVAL);
}

static bool all_known(const struct radius_packet *request, bool end)
{
    for (size_t at = RADIUS_HEADER; at < request->len; at += request->data[at + 1])
        if (!is_known(request->data[at], end))
            return false;
    return true;
}

/* An error cause, or 0. */
static uint32_t read_order(const struct hub_radius *config, const struct radius_packet *request,
                           struct shard_session_order *order)
{
    x4s_chunk value;
    *order = (struct shard_session_order){.end = request->code == RADIUS_DISCONNECT_REQUEST};
    if (!all_known(request, order->end))
        return ERROR_UNSUPPORTED_ATTRIBUTE;
    if (radius_find(request, RADIUS_NAS_IDENTIFIER, 0, &value) &&
        !hub_name_is(config->nas_identifier, value))
        return ERROR_NAS_MISMATCH;
    if (radius_find(request, RADIUS_USER_NAME, 0, &value)) {
        memcpy(order->user, value.data, value.len);
        order->user_len = value.len;
    }
    if (radius_find(request, RADIUS_ACCT_SESSION_ID, 0, &value)) {
        if (value.len >= sizeof(order->session))
            return ERROR_NO_SESSION;
        memcpy(order->session, value.data, value.len);
    }
    if (radius_find(request, RADIUS_FRAMED_IP_ADDRESS, 0, &value)) {
        if (value.len != 4)
            return ERROR_INVALID_REQUEST;
        order->framed.family = x4c_net_ipv4;
        memcpy(order->framed.ip, value.data, value.len);
    }
    order->has_timeout = radius_find_number(request, RADIUS_SESSION_TIMEOUT, &order->timeout_sec);
    order->has_interim =
        radius_find_number(request, RADIUS_ACCT_INTERIM_INTERVAL, &order->interim_sec);
    if (!order->user_len && !*order->session)
        return ERROR_MISSING_ATTRIBUTE;
    if (!order->end && !order->has_timeout && !order->has_interim)
        return ERROR_MISSING_ATTRIBUTE;
    return 0;
}

static struct entry *find_entry(struct hub_dae *dae, const struct ring_addr *from,
                                const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        struct entry *entry = &dae->entries[i];
        if (entry->used && entry->request_len == len && ring_addr_equal(&entry->from, from) &&
            memcmp(entry->request, data, len) == 0)
            return entry;
    }
    return NULL;
}

/* The oldest that is answered; NULL: all are under way. */
static struct entry *take_entry(struct hub_dae *dae)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        struct entry *entry = &dae->entries[(dae->next + i) % REMEMBERED];
        if (entry->used && !entry->answered)
            continue;
        dae->next = (size_t)(entry - dae->entries) + 1;
        return entry;
    }
    return NULL;
}

static bool is_server(const struct hub_radius *config, const struct ring_addr *from)
{
    const x4s_net_addr addr = shard_addr_from_ring(from);
    for (size_t i = 0; i < config->server_count; i++)
        if (x4_net_addr_same_ip(&config->servers[i].address, &addr))
            return true;
    return false;
}

static void take(struct hub_dae *dae, const struct ring_addr *from, const uint8_t *data, size_t len)
{
    const struct hub_radius *config = config_of(dae->hub);
    struct shard_session_order order;
    struct radius_packet request;

    if (!is_server(config, from) || !radius_read(data, len, &request) ||
        (request.code != RADIUS_DISCONNECT_REQUEST && request.code != RADIUS_COA_REQUEST) ||
        !radius_request_is_proven(dae->crypto, &request, config->dae_secret))
        return;
    struct entry *entry = find_entry(dae, from, data, request.len);
    if (entry) {
        if (entry->answered)
            send_answer(dae, entry);
        return;
    }
    entry = take_entry(dae);
    if (!entry)
        return;
    entry->used = true;
    entry->answered = false;
    entry->missing = entry->done = 0;
    entry->from = *from;
    entry->request_len = request.len;
    memcpy(entry->request, data, request.len);
    const uint32_t cause = read_order(config, &request, &order);
    if (cause)
        answer(dae, entry, cause);
    else
        ask_shards(dae, entry, &order);
}

static void on_ready(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    (void)events;
    for (int i = 0; i < ROUND; i++) {
        uint8_t data[RADIUS_PACKET_MAX];
        union ring_sockaddr addr;
        socklen_t addr_len = sizeof(addr);
        struct ring_addr from;
        const ssize_t len =
            recvfrom(watch->fd, data, sizeof(data), MSG_DONTWAIT, &addr.any, &addr_len);
        if (len < 0)
            return;
        if (ring_addr_from_sockaddr(&from, &addr.any, addr_len))
            take(hub->dae, &from, data, (size_t)len);
    }
}

/* ------------------------------------------------------------------ for the desk */

static bool open_socket(struct hub_dae *dae)
{
    struct ring_addr addr = shard_addr_to_ring(&dae->listen);
    addr.port = dae->port;
    dae->watch.ready = on_ready;
    dae->watch.fd = hub_open_bound(&addr);
    return dae->watch.fd >= 0 && hub_watch_add(dae->hub, &dae->watch, EPOLLIN);
}

bool hub_dae_change(struct hub *hub, x4s_crypto *crypto)
{
    const struct hub_radius *config = config_of(hub);
    const struct hub_dae *before = hub->dae;
    if (before && x4_net_addr_same_ip(&before->listen, &config->dae_listen) &&
        before->port == config->dae_port)
        return true;
    hub_dae_close(hub);
    if (!config->dae_listen.family)
        return true;
    struct hub_dae *dae = calloc(1, sizeof(*dae));
    if (!dae)
        return false;
    dae->hub = hub;
    dae->crypto = crypto;
    dae->listen = config->dae_listen;
    dae->port = config->dae_port;
    hub->dae = dae;
    if (open_socket(dae))
        return true;
    const int error = errno;
    hub_dae_close(hub);
    errno = error;
    return false;
}

void hub_dae_close(struct hub *hub)
{
    struct hub_dae *dae = hub->dae;
    if (!dae)
        return;
    if (dae->watch.fd >= 0) {
        hub_watch_remove(hub, &dae->watch);
        close(dae->watch.fd);
    }
    free(dae);
    hub->dae = NULL;
}
