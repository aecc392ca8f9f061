/* SPDX-License-Identifier: BSD-2-Clause */
/* One server has everything: the only one, or the primary that Sentinels name. */
#include <string.h>

#include "store/redis_request.h"
#include "store/redis_route.h"
#include "store/redis_sentinel.h"
#include "x4/core/memory.h"

struct redis_primary {
    struct redis_route route;
    struct redis_route_events events;
    struct redis_link_options link_options;
    struct redis_link link;
    struct redis_sentinel *sentinel; /* NULL: the address is configured */
};

static struct redis_primary *primary_of(struct redis_route *route)
{
    return x4m_container(route, struct redis_primary, route);
}

static void link_ready(void *user, struct redis_link *link)
{
    const struct redis_primary *primary = user;
    primary->events.changed(primary->events.user, link);
}

static void link_down(void *user, struct redis_link *link)
{
    const struct redis_primary *primary = user;

    (void)link;
    if (primary->sentinel)
        redis_sentinel_ask(primary->sentinel);
}

static void found(void *user, const struct redis_address *address)
{
    struct redis_primary *primary = user;
    redis_link_target(&primary->link, address);
}

static struct redis_primary *make(const struct redis_options *options, struct redis_poll *poll,
                                  const struct redis_route_events *events, uint64_t seed)
{
    struct redis_primary *primary = redis_alloc(sizeof(*primary));

    const struct redis_link_events on = {.user = primary, .ready = link_ready, .down = link_down};
    primary->events = *events;
    primary->link_options = (struct redis_link_options){
        .connect = options->connect,
        .user = options->user,
        .password = options->password,
        .database = options->database,
        .primary = options->mode == REDIS_SENTINEL,
        .connect_ms = options->connect_ms,
        .answer_ms = options->answer_ms,
        .idle_ms = options->idle_ms,
    };
    redis_link_init(&primary->link, poll, &primary->link_options, &on, seed);
    return primary;
}

static struct redis_route *open_standalone(const struct redis_options *options,
                                           struct redis_poll *poll,
                                           const struct redis_route_events *events, uint64_t seed)
{
    struct redis_primary *primary = make(options, poll, events, seed);

    redis_link_target(&primary->link, &options->addresses[0]);
    return &primary->route;
}

static void close_route(struct redis_route *route)
{
    struct redis_primary *primary = primary_of(route);

    redis_sentinel_close(primary->sentinel);
    primary->sentinel = NULL;
    redis_link_stop(&primary->link);
    x4_free(&x4_libc_allocator, primary, sizeof(*primary));
}

static struct redis_route *open_sentinel(const struct redis_options *options,
                                         struct redis_poll *poll,
                                         const struct redis_route_events *events, uint64_t seed)
{
    struct redis_primary *primary = make(options, poll, events, seed);

    primary->sentinel = redis_sentinel_open(options, poll, found, primary, seed);
    return &primary->route;
}

static struct redis_link *find(struct redis_route *route, uint16_t slot)
{
    (void)slot;
    return &primary_of(route)->link;
}

static struct redis_link *at(struct redis_route *route, const struct redis_address *address)
{
    (void)route;
    (void)address;
    return NULL;
}

/* Only nodes of a cluster say so: the next attempt will be as vain, and the call is given up. */
static void moved(struct redis_route *route, uint16_t slot, const struct redis_address *to)
{
    (void)route;
    (void)slot;
    (void)to;
}

static void doubt(struct redis_route *route, struct redis_link *link)
{
    struct redis_primary *primary = primary_of(route);

    (void)link;
    if (primary->sentinel)
        redis_sentinel_ask(primary->sentinel);
}

static const char *trouble(const struct redis_route *route)
{
    const struct redis_primary *primary = x4m_container_const(route, struct redis_primary, route);

    if (primary->link.state == REDIS_LINK_READY)
        return "";
    if (primary->sentinel && !primary->link.address.host[0])
        return redis_sentinel_trouble(primary->sentinel);
    return primary->link.error;
}

static x4_msec tick(struct redis_route *route)
{
    struct redis_primary *primary = primary_of(route);
    const x4_msec sentinel = primary->sentinel ? redis_sentinel_tick(primary->sentinel) : x4c_never;
    const x4_msec link = redis_link_tick(&primary->link);
    return x4m_min(sentinel, link);
}

const struct redis_route_ops redis_standalone_route = {
    .open = open_standalone,
    .find = find,
    .at = at,
    .moved = moved,
    .doubt = doubt,
    .trouble = trouble,
    .tick = tick,
    .close = close_route,
};

const struct redis_route_ops redis_sentinel_route = {
    .open = open_sentinel,
    .find = find,
    .at = at,
    .moved = moved,
    .doubt = doubt,
    .trouble = trouble,
    .tick = tick,
    .close = close_route,
};
