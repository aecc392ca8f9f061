/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/radius/desk.h"

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
#include "shard/radius/dae.h"
#include "shard/radius/question.h"

#define ROUND 64 /* datagrams of a socket that are taken at once */

struct desk_socket {
    struct hub_watch watch;
    struct hub_radius_office *office;
    size_t server;
    enum radius_service service;
};

/* The servers of one configuration, which is held while it exists. */
struct hub_radius_office {
    struct hub_radius_desk *desk;
    const struct hub_config *config;
    struct radius_client *client;
    x4s_list of_desk;
    size_t count;
    struct desk_socket sockets[]; /* RADIUS_SERVICES of each server */
};

struct hub_radius_desk {
    struct hub *hub;
    x4s_crypto *crypto;
    struct hub_radius_office *now; /* NULL: there are no servers */
    x4s_list offices;
    struct hub_timer timer;
    struct radius_counters left; /* of those that are gone */
    struct radius_counters sum;
};

/* ------------------------------------------------------------------ counters */

static void add(struct radius_counters *to, const struct radius_counters *from)
{
    to->requests += from->requests;
    to->resends += from->resends;
    to->answers += from->answers;
    to->unproven += from->unproven;
    to->unexpected += from->unexpected;
    to->unanswered += from->unanswered;
    to->refused += from->refused;
}

const struct radius_counters *hub_radius_counters(const struct hub *hub)
{
    struct hub_radius_desk *desk = hub->radius;
    if (!desk)
        return NULL;
    desk->sum = desk->left;
    x4m_list_each(link, &desk->offices)
    {
        const struct hub_radius_office *office =
            x4m_container(link, struct hub_radius_office, of_desk);
        add(&desk->sum, radius_client_counters(office->client));
    }
    return &desk->sum;
}

/* ------------------------------------------------------------------ questions */

static void give_back(struct hub *hub, struct radius_question *question,
                      const struct radius_packet *answer)
{
    if (!question->answered) {
        radius_question_free(question);
        return;
    }
    radius_verdict_read(&question->verdict, answer);
    question->letter.deliver = question->answered;
    shard_post_send(&hub->post, question->letter.from, &question->letter);
}

static void on_done(void *context, struct radius_request *request,
                    const struct radius_packet *answer)
{
    const struct hub_radius_office *office = context;
    give_back(office->desk->hub, x4m_container(request, struct radius_question, request), answer);
}

static void on_dropped(void *context, struct radius_request *request)
{
    (void)context;
    radius_question_free(x4m_container(request, struct radius_question, request));
}

static void serve(struct hub_radius_desk *desk);

void hub_radius_deliver(void *member, struct shard_letter *letter)
{
    struct hub *hub = member;
    struct radius_question *question = x4m_container(letter, struct radius_question, letter);
    struct hub_radius_office *office = hub->radius ? hub->radius->now : NULL;
    if (!office || !radius_client_ask(office->client, &question->request, hub->now)) {
        give_back(hub, question, NULL);
        return;
    }
    serve(hub->radius);
}

/* ------------------------------------------------------------------ sockets */

