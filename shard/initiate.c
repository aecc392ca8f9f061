/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/initiate.h"

#include <stdlib.h>

#include "shard/config/kin.h"
#include "shard/config/numbers.h"
#include "shard/connection.h"
#include "shard/endpoint.h"
#include "shard/order.h"
#include "shard/rekey.h"
#include "shard/report.h"
#include "shard/snapshot.h"
#include "shard/trap.h"
#include "shard/unique.h"

/* Between two attempts. */
#define AGAIN_MS 1000

/* Attempts that are looked at for one that is under way already; else there is one more. */
#define LOOK_AT_MAX 256

/* Connections that are looked at in one go for what is to be started. */
#define CONNECTIONS_A_STEP 64

/* The walk over the connections of a snapshot. */
struct shard_start {
    struct shard_timer timer;
    const struct hub_config *config;
    const struct hub_config *before; /* or NULL */
    size_t at;
};

static uint32_t with_jitter(struct shard *shard, uint32_t soft, uint32_t random)
{
    return soft ? soft - shard_random_below(shard, random + 1) : 0;
}

/* -------------------------------------------------------------------------- children */

/* Of the traffic, where this side of it tells; else x4c_net_none. */
static uint8_t family_of(const struct hub_traffic *side)
{
    return side->dynamic ? x4c_net_none : side->selector.family;
}

/*
 * Begins a quick mode for the traffic of `like`, or that of the configuration, in the place of the
 * child with the SPI `replaces`; 0: it replaces none.
 */
static struct shard_child *begin_child(struct shard_sa *sa, const struct hub_child *config,
                                       const struct shard_child *like, uint32_t replaces)
{
    struct shard_child *child = shard_child_new(sa, config, x4c_ike_initiator);
    if (!child)
        return NULL;
    child->offer = malloc(sizeof(*child->offer));
    if (!child->offer) {
        sa->shard->counters.no_memory++;
        shard_child_free(child);
        return NULL;
    }
    x4s_ike_config2 *offer = child->offer;
    *offer = config->phase2;
    offer->userdata = child;
    offer->transform_count = config->offer_count;
    offer->soft_sec = with_jitter(sa->shard, offer->soft_sec, config->rand_sec);
    offer->soft_kb = with_jitter(sa->shard, offer->soft_kb, config->rand_kb);
    offer->selectors = like ? like->selectors : btrue;
    hub_child_selectors(config, shard_sa_local(sa, family_of(&config->remote)),
                        shard_sa_remote(sa, family_of(&config->local)), &offer->local,
                        &offer->remote);
    if (like) {
        offer->local = like->local;
        offer->remote = like->remote;
    }
    child->replaces = replaces;
    child->local = offer->local;
    child->remote = offer->remote;
    sa->shard->drawing = sa->estate;
    if (x4_charon_init2(sa->xchg, offer))
        return child;
    shard_report_not_begun(sa->shard, sa->connection, config, "libike refuses the configuration");
    shard_child_free(child);
    return NULL;
}

/* What was agreed is asked for again, unless the connection is for other traffic by now. */
bool shard_initiate_replacement(struct shard_child *old, const struct hub_child *config)
{
    const bool same = hub_child_carries_same(old->config, config);
    return begin_child(old->sa, config, same ? old : NULL, old->spi_in) != NULL;
}

struct shard_child *shard_initiate_child(struct shard_sa *sa, const struct hub_child *config)
{
    return begin_child(sa, config, NULL, 0);
}

struct shard_child *shard_initiate_find(const struct shard_sa *sa, const struct hub_child *config)
{
    for (x4s_list *link = sa->children.next; link != &sa->children; link = link->next) {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (hub_child_same(child->config, config) && !child->replaced)
            return child;
    }
    return NULL;
}

static bool has_child(const struct shard_sa *sa, const struct hub_child *config)
{
    const x4s_list *children = &sa->children;
    for (const x4s_list *link = children->next; link != children; link = link->next) {
        const struct shard_child *child = x4m_container_const(link, struct shard_child, of_sa);
        if (hub_child_same(child->config, config))
            return true;
    }
    return false;
}

static bool is_to_start(const struct hub_child *config, bool restart)
{
    return config->start || (restart && config->restart);
}

