/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ioring/ring.h"
#include "shard/keep/persist.h"
#include "shard/metrics/families.h"
#include "shard/metrics/json.h"
#include "shard/metrics/roster.h"
#include "shard/metrics/sas.h"
#include "shard/metrics/socket.h"
#include "shard/metrics/state.h"

/* -------------------------------------------------------------------------- what is served */

static void render_metrics(struct metrics *metrics, const struct metrics_view *view,
                           struct metrics_text *text)
{
    (void)metrics;
    metrics_families_put(text, view);
}

static void render_status(struct metrics *metrics, const struct metrics_view *view,
                          struct metrics_text *text)
{
    (void)metrics;
    metrics_json_put(text, metrics_json_status(view));
}

static void render_history(struct metrics *metrics, const struct metrics_view *view,
                           struct metrics_text *text)
{
    (void)view;
    metrics_json_put(text, metrics_json_history(&metrics->history));
}

static void wish_roster(const struct metrics *metrics, struct metrics_wish *wish)
{
    (void)metrics;
    wish->teller = &metrics_roster_teller;
    wish->sas_max = METRICS_ROSTER_MAX;
    wish->pieces_max = METRICS_ROSTER_PIECES;
}

static void wish_sas(const struct metrics *metrics, struct metrics_wish *wish)
{
    wish->teller = &metrics_sas_teller;
    wish->sas_max = metrics->options.sas;
    wish->pieces_max = METRICS_SAS_PIECES(metrics->options.sas);
}

#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

#define HTML "text/html; charset=utf-8"
#define CSS  "text/css; charset=utf-8"
#define JS   "text/javascript; charset=utf-8"
#define JSON "application/json"

static const struct metrics_route always[] = {
    {"/metrics", PROMETHEUS, .render = render_metrics},
};

static const struct metrics_route of_sas[] = {
    {"/metrics/sas", PROMETHEUS, .wish = wish_sas},
};

static const struct metrics_route of_page[] = {
    {"/", HTML, .asset = &metrics_asset_status_html},
    {"/status.css", CSS, .asset = &metrics_asset_status_css},
    {"/status.js", JS, .asset = &metrics_asset_status_js},
    {"/chart.js", JS, .asset = &metrics_asset_chart_js},
    {"/icon.svg", "image/svg+xml", .asset = &metrics_asset_icon_svg},
    {"/status.json", JSON, .render = render_status},
    {"/history.json", JSON, .render = render_history},
    {"/sas.json", JSON, .wish = wish_roster},
};

static const struct metrics_route *route_in(const struct metrics_route *routes, size_t count,
                                            const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

#define ROUTES(list, wanted) list, (wanted) ? x4m_countof(list) : 0

const struct metrics_route *metrics_route_of(const struct metrics *metrics, const char *path)
{
    const struct metrics_route *route = route_in(ROUTES(always, true), path);
    if (!route)
        route = route_in(ROUTES(of_sas, metrics->options.sas), path);
    return route ? route : route_in(ROUTES(of_page, metrics->options.page), path);
}

/* -------------------------------------------------------------------------- open and close */

/* The socket's end is the server's from here on. */
static bool open_server(struct metrics *metrics, struct metrics_socket *socket,
                        struct ring_error *error)
{
    const int fd = socket->fd;
    socket->fd = -1;
    return metrics_server_open(metrics, fd, error);
}

struct metrics *metrics_open(struct hub *hub, struct metrics_socket *socket,
                             const struct hub_metrics *options, const char *kernel,
                             struct ring_error *error)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    snprintf(error->text, sizeof(error->text), "out of memory");
    if (!metrics) {
        metrics_socket_close(socket);
        return NULL;
    }
    const bool epoll = strcmp(ring_backend_name(hub_ring(hub)), "epoll") == 0;
    metrics->hub = hub;
    metrics->options = *options;
    x4_list_init(&metrics->walks);
    metrics->addr = socket->addr;
    metrics->loopback = metrics_socket_is_loopback(&socket->addr);
    metrics->build = (struct metrics_build){
        .version = IKEHUB_VERSION,
        .modp = hub_modp_method(hub),
        .backend = epoll ? "epoll" : "uring",
        .kernel = kernel,
        .started_ms = shard_wall_clock(),
    };
    if (metrics_json_begin() && metrics_collector_init(&metrics->collector, hub, &metrics->build) &&
        open_server(metrics, socket, error)) {
        if (options->page)
            metrics_history_begin(&metrics->history, &metrics->collector);
        return metrics;
    }
    metrics_socket_close(socket);
    metrics_close(metrics);
    return NULL;
}

const struct ring_addr *metrics_addr(const struct metrics *metrics)
{
    return &metrics->addr;
}

void metrics_close(struct metrics *metrics)
{
    if (!metrics)
        return;
    metrics_server_close(metrics);
    x4m_list_each(link, &metrics->walks)
        metrics_walk_free(x4m_container(link, struct metrics_walk, of_metrics));
    metrics_history_end(&metrics->history);
    metrics_collector_fini(&metrics->collector);
    free(metrics);
}
