/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP by libmicrohttpd, without a thread of its own: it has an epoll descriptor that the control
 * thread watches. A request that needs a view of the shards is suspended until it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/metrics/host.h"
#include "shard/metrics/state.h"

struct client {
    struct metrics *metrics;
    struct MHD_Connection *connection;
    int fd;
    x4s_list of_metrics;
    struct hub_timer deadline;
    struct metrics_asker asker;
    struct metrics_walk *walk;         /* that is waited for */
    const struct metrics_route *route; /* that was asked for; NULL: none yet */
    struct MHD_Response *response;     /* NULL: none yet */
    bool suspended;
};

/* -------------------------------------------------------------------------- going on */

/* Whatever the server can do now; it says when it can do more. */
static void run(struct metrics *metrics)
{
    MHD_UNSIGNED_LONG_LONG wait;
    (void)MHD_run(metrics->server);
    if (MHD_get_timeout(metrics->server, &wait) == MHD_YES)
        hub_timer_set(metrics->hub, &metrics->again, (x4_msec)wait);
}

static void on_ready(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    (void)hub;
    (void)events;
    run(x4m_container(watch, struct metrics, watch));
}

static void on_again(struct hub *hub, struct hub_timer *timer)
{
    (void)hub;
    run(x4m_container(timer, struct metrics, again));
}

static void resume(struct client *client)
{
    if (!client->suspended)
        return;
    client->suspended = false;
    MHD_resume_connection(client->connection);
}

/* -------------------------------------------------------------------------- clients */

/* Shut down, not closed: the server still has it, and closes it when it sees that. */
static void on_deadline(struct hub *hub, struct hub_timer *timer)
{
    struct client *client = x4m_container(timer, struct client, deadline);
    (void)hub;
    shutdown(client->fd, SHUT_RDWR);
    resume(client);
    run(client->metrics);
}

static void on_view(struct metrics_asker *asker, const struct metrics_view *view);

static struct client *client_new(struct metrics *metrics, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = calloc(1, sizeof(*client));
    if (!client)
        return NULL;
    client->metrics = metrics;
    client->connection = connection;
    client->fd = info->connect_fd;
    client->deadline.fire = on_deadline;
    client->asker.ready = on_view;
    x4_list_append(&metrics->clients, &client->of_metrics);
    hub_timer_set(metrics->hub, &client->deadline, METRICS_CLIENT_MS);
    return client;
}

static void client_free(struct client *client)
{
    metrics_collect_forget(&client->asker);
    if (client->walk)
        metrics_walk_forget(client->walk);
    hub_timer_cancel(client->metrics->hub, &client->deadline);
    x4_list_remove(&client->of_metrics);
    if (client->response)
        MHD_destroy_response(client->response);
    free(client);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *own = client_new(context, connection);
    } else if (*own) {
        client_free(*own);
        *own = NULL;
    }
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* -------------------------------------------------------------------------- responses */

/*
 * One request on each connection, so that its time can be bounded. The page is ours alone: nothing
 * of it comes from elsewhere, and nobody frames it.
 */