static void on_send(void *context, size_t server, enum radius_service service, const void *data,
                    size_t len)
{
    const struct hub_radius_office *office = context;
    const struct desk_socket *to = &office->sockets[server * RADIUS_SERVICES + service];
    /* What the kernel refuses is lost like any other datagram, and sent again. */
    (void)send(to->watch.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_ready(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    const struct desk_socket *from = x4m_container(watch, struct desk_socket, watch);
    uint8_t data[RADIUS_PACKET_MAX];
    (void)events;
    for (int i = 0; i < ROUND; i++) {
        const ssize_t len = recv(watch->fd, data, sizeof(data), MSG_DONTWAIT);
        if (len < 0 && errno == ECONNREFUSED)
            continue; /* nobody is there: the answer does not come */
        if (len < 0)
            break;
        radius_client_receive(from->office->client, from->server, from->service, data, (size_t)len,
                              hub->now);
    }
    serve(hub->radius);
}

static bool open_socket(struct hub *hub, struct desk_socket *to, const x4s_net_addr *server,
                        uint16_t port)
{
    struct ring_addr addr = shard_addr_to_ring(server);
    addr.port = port;
    to->watch.ready = on_ready;
    to->watch.fd = hub_open_connected(&addr);
    return to->watch.fd >= 0 && hub_watch_add(hub, &to->watch, EPOLLIN);
}

/* ------------------------------------------------------------------ offices */

static void close_office(struct hub_radius_desk *desk, struct hub_radius_office *office)
{
    for (size_t i = 0; i < office->count * RADIUS_SERVICES; i++) {
        if (office->sockets[i].watch.fd < 0)
            continue;
        hub_watch_remove(desk->hub, &office->sockets[i].watch);
        close(office->sockets[i].watch.fd);
    }
    if (office->client)
        add(&desk->left, radius_client_counters(office->client));
    radius_client_free(office->client, on_dropped);
    x4_list_remove(&office->of_desk);
    hub_config_let_go(desk->hub, office->config);
    free(office);
}

static bool open_sockets(struct hub_radius_office *office, const struct hub_radius *config)
{
    bool good = true;
    for (size_t i = 0; i < office->count * RADIUS_SERVICES; i++)
        office->sockets[i].watch.fd = -1;
    for (size_t i = 0; good && i < office->count * RADIUS_SERVICES; i++) {
        const struct hub_radius_server *server = &config->servers[i / RADIUS_SERVICES];
        const enum radius_service service = (enum radius_service)(i % RADIUS_SERVICES);
        office->sockets[i].office = office;
        office->sockets[i].server = i / RADIUS_SERVICES;
        office->sockets[i].service = service;
        good = open_socket(office->desk->hub, &office->sockets[i], &server->address,
                           service == RADIUS_ACCOUNTING ? server->acct_port : server->auth_port);
    }
    return good;
}

static struct hub_radius_office *open_office(struct hub_radius_desk *desk,
                                             const struct hub_config *config)
{
    const struct hub_radius *radius = &config->daemon.radius;
    const size_t sockets = radius->server_count * RADIUS_SERVICES;
    struct hub_radius_office *office =
        calloc(1, sizeof(*office) + sockets * sizeof(office->sockets[0]));
    if (!office)
        return NULL;
    office->desk = desk;
    office->config = config;
    office->count = radius->server_count;
    hub_config_hold(desk->hub, config);
    x4_list_append(&desk->offices, &office->of_desk);
    office->client = radius_client_new(
        &(const struct radius_client_options){
            .config = radius,
            .crypto = desk->crypto,
            .send = on_send,
            .done = on_done,
            .context = office,
        },
        desk->hub->now);
    if (open_sockets(office, radius) && office->client)
        return office;
    close_office(desk, office);
    return NULL;
}

/* ------------------------------------------------------------------ time */

static void serve(struct hub_radius_desk *desk)
{
    x4_msec wait = x4c_never;
    x4m_list_each(link, &desk->offices)
    {
        struct hub_radius_office *office = x4m_container(link, struct hub_radius_office, of_desk);
        const x4_msec next = radius_client_serve(office->client, desk->hub->now);
        wait = x4m_min(wait, next);
        if (office != desk->now && radius_client_is_idle(office->client))
            close_office(desk, office);
    }
    hub_timer_cancel(desk->hub, &desk->timer);
    if (wait != x4c_never)
        hub_timer_set(desk->hub, &desk->timer, wait);
}

static void on_timer(struct hub *hub, struct hub_timer *timer)
{
    (void)timer;
    serve(hub->radius);
}

/* ------------------------------------------------------------------ for the hub */

static struct hub_radius_desk *desk_new(struct hub *hub)
{
    const char *why;
    struct hub_radius_desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return NULL;
    desk->hub = hub;
    desk->timer.fire = on_timer;
    x4_list_init(&desk->offices);
    desk->crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    if (desk->crypto)
        return desk;
    free(desk);
    return NULL;
}

static void tell_failed(struct hub *hub, const char *what)
{
    if (!hub_log_begin(&hub->log, x4c_trace_error, "radius-failed"))
        return;
    hub_log_text(&hub->log, "what", what);
    hub_log_text(&hub->log, "error", strerror(errno));
    hub_log_end(&hub->log);
}

void hub_radius_change(struct hub *hub)
{
    const struct hub_config *config = hub_config_now(hub);
    const struct hub_radius *radius = &config->daemon.radius;
    if (!hub->radius && !radius->server_count)
        return;
    if (!hub->radius)
        hub->radius = desk_new(hub);
    if (!hub->radius) {
        tell_failed(hub, "memory");
        return;
    }
    hub->radius->now = radius->server_count ? open_office(hub->radius, config) : NULL;
    if (radius->server_count && !hub->radius->now)
        tell_failed(hub, "sockets");
    if (!hub_dae_change(hub, hub->radius->crypto))
        tell_failed(hub, "dae");
    serve(hub->radius);
}

void hub_radius_close(struct hub *hub)
{
    struct hub_radius_desk *desk = hub->radius;
    if (!desk)
        return;
    hub_dae_close(hub);
    x4m_list_each(link, &desk->offices)
        close_office(desk, x4m_container(link, struct hub_radius_office, of_desk));
    hub_timer_cancel(hub, &desk->timer);
    x4_crypto_free(desk->crypto);
    free(desk);
    hub->radius = NULL;
}
