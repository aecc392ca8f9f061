/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_ROUTE_H
#define STORE_REDIS_ROUTE_H

/*
 * Which server a command goes to: the one that there is, the primary that Sentinels name, or the
 * node of a cluster that has the slot.
 */

#include "store/redis.h"
#include "store/redis_link.h"

struct redis_route;

/* From within redis_poll_turn() and the route's tick. */
struct redis_route_events {
    void *user;
    /* A link became ready, or a slot is somewhere else: what waits may go now. */
    void (*changed)(void *user, struct redis_link *link); /* NULL: no link, but the map */
};

struct redis_route_ops {
    /* Parameters outlive the route. */
    struct redis_route *(*open)(const struct redis_options *options, struct redis_poll *poll,
                                const struct redis_route_events *events, uint64_t seed);

    /* The link that is in charge of a slot, ready or not; NULL: not known yet. */
    struct redis_link *(*find)(struct redis_route *route, uint16_t slot);

    /* The link to that address, for one command; NULL: there is none. */
    struct redis_link *(*at)(struct redis_route *route, const struct redis_address *address);

    /* A server says that the slot is at that address. */
    void (*moved)(struct redis_route *route, uint16_t slot, const struct redis_address *to);

    /* A server does not do what it should be there for. */
    void (*doubt)(struct redis_route *route, struct redis_link *link);

    /* Why nothing gets through, or "". */
    const char *(*trouble)(const struct redis_route *route);

    /* Returns when it wants to be called again. */
    x4_msec (*tick)(struct redis_route *route);

    void (*close)(struct redis_route *route);
};

/* The first member of a route. */
struct redis_route {
    const struct redis_route_ops *ops; /* set by whoever opens it */
};

extern const struct redis_route_ops redis_standalone_route;
extern const struct redis_route_ops redis_sentinel_route;
extern const struct redis_route_ops redis_cluster_route;

#endif