static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {MHD_HTTP_HEADER_CONNECTION, "close"},
    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static struct MHD_Response *dress(struct MHD_Response *response, const char *type)
{
    for (size_t i = 0; response && i < x4m_countof(headers); i++)
        (void)MHD_add_response_header(response, headers[i].name, headers[i].value);
    if (response)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

static enum MHD_Result refuse(struct client *client, unsigned status, const char *why)
{
    struct MHD_Response *response =
        dress(MHD_create_response_from_buffer(strlen(why), (void *)(uintptr_t)why,
                                              MHD_RESPMEM_PERSISTENT),
              "text/plain; charset=utf-8");
    client->metrics->collector.refused++;
    if (!response)
        return MHD_NO;
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const enum MHD_Result queued = MHD_queue_response(client->connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* What was rendered is the response's; where there was no memory there is none. */
static void go_on(struct client *client, struct metrics_text *text)
{
    if (text->failed)
        free(text->data);
    else
        client->response =
            dress(MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_FREE),
                  client->route->type);
    resume(client);
    hub_timer_set(client->metrics->hub, &client->metrics->again, 0);
}

static void on_view(struct metrics_asker *asker, const struct metrics_view *view)
{
    struct client *client = x4m_container(asker, struct client, asker);
    struct metrics_text text = {0};
    client->route->render(client->metrics, view, &text);
    go_on(client, &text);
}

static void on_walked(void *context, struct metrics_text *text)
{
    struct client *client = context;
    client->walk = NULL;
    go_on(client, text);
}

/* -------------------------------------------------------------------------- requests */

static enum MHD_Result answer(struct client *client)
{
    client->metrics->collector.scrapes++;
    return MHD_queue_response(client->connection, MHD_HTTP_OK, client->response);
}

/*
 * A page of somebody else's that a browser of this machine shows can have its own name mean our
 * address: so where only this machine connects, it has to have meant it.
 */
static bool is_meant(const struct client *client)
{
    const char *host =
        MHD_lookup_connection_value(client->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    return !client->metrics->loopback || !host || metrics_host_is_local(host);
}

static const char no_memory[] = "out of memory\n";

static enum MHD_Result answer_asset(struct client *client)
{
    const struct metrics_asset *asset = client->route->asset;
    client->response =
        dress(MHD_create_response_from_buffer(asset->len, (void *)(uintptr_t)asset->data,
                                              MHD_RESPMEM_PERSISTENT),
              client->route->type);
    return client->response ? answer(client) : MHD_NO;
}

static bool wait_for_walk(struct client *client)
{
    struct metrics *metrics = client->metrics;
    const char *connection =
        MHD_lookup_connection_value(client->connection, MHD_GET_ARGUMENT_KIND, "connection");
    struct metrics_wish wish = {
        .connection = connection ? connection : "", .ready = on_walked, .context = client};
    client->route->wish(metrics, &wish);
    client->walk = metrics_walk_begin(metrics->hub, &metrics->walks, &wish);
    return client->walk != NULL;
}

/* False: no memory. */
static bool wait_for(struct client *client)
{
    if (client->route->render)
        metrics_collect(&client->metrics->collector, &client->asker);
    else if (!wait_for_walk(client))
        return false;
    client->suspended = true;
    MHD_suspend_connection(client->connection);
    return true;
}

static enum MHD_Result begin(struct client *client, const char *url, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return refuse(client, MHD_HTTP_METHOD_NOT_ALLOWED, "expected GET or HEAD\n");
    if (!is_meant(client))
        return refuse(client, MHD_HTTP_MISDIRECTED_REQUEST, "expected the name localhost\n");
    client->route = metrics_route_of(client->metrics, url);
    if (!client->route)
        return refuse(client, MHD_HTTP_NOT_FOUND, "there is no such page\n");
    if (client->route->asset)
        return answer_asset(client);
    return wait_for(client) ? MHD_YES : refuse(client, MHD_HTTP_SERVICE_UNAVAILABLE, no_memory);
}

/* Called for the head of a request, for its end, and when it goes on. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **own)
{
    struct client *client = client_of(connection);
    (void)context;
    (void)version;
    (void)data;
    (void)size;
    (void)own;
    if (!client)
        return MHD_NO;
    if (client->response)
        return answer(client);
    if (client->route)
        return refuse(client, MHD_HTTP_SERVICE_UNAVAILABLE, no_memory);
    return begin(client, url, method);
}

/* -------------------------------------------------------------------------- open and close */

bool metrics_server_open(struct metrics *metrics, int fd, struct ring_error *error)
{
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    const unsigned a_host = metrics->loopback ? METRICS_CLIENTS_MAX : METRICS_CLIENTS_A_HOST;
    x4_list_init(&metrics->clients);
    metrics->again.fire = on_again;
    metrics->server =
        MHD_start_daemon(flags, 0, NULL, NULL, on_request, metrics, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)METRICS_CLIENTS_MAX,
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT, a_host,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)METRICS_REQUEST_MAX_SIZE,
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, metrics, MHD_OPTION_END);
    if (!metrics->server) {
        close(fd);
        return ring_error_set(error, "metrics", ENOMEM);
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(metrics->server, MHD_DAEMON_INFO_EPOLL_FD);
    metrics->watch = (struct hub_watch){info->epoll_fd, on_ready};
    return hub_watch_add(metrics->hub, &metrics->watch, EPOLLIN) ||
           ring_error_set(error, "metrics", errno);
}

/* Who waits for a view would keep the server from ending. */
void metrics_server_close(struct metrics *metrics)
{
    if (!metrics->server)
        return;
    x4m_list_each(link, &metrics->clients) resume(x4m_container(link, struct client, of_metrics));
    hub_watch_remove(metrics->hub, &metrics->watch);
    MHD_stop_daemon(metrics->server);
    hub_timer_cancel(metrics->hub, &metrics->again);
}
