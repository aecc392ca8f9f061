/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Redis Cluster: one link to each node that is needed, and one over which the nodes are asked,
 * one after another, who has which slot.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "store/redis_request.h"
#include "store/redis_route.h"
#include "store/redis_slot_map.h"
#include "x4/core/memory.h"

enum {
    UNUSED_MS = 10000, /* after that, the link to a node without slots is ended */
};

struct redis_cluster {
    struct redis_route route;
    const struct redis_options *options;
    struct redis_poll *poll;
    struct redis_route_events events;
    struct redis_link_options link_options;
    struct redis_slot_map map;
    struct redis_slot_map fresh;               /* is read into */
    struct redis_link *links[REDIS_NODES_MAX]; /* NULL: none */
    x4_msec used_ms[REDIS_NODES_MAX];          /* when somebody asked for the link */
    uint64_t seed;
    struct redis_link asked; /* goes from node to node */
    struct redis_request question;
    struct redis_wait answer;
    size_t current; /* of those that can be asked */
    bool asking;
    bool wanted; /* as soon as possible */
    x4_msec ask_ms;
    char error[REDIS_LINK_ERROR];
};

static struct redis_cluster *cluster_of(struct redis_route *route)
{
    return x4m_container(route, struct redis_cluster, route);
}

/* ---------------------------------------------------------------------------- links to nodes */

static void node_ready(void *user, struct redis_link *link)
{
    const struct redis_cluster *cluster = user;
    cluster->events.changed(cluster->events.user, link);
}

static void node_down(void *user, struct redis_link *link)
{
    struct redis_cluster *cluster = user;

    snprintf(cluster->error, sizeof(cluster->error), "%s", link->error);
    cluster->wanted = true;
}

static struct redis_link *make_link(struct redis_cluster *cluster,
                                    const struct redis_address *address)
{
    const struct redis_link_events on = {.user = cluster, .ready = node_ready, .down = node_down};
    struct redis_link *link = redis_alloc(sizeof(*link));

    redis_link_init(link, cluster->poll, &cluster->link_options, &on, ++cluster->seed);
    redis_link_target(link, address);
    return link;
}

/* Index of the link to that address, or of an empty place, or REDIS_NODES_MAX. */
static size_t place_of(const struct redis_cluster *cluster, const struct redis_address *address)
{
    size_t empty = REDIS_NODES_MAX;

    for (size_t i = 0; i < REDIS_NODES_MAX; i++) {
        if (!cluster->links[i])
            empty = x4m_min(empty, i);
        else if (redis_address_is(&cluster->links[i]->address, address))
            return i;
    }
    return empty;
}

static struct redis_link *link_to(struct redis_cluster *cluster,
                                  const struct redis_address *address)
{
    const size_t place = place_of(cluster, address);

    if (place == REDIS_NODES_MAX)
        return NULL;
    if (!cluster->links[place])
        cluster->links[place] = make_link(cluster, address);
    cluster->used_ms[place] = cluster->poll->now;
    return cluster->links[place];
}

static void drop_link(struct redis_link **link)
{
    redis_link_stop(*link);
    x4_free(&x4_libc_allocator, *link, sizeof(**link));
    *link = NULL;
}

/* A node to which a slot is on its way has none yet. Not from within a link's events. */
static void drop_unused(struct redis_cluster *cluster)
{
    for (size_t i = 0; i < REDIS_NODES_MAX; i++) {
        const struct redis_link *link = cluster->links[i];
        if (link && !redis_slot_map_has(&cluster->map, &link->address) &&
            cluster->poll->now - cluster->used_ms[i] > UNUSED_MS)
            drop_link(&cluster->links[i]);
    }
}

static struct redis_link *find(struct redis_route *route, uint16_t slot)
{
    struct redis_cluster *cluster = cluster_of(route);
    const struct redis_address *node = redis_slot_map_find(&cluster->map, slot);

    if (!node)
        cluster->wanted = true;
    return node ? link_to(cluster, node) : NULL;
}

static struct redis_link *at(struct redis_route *route, const struct redis_address *address)
{
    return link_to(cluster_of(route), address);
}

/* ----------------------------------------------------------------------------- who has what */

/* The configured ones, then those of the map. */
static void ask_another(struct redis_cluster *cluster)
{
    const size_t configured = cluster->options->address_count;
    const size_t all = configured + cluster->map.count;

    cluster->current = (cluster->current + 1) % all;
    /* Not by redis_link_target(), which would connect at once: all of them may be gone. */
    cluster->asked.address = cluster->current < configured
                                 ? cluster->options->addresses[cluster->current]
                                 : cluster->map.nodes[cluster->current - configured];
}

