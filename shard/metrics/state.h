/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_STATE_H
#define SHARD_METRICS_STATE_H

/*
 * What serves metrics consists of. Only its own modules include this; metrics.h is for others.
 */

#include <microhttpd.h>

#include "shard/metrics/asset.h"
#include "shard/metrics/collect.h"
#include "shard/metrics/history.h"
#include "shard/metrics/metrics.h"
#include "shard/metrics/text.h"
#include "shard/metrics/walk.h"

struct metrics {
    struct hub *hub;
    struct metrics_build build;
    struct metrics_collector collector;
    struct ring_addr addr;
    bool loopback;
    struct MHD_Daemon *server;
    struct hub_watch watch; /* of what the server waits for */
    struct hub_timer again; /* the server has more to do */
    x4s_list clients;
    x4s_list walks;                 /* under way */
    struct metrics_history history; /* where the page is served */
    struct hub_metrics options;
};

/* What is served under a path: an asset, what is rendered of a view, or what a walk tells. */
struct metrics_route {
    const char *path;
    const char *type;
    const struct metrics_asset *asset;
    void (*render)(struct metrics *metrics, const struct metrics_view *view,
                   struct metrics_text *text);
    void (*wish)(const struct metrics *metrics, struct metrics_wish *wish);
};

/* NULL: there is no such path. */
const struct metrics_route *metrics_route_of(const struct metrics *metrics, const char *path);

/* The server over a listening socket, which is its own then. False: *error says why. */
bool metrics_server_open(struct metrics *metrics, int fd, struct ring_error *error);
void metrics_server_close(struct metrics *metrics);

#endif
