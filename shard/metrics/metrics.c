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

#define HTML "text/html; charset=utf-8"
#define CSS  "text/css; charset=utf-8"
#define JS   "text/javascript; charset=utf-8"
#define JSON "application/json"

/* The first is there in any case, the others are the status page's. */
static const struct metrics_route routes[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", NULL, render_metrics},
    {"/", HTML, &metrics_asset_status_html, NULL},
    {"/status.css", CSS, &metrics_asset_status_css, NULL},
    {"/status.js", JS, &metrics_asset_status_js, NULL},
    {"/chart.js", JS, &metrics_asset_chart_js, NULL},
    {"/icon.svg", "image/svg+xml", &metrics_asset_icon_svg, NULL},
    {"/status.json", JSON, NULL, render_status},
    {"/history.json", JSON, NULL, render_history},
    {"/sas.json", JSON, NULL, NULL},
};

const struct metrics_route *metrics_route_of(const struct metrics *metrics, const char *path)
{
    const size_t count = metrics->page ? x4m_countof(routes) : 1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
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

struct metrics *metrics_open(struct hub *hub, struct metrics_socket *socket, bool page,
                             const char *kernel, struct ring_error *error)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    snprintf(error->text, sizeof(error->text), "out of memory");
    if (!metrics) {
        metrics_socket_close(socket);
        return NULL;
    }
    const bool epoll = strcmp(ring_backend_name(hub_ring(hub)), "epoll") == 0;
    metrics->hub = hub;
    metrics->page = page;
    x4_list_init(&metrics->rosters);
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
        if (page)
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
    x4m_list_each(link, &metrics->rosters)
        metrics_roster_free(x4m_container(link, struct metrics_roster, of_metrics));
    metrics_history_end(&metrics->history);
    metrics_collector_fini(&metrics->collector);
    free(metrics);
}
