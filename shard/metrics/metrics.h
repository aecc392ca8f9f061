/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_METRICS_H
#define SHARD_METRICS_METRICS_H

/*
 * What the daemon tells over HTTP, to whoever may connect: metrics for Prometheus, and a status
 * page for people, with its numbers as JSON. It only tells, and belongs to the control thread: no
 * request keeps a shard from anything but copying its counters. What clients may cost is bounded:
 * METRICS_CLIENTS_MAX connections, one request on each, METRICS_CLIENT_MS from its beginning to its
 * end.
 */

#include "shard/hub.h"
#include "shard/metrics/socket.h"

#define METRICS_CLIENTS_MAX      32
#define METRICS_CLIENTS_A_HOST   8 /* where others than this machine may connect */
#define METRICS_CLIENT_MS        10000
#define METRICS_REQUEST_MAX_SIZE 16384 /* of what comes; and buffers for what goes */

struct metrics;

/*
 * Over a socket that listens (shard/metrics/socket.h), which is its own then, also if it fails.
 * NULL: *error says why. `kernel` is the back end's name.
 */
struct metrics *metrics_open(struct hub *hub, struct metrics_socket *socket,
                             const struct hub_metrics *options, const char *kernel,
                             struct ring_error *error);

/* Where it listens, with the port that it got. */
const struct ring_addr *metrics_addr(const struct metrics *metrics);

/* The shards have ended. NULL is ignored. */
void metrics_close(struct metrics *metrics);

#endif
