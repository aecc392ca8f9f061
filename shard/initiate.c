/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/initiate.h"

#include <stdlib.h>

#include "shard/endpoint.h"
#include "shard/order.h"
#include "shard/rekey.h"
#include "shard/report.h"
#include "shard/unique.h"

/* Between two attempts. */
#define AGAIN_MS 1000

/* Attempts that are looked at for one that is under way already; else there is one more. */
#define LOOK_AT_MAX 256

static uint32_t with_jitter(struct shard *shard, uint32_t soft, uint32_t random)
{
    return soft ? soft - shard_random_below(shard, random + 1) : 0;
}

/* -------------------------------------------------------------------------- children */

/* Begins a quick mode; local and remote are taken where `like` is NULL. */
static struct shard_child *begin_child(struct shard_sa *sa, const struct hub_child *config,
                                       const struct shard_child *like)
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
    hub_child_selectors(config, &sa->link.local, shard_sa_remote(sa), &offer->local,
                        &offer->remote);
    if (like) {
        offer->local = like->local;
        offer->remote = like->remote;
        child->replaces = like->spi_in;
    }
    child->local = offer->local;
    child->remote = offer->remote;
    if (x4_charon_init2(sa->xchg, offer))
        return child;
    shard_report_not_begun(sa->shard, sa->connection, config, "libike refuses the configuration");
    shard_child_free(child);
    return NULL;
}

bool shard_initiate_replacement(struct shard_child *old)
{
    return begin_child(old->sa, old->config, old) != NULL;
}

struct shard_child *shard_initiate_child(struct shard_sa *sa, const struct hub_child *config)
{
    return begin_child(sa, config, NULL);
}

struct shard_child *shard_initiate_find(const struct shard_sa *sa, const struct hub_child *config)
{
    for (x4s_list *link = sa->children.next; link != &sa->children; link = link->next) {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (child->config == config && !child->replaced)
            return child;
    }
    return NULL;
}

static bool has_child(const struct shard_sa *sa, const struct hub_child *config)
{
    const x4s_list *children = &sa->children;
    for (const x4s_list *link = children->next; link != children; link = link->next) {
        if (x4m_container_const(link, struct shard_child, of_sa)->config == config)
            return true;
    }
    return false;
}

static bool is_to_start(const struct hub_child *config, bool restart)
{
    return config->start || (restart && config->restart);
}

static void start_children(struct shard_sa *sa, bool restart)
{
    const struct hub_connection *connection = sa->connection;
    for (size_t i = 0; i < connection->child_count && sa->up; i++) {
        const struct hub_child *config = &connection->children[i];
        if (is_to_start(config, restart) && !has_child(sa, config))
            begin_child(sa, config, NULL);
    }
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static void attempt_free(struct shard *shard, struct shard_attempt *attempt)
{
    shard_order_attempt_over(shard, attempt, "it cannot be begun: the daemon's log says why");
    shard_timer_cancel(shard, &attempt->timer);
    x4_list_remove(&attempt->of_shard);
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
    if (!attempt->link.remote.family)
        return shard_link_make(shard->ring, shard->daemon, attempt->connection, &attempt->to, link,
                               why);
    *link = attempt->link;
    return true;
}

/* False, and the attempt is gone, if there is no hope in another. */
static bool begin_sa(struct shard *shard, struct shard_attempt *attempt, struct shard_sa *old)
{
    x4s_net_link link;
    const char *why = "out of memory";
    struct shard_sa *sa = NULL;
    if (find_way(shard, attempt, &link, &why))
        sa = shard_sa_new(shard, attempt->connection, &link, x4c_ike_initiator);
    else
        shard_report_not_begun(shard, attempt->connection, NULL, why);
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
    const x4s_list *sas = &shard->connections[connection->index].sas;
    return x4_list_empty(sas) ? NULL : x4m_container(sas->prev, struct shard_sa, of_connection);
}

static void on_timer(struct shard *shard, struct shard_timer *timer)
{
    struct shard_attempt *attempt = x4m_container(timer, struct shard_attempt, timer);
    struct shard_sa *sa =
        attempt->restart ? NULL : shard_initiate_usable(shard, attempt->connection);
    if (!sa) {
        begin_sa(shard, attempt, NULL);
        return;
    }
    shard_order_sa_up(attempt, sa);
    start_children(sa, false);
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
    x4s_net_addr to = connection->remote_addrs.first;
    to.port = connection->remote_port;
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

void shard_initiate_all(struct shard *shard)
{
    const size_t step = shard->steer.count;
    for (size_t i = shard->steer.index; i < shard->config->connection_count; i += step) {
        const struct hub_connection *connection = &shard->config->connections[i];
        if (has_children_to_start(connection))
            (void)start_connection(shard, connection);
    }
}

void shard_initiate_successor(struct shard_sa *old) /* req 3947-4-7 */
{
    struct shard *shard = old->shard;
    struct shard_attempt *attempt = attempt_new(shard, old->connection, &old->link.remote);
    if (!attempt)
        return;
    attempt->link = old->link;
    begin_sa(shard, attempt, old);
}

/* Whom we cannot call by its address, behind a NAT for one, may still be where it was. */
void shard_initiate_restart(struct shard_sa *dead)
{
    struct shard_attempt *attempt = start_connection(dead->shard, dead->connection);
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
    start_children(heir ? heir : sa, attempt->restart);
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
    while (!x4_list_empty(&shard->attempts)) {
        link = shard->attempts.next;
        attempt_free(shard, x4m_container(link, struct shard_attempt, of_shard));
    }
}