static void start_children(struct shard_sa *sa, const struct hub_connection *connection,
                           bool restart)
{
    for (size_t i = 0; i < connection->child_count && sa->up; i++) {
        const struct hub_child *config = &connection->children[i];
        if (is_to_start(config, restart) && !has_child(sa, config))
            begin_child(sa, config, NULL, 0);
    }
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static void attempt_free(struct shard *shard, struct shard_attempt *attempt)
{
    shard_order_attempt_over(shard, attempt, "it cannot be begun: the daemon's log says why");
    shard_timer_cancel(shard, &attempt->timer);
    x4_list_remove(&attempt->of_shard);
    shard_connection_of(shard, attempt->connection)->attempts--;
    shard_unuse(shard, attempt->connection->config);
    free(attempt);
}

static struct shard_attempt *
attempt_new(struct shard *shard, const struct hub_connection *connection, const x4s_net_addr *to)
{
    if (shard->draining)
        return NULL;
    struct shard_attempt *attempt = calloc(1, sizeof(*attempt));
    if (!attempt) {
        shard->counters.no_memory++;
        return NULL;
    }
    attempt->connection = connection;
    shard_use(shard, connection->config);
    shard_connection_of(shard, connection)->attempts++;
    attempt->to = *to;
    x4_list_append(&shard->attempts, &attempt->of_shard);
    return attempt;
}

static void configure(struct shard *shard, struct shard_attempt *attempt, struct shard_sa *sa)
{
    const struct hub_connection *connection = attempt->connection;
    x4s_ike_config1 *phase1 = &attempt->phase1;
    *phase1 = connection->phase1;
    phase1->userdata = sa;
    phase1->link = sa->link;
    phase1->transform_count = connection->offer_count;
    phase1->soft_sec = with_jitter(shard, phase1->soft_sec, connection->rand_sec);
    phase1->initial_contact = shard_unique_says_contact(shard, connection);
}

static bool find_way(struct shard *shard, const struct shard_attempt *attempt, x4s_net_link *link,
                     const char **why)
{
    if (attempt->link.remote.family)
        *link = attempt->link;
    else if (!shard_link_make(shard->ring, shard->daemon, attempt->connection, &attempt->to, link,
                              why))
        return false;
    *why = "the local address is another node's";
    return shard_estates_serve(&shard->estates, &link->local);
}

/* False, and the attempt is gone, if there is no hope in another. */
static bool begin_sa(struct shard *shard, struct shard_attempt *attempt, struct shard_sa *old)
{
    x4s_net_link link;
    const char *why = "";
    struct shard_sa *sa = NULL;
    if (find_way(shard, attempt, &link, &why)) {
        why = "out of memory";
        sa = shard_sa_new(shard, attempt->connection, &link, x4c_ike_initiator);
    } else {
        shard_report_not_begun(shard, attempt->connection, NULL, why);
    }
    if (!sa) {
        shard_order_attempt_over(shard, attempt, why);
        attempt_free(shard, attempt);
        return false;
    }
    sa->negotiation->attempt = attempt;
    sa->predecessor = old;
    if (old)
        old->successor = sa;
    configure(shard, attempt, sa);
    attempt->begun++;
    shard->counters.attempts++;
    if (x4_charon_init1(shard->charon, &attempt->phase1))
        return true;
    shard_report_not_begun(shard, attempt->connection, NULL, "libike refuses the configuration");
    attempt_free(shard, attempt);
    shard_sa_orphan(sa);
    return false;
}

struct shard_sa *shard_initiate_usable(const struct shard *shard,
                                       const struct hub_connection *connection)
{
    const x4s_list *sas = &shard_connection_of(shard, connection)->sas;
    if (x4_list_empty(sas))
        return NULL;
    struct shard_sa *sa = x4m_container(sas->prev, struct shard_sa, of_connection);
    if (sa->negotiation)
        return NULL; /* it has no address inside yet, and its attempt goes on */
    const struct hub_connection *as =
        hub_connection_in(connection->config, sa->connection, &sa->link.remote);
    return as == connection ? sa : NULL;
}

static x4s_net_addr address_of(const struct hub_connection *connection)
{
    x4s_net_addr to = connection->remote_addrs.first;
    to.port = connection->remote_port;
    return to;
}

/* Where it goes on, in the newest snapshot, or NULL. */
static const struct hub_connection *connection_now(const struct shard *shard,
                                                   const struct shard_attempt *attempt)
{
    const struct hub_connection *was = attempt->connection;
    if (was->config == shard->config)
        return was;
    if (attempt->link.remote.family)
        return hub_connection_in(shard->config, was, &attempt->link.remote);
    const struct hub_connection *now =
        hub_connection_numbered(shard->config, hub_connection_number(was));
    return now && now->remote_addrs.first.family ? now : NULL;
}

/* False, and the attempt is gone, if its connection is. */
static bool keep_up(struct shard *shard, struct shard_attempt *attempt)
{
    const struct hub_connection *now = connection_now(shard, attempt);
    if (now == attempt->connection)
        return true;
    if (!now) {
        shard_order_attempt_over(shard, attempt, "the connection is not configured any more");
        attempt_free(shard, attempt);
        return false;
    }
    shard_use(shard, now->config);
    shard_unuse(shard, attempt->connection->config);
    attempt->connection = now;
    attempt->to = address_of(now);
    return true;
}

static void on_timer(struct shard *shard, struct shard_timer *timer)
{
    struct shard_attempt *attempt = x4m_container(timer, struct shard_attempt, timer);
    if (!keep_up(shard, attempt))
        return;
    struct shard_sa *sa =
        attempt->restart ? NULL : shard_initiate_usable(shard, attempt->connection);
    if (!sa) {
        begin_sa(shard, attempt, NULL);
        return;
    }
    shard_order_sa_up(attempt, sa);
    start_children(sa, attempt->connection, false);
    attempt_free(shard, attempt);
}

static bool has_children_to_start(const struct hub_connection *connection)
{
    for (size_t i = 0; i < connection->child_count; i++) {
        if (connection->children[i].start)
            return true;
    }
    return false;
}

static struct shard_attempt *start_connection(struct shard *shard,
                                              const struct hub_connection *connection)
{
    const x4s_net_addr to = address_of(connection);
    struct shard_attempt *attempt = attempt_new(shard, connection, &to);
    if (!attempt)
        return NULL;
    attempt->again = true;
    attempt->timer.fire = on_timer;
    shard_timer_set(shard, &attempt->timer, 0);
    return attempt;
}

struct shard_attempt *shard_initiate_connection(struct shard *shard,
                                                const struct hub_connection *connection)
{
    int looked_at = 0;
    for (x4s_list *link = shard->attempts.next;
         link != &shard->attempts && looked_at++ < LOOK_AT_MAX; link = link->next) {
        struct shard_attempt *attempt = x4m_container(link, struct shard_attempt, of_shard);
        if (attempt->connection == connection)
            return attempt;
    }
    return start_connection(shard, connection);
}

static bool is_new(const struct hub_child *config, const struct hub_connection *before)
{
    const struct hub_child *was = before ? hub_connection_child(before, config->name) : NULL;
    return !was || !was->start;
}

static void start_new_children(struct shard_sa *sa, const struct hub_connection *connection,
                               const struct hub_connection *before)
{
    for (size_t i = 0; i < connection->child_count && sa->up; i++) {
        const struct hub_child *config = &connection->children[i];
        if (config->start && is_new(config, before) && !has_child(sa, config))
            begin_child(sa, config, NULL, 0);
    }
}

static void start(struct shard *shard, const struct hub_connection *connection,
                  const struct hub_config *before)
{
    const struct shard_connection *mine = shard_connection_of(shard, connection);
    if (!has_children_to_start(connection) ||
        !shard_estates_serve(&shard->estates, &connection->local_addrs.first))
        return;
    struct shard_sa *sa = shard_initiate_usable(shard, connection);
    if (sa)
        start_new_children(
            sa, connection,
            before ? hub_connection_numbered(before, hub_connection_number(connection)) : NULL);
    else if (hub_connection_home(connection, shard->steer.count) == shard->steer.index &&
             !mine->abroad && !mine->attempts)
        (void)start_connection(shard, connection);
}

static void start_end(struct shard *shard)
{
    struct shard_start *walk = shard->start;
    if (!walk)
        return;
    shard->start = NULL;
    shard_timer_cancel(shard, &walk->timer);
    shard_unuse(shard, walk->config);
    if (walk->before)
        shard_unuse(shard, walk->before);
    free(walk);
}

static void start_some(struct shard *shard, struct shard_timer *timer)
{
    struct shard_start *walk = x4m_container(timer, struct shard_start, timer);
    const struct hub_config *config = walk->config;
    for (int i = 0; i < CONNECTIONS_A_STEP && walk->at < config->connection_count; i++) {
        const struct hub_connection *connection = &config->connections[walk->at++];
        start(shard, connection, walk->before);
        shard_trap_set(shard, connection);
    }
    if (walk->at < config->connection_count) {
        shard_timer_set(shard, timer, 0);
        return;
    }
    start_end(shard);
    shard_trap_sweep(shard);
}

void shard_initiate_all(struct shard *shard, const struct hub_config *before)
{
    struct shard_start *walk = calloc(1, sizeof(*walk));
    if (!walk) {
        shard->counters.no_memory++;
        return;
    }
    /* What an earlier walk has not come to is as new as it was. */
    walk->before = shard->start ? shard->start->before : before;
    walk->config = shard->config;
    walk->timer.fire = start_some;
    shard_use(shard, walk->config);
    if (walk->before)
        shard_use(shard, walk->before);
    start_end(shard);
    shard->start = walk;
    start_some(shard, &walk->timer);
}

void shard_initiate_successor(struct shard_sa *old) /* req 3947-4-7 */
{
    struct shard *shard = old->shard;
    const struct hub_connection *now = shard_connection_now(old);
    struct shard_attempt *attempt = now ? attempt_new(shard, now, &old->link.remote) : NULL;
    if (!attempt)
        return;
    attempt->link = old->link;
    begin_sa(shard, attempt, old);
}

/* Whom we cannot call by its address, behind a NAT for one, may still be where it was. */
void shard_initiate_restart(struct shard_sa *dead)
{
    const struct hub_connection *now = shard_connection_now(dead);
    struct shard_attempt *attempt = now ? start_connection(dead->shard, now) : NULL;
    if (!attempt)
        return;
    attempt->restart = true;
    if (dead->role == x4c_ike_responder)
        attempt->link = dead->link;
    dead->shard->counters.restarts++;
}

void shard_initiate_completed(struct shard_sa *sa)
{
    struct shard_attempt *attempt = sa->negotiation->attempt;
    if (!attempt)
        return;
    sa->negotiation->attempt = NULL;
    struct shard_sa *heir = sa->replaced ? shard_rekey_heir(sa) : NULL;
    shard_order_sa_up(attempt, heir ? heir : sa);
    start_children(heir ? heir : sa, attempt->connection, attempt->restart);
    attempt_free(sa->shard, attempt);
}

static bool may_try_again(const struct shard *shard, const struct shard_attempt *attempt,
                          x4e_ike_reason reason)
{
    uint32_t tries = attempt->connection->keyingtries;
    return attempt->again && !shard->mute && !shard->stopping && !shard->draining &&
           (reason == x4c_ike_timed_out || reason == x4c_ike_send_failed) &&
           (tries == 0 || attempt->begun < tries);
}

static void give_up(struct shard_sa *sa, struct shard_attempt *attempt, x4e_ike_reason reason)
{
    shard_order_attempt_over(sa->shard, attempt, shard_end_text(sa->end, reason));
    attempt_free(sa->shard, attempt);
}

void shard_initiate_disposed(struct shard_sa *sa, x4e_ike_reason reason)
{
    struct shard_attempt *attempt = sa->negotiation ? sa->negotiation->attempt : NULL;
    if (!attempt)
        return;
    sa->negotiation->attempt = NULL;
    if (may_try_again(sa->shard, attempt, reason))
        shard_timer_set(sa->shard, &attempt->timer, AGAIN_MS);
    else
        give_up(sa, attempt, reason);
}

void shard_initiate_fini(struct shard *shard)
{
    x4s_list *link;
    start_end(shard);
    while (!x4_list_empty(&shard->attempts)) {
        link = shard->attempts.next;
        attempt_free(shard, x4m_container(link, struct shard_attempt, of_shard));
    }
}
