/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ioring/ring.h"
#include "shard/keep/persist.h"
#include "shard/metrics/families.h"
#include "shard/metrics/socket.h"
#include "shard/metrics/state.h"

/* -------------------------------------------------------------------------- what is served */

static void render_metrics(struct metrics *metrics, const struct metrics_view *view,
                           struct metrics_text *text)
{
    (void)metrics;
    metrics_families_put(text, view);
}

static const struct metrics_route routes[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", render_metrics},
};

const struct metrics_route *metrics_route_of(const char *path)
{
    for (size_t i = 0; i < x4m_countof(routes); i++)
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

struct metrics *metrics_open(struct hub *hub, struct metrics_socket *socket, const char *kernel,
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
    metrics->addr = socket->addr;
    metrics->loopback = metrics_socket_is_loopback(&socket->addr);
    metrics->build = (struct metrics_build){
        .version = IKEHUB_VERSION,
        .modp = hub_modp_method(hub),
        .backend = epoll ? "epoll" : "uring",
        .kernel = kernel,
        .started_ms = shard_wall_clock(),
    };
    if (metrics_collector_init(&metrics->collector, hub, &metrics->build) &&
        open_server(metrics, socket, error))
        return metrics;
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
    metrics_collector_fini(&metrics->collector);
    free(metrics);
}