static void answered(struct redis_wait *wait, struct redis_link *link, const redisReply *reply)
{
    struct redis_cluster *cluster = x4m_container(wait, struct redis_cluster, answer);

    cluster->asking = false;
    if (!reply)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        redis_link_fail(link, reply->str);
    else if (!redis_slot_map_read(&cluster->fresh, reply, &link->address))
        redis_link_fail(link, "the node does not name the others by their addresses");
    else if (!cluster->fresh.count)
        redis_link_fail(link, "the node knows nobody who has slots");
    else {
        cluster->map = cluster->fresh;
        cluster->error[0] = '\0';
        cluster->events.changed(cluster->events.user, NULL);
    }
}

static void ask_now(struct redis_cluster *cluster)
{
    cluster->answer.answer = answered;
    if (cluster->asking || !redis_link_send(&cluster->asked, cluster->question.data,
                                            cluster->question.len, &cluster->answer))
        return;
    cluster->asking = true;
    cluster->wanted = false;
    cluster->ask_ms = cluster->poll->now + cluster->options->look_ms;
}

static void asked_ready(void *user, struct redis_link *link)
{
    (void)link;
    ask_now(user);
}

static void asked_down(void *user, struct redis_link *link)
{
    struct redis_cluster *cluster = user;

    snprintf(cluster->error, sizeof(cluster->error), "%s", link->error);
    ask_another(cluster);
}

static void moved(struct redis_route *route, uint16_t slot, const struct redis_address *to)
{
    struct redis_cluster *cluster = cluster_of(route);

    (void)redis_slot_map_set(&cluster->map, slot, slot, to);
    cluster->wanted = true;
}

/* The node that was asked may know no better. */
static void doubt(struct redis_route *route, struct redis_link *link)
{
    struct redis_cluster *cluster = cluster_of(route);

    (void)link;
    cluster->wanted = true;
    redis_link_fail(&cluster->asked, "another node is to be asked");
}

static const char *trouble(const struct redis_route *route)
{
    return x4m_container_const(route, struct redis_cluster, route)->error;
}

/* ------------------------------------------------------------------------------- its life */

static void make_question(struct redis_cluster *cluster)
{
    static const struct redis_request none;
    static const char words[][8] = {"CLUSTER", "SLOTS"};
    x4s_chunk chunks[x4m_countof(words)];

    for (size_t i = 0; i < x4m_countof(words); i++)
        chunks[i] = (x4s_chunk){(const uint8_t *)words[i], strnlen(words[i], sizeof(words[i]))};
    redis_request_join(&cluster->question, chunks, x4m_countof(chunks), &none);
}

static void close_route(struct redis_route *route)
{
    struct redis_cluster *cluster = cluster_of(route);

    for (size_t i = 0; i < REDIS_NODES_MAX; i++)
        if (cluster->links[i])
            drop_link(&cluster->links[i]);
    redis_link_stop(&cluster->asked);
    redis_request_free(&cluster->question);
    x4_free(&x4_libc_allocator, cluster, sizeof(*cluster));
}

static struct redis_route *open_cluster(const struct redis_options *options,
                                        struct redis_poll *poll,
                                        const struct redis_route_events *events, uint64_t seed)
{
    struct redis_cluster *cluster = redis_alloc(sizeof(*cluster));

    const struct redis_link_events ask = {
        .user = cluster, .ready = asked_ready, .down = asked_down};
    cluster->options = options;
    cluster->poll = poll;
    cluster->events = *events;
    cluster->seed = seed;
    cluster->link_options = (struct redis_link_options){
        .connect = options->connect,
        .user = options->user,
        .password = options->password,
        .connect_ms = options->connect_ms,
        .answer_ms = options->answer_ms,
        .idle_ms = options->idle_ms,
    };
    redis_slot_map_clear(&cluster->map);
    redis_link_init(&cluster->asked, poll, &cluster->link_options, &ask, seed);
    cluster->current = seed % options->address_count;
    ask_another(cluster);
    make_question(cluster);
    return &cluster->route;
}

static x4_msec tick(struct redis_route *route)
{
    struct redis_cluster *cluster = cluster_of(route);
    x4_msec next;

    if (cluster->asked.state == REDIS_LINK_READY &&
        (cluster->wanted || cluster->poll->now >= cluster->ask_ms))
        ask_now(cluster);
    drop_unused(cluster);
    next = redis_link_tick(&cluster->asked);
    if (!cluster->asking && cluster->asked.state == REDIS_LINK_READY)
        next = x4m_min(next, cluster->ask_ms);
    for (size_t i = 0; i < REDIS_NODES_MAX; i++) {
        const x4_msec link = cluster->links[i] ? redis_link_tick(cluster->links[i]) : x4c_never;
        next = x4m_min(next, link);
    }
    return next;
}

const struct redis_route_ops redis_cluster_route = {
    .open = open_cluster,
    .find = find,
    .at = at,
    .moved = moved,
    .doubt = doubt,
    .trouble = trouble,
    .tick = tick,
    .close = close_route,
};
