/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/peer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shard/config/kin.h"
#include "shard/connection.h"
#include "shard/keep/persist.h"
#include "shard/keepalive.h"
#include "shard/lease.h"
#include "shard/proof.h"
#include "shard/radius/ask.h"
#include "shard/radius/session.h"
#include "shard/snapshot.h"

/* -------------------------------------------------------------------------- identities */

struct identity_key {
    uint32_t estate;
    const x4s_ike_id *local_id;
    const x4s_ike_id *remote_id;
};

/* Names are compared without regard to case, so they are hashed without it. */
static uint64_t hash_id(const struct shard *shard, const x4s_ike_id *id)
{
    uint8_t text[HUB_IDENTITY_MAX + 1];
    size_t len = x4m_min(id->data.len, (size_t)HUB_IDENTITY_MAX);
    text[0] = (uint8_t)id->type;
    for (size_t i = 0; i < len; i++)
        text[i + 1] = (uint8_t)tolower(id->data.data[i]);
    return x4_siphash(shard->hash_key, text, len + 1);
}

static uint64_t hash_key(const struct shard *shard, const struct identity_key *key)
{
    return (hash_id(shard, key->remote_id) ^ hash_id(shard, key->local_id) << 1) + key->estate;
}

x4s_ike_id shard_peer_id(const struct shard_peer *peer)
{
    return (x4s_ike_id){
        .type = (x4e_ike_id_type)peer->id_type,
        .data = {peer->id, peer->id_len},
    };
}

static bval is_identity(const x4s_table_link *link, const void *context)
{
    const struct shard_peer *peer = x4m_container_const(link, struct shard_peer, by_identity);
    const struct identity_key *key = context;
    x4s_ike_id id = shard_peer_id(peer);
    return peer->estate == key->estate && hub_identity_same(&id, key->remote_id) &&
           hub_identity_same(peer->local_id, key->local_id);
}

struct shard_peer *shard_peer_find(const struct shard *shard, uint32_t estate,
                                   const x4s_ike_id *local_id, const x4s_ike_id *remote_id)
{
    const struct identity_key key = {estate, local_id, remote_id};
    x4s_table_link *link = x4_table_find(&shard->peers, hash_key(shard, &key), is_identity, &key);
    return link ? x4m_container(link, struct shard_peer, by_identity) : NULL;
}

static struct shard_peer *peer_get(struct shard *shard, uint32_t estate, const x4s_ike_id *local_id,
                                   const x4s_ike_id *remote_id)
{
    struct shard_peer *peer = shard_peer_find(shard, estate, local_id, remote_id);
    if (peer || remote_id->data.len > HUB_IDENTITY_MAX)
        return peer;
    peer = calloc(1, offsetof(struct shard_peer, id) + remote_id->data.len);
    if (!peer)
        return NULL;
    x4_list_init(&peer->sas);
    x4_list_init(&peer->orphans);
    peer->local_id = local_id;
    peer->estate = (uint8_t)estate;
    peer->id_type = (uint8_t)remote_id->type;
    peer->id_len = (uint8_t)remote_id->data.len;
    memcpy(peer->id, remote_id->data.data, remote_id->data.len);
    const struct identity_key key = {estate, local_id, remote_id};
    x4_table_insert(&shard->peers, &peer->by_identity, hash_key(shard, &key));
    return peer;
}

/* Our own identity is that of an SA that there is, since that of another goes with its snapshot. */
static void lean_on_another(struct shard_peer *peer)
{
    const x4s_list *sas = x4_list_empty(&peer->sas) ? &peer->orphans : &peer->sas;
    if (!x4_list_empty(sas))
        peer->local_id = &x4m_container(sas->next, struct shard_sa, of_peer)->connection->phase1.id;
}

static void peer_put(struct shard *shard, struct shard_peer *peer)
{
    lean_on_another(peer);
    if (peer->holds || !x4_list_empty(&peer->sas) || !x4_list_empty(&peer->orphans))
        return;
    x4_table_remove(&shard->peers, &peer->by_identity);
    free(peer);
}

void shard_peer_hold(struct shard_peer *peer)
{
    peer->holds++;
}

void shard_peer_let_go(struct shard *shard, struct shard_peer *peer)
{
    peer->holds--;
    peer_put(shard, peer);
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

struct shard_sa *shard_sa_new(struct shard *shard, const struct hub_connection *connection,
                              const x4s_net_link *link, x4e_ike_role role)
{
    struct shard_sa *sa = calloc(1, sizeof(*sa));
    struct shard_negotiation *negotiation = calloc(1, sizeof(*negotiation));
    if (!sa || !negotiation) {
        shard->counters.no_memory++;
        free(sa);
        free(negotiation);
        return NULL;
    }
    sa->negotiation = negotiation;
    sa->shard = shard;
    sa->connection = connection;
    shard_use(shard, connection->config);
    shard->uses[connection->config->slot].sas++;
    sa->link = *link;
    sa->role = (uint8_t)role;
    sa->estate = (uint8_t)shard_estates_at(&shard->estates, &link->local);
    sa->began_ms = (uint32_t)shard->now;
    x4_list_init(&sa->children);
    shard_roll_enter(&shard->roll, &sa->enrolled);
    return sa;
}

bool shard_sa_enlist(struct shard_sa *sa, const x4s_ike_id *remote_id)
{
    struct shard *shard = sa->shard;
    sa->peer = peer_get(shard, sa->estate, &sa->connection->phase1.id, remote_id);
    if (!sa->peer) {
        shard->counters.no_memory++;
        return false;
    }
    x4_list_append(&sa->peer->sas, &sa->of_peer);
    sa->peer->local_id = &sa->connection->phase1.id;
    x4_list_append(&shard_connection_of(shard, sa->connection)->sas, &sa->of_connection);
    shard_connection_recount(shard, sa->connection);
    sa->up_at = shard->now;
    sa->up = true;
    return true;
}

void shard_sa_negotiated(struct shard_sa *sa)
{
    if (!sa->negotiation)
        return;
    shard_proof_end(sa);
    shard_radius_forget(sa->negotiation);
    free(sa->negotiation);
    sa->negotiation = NULL;
}

uint32_t shard_peer_life(const struct shard *shard, x4_msec up_at, uint32_t left_sec)
{
    return left_sec ? (uint32_t)((shard->now - up_at) / 1000) + left_sec : 0;
}

/* Of that family, or the one that there is, or NULL. */
static const x4s_net_addr *inside_of(const struct shard_sa *sa, uint8_t family)
{
    const x4s_net_addr *of_family = shard_lease_addr(sa, family);
    const x4s_net_addr *ip4 = shard_lease_addr(sa, x4c_net_ipv4);
    if (of_family)
        return of_family;
    return ip4 ? ip4 : shard_lease_addr(sa, x4c_net_ipv6);
}

const x4s_net_addr *shard_sa_remote(const struct shard_sa *sa, uint8_t family)
{
    const x4s_net_addr *inside = hub_connection_asks(sa->connection) ? NULL : inside_of(sa, family);
    return inside ? inside : &sa->link.remote;
}

const x4s_net_addr *shard_sa_local(const struct shard_sa *sa, uint8_t family)
{
    const x4s_net_addr *inside = hub_connection_asks(sa->connection) ? inside_of(sa, family) : NULL;
    return inside ? inside : &sa->link.local;
}

/* Of one that never was up there is nothing to leave. */
static void leave_connection(struct shard_sa *sa)
{
    x4_list_remove(&sa->of_connection);
    shard_connection_recount(sa->shard, sa->connection);
}

static void sa_free(struct shard_sa *sa)
{
    shard_timer_cancel(sa->shard, &sa->timer);
    shard_keepalive_stop(sa);
    shard_sa_negotiated(sa);
    shard_session_end(sa);
    shard_lease_end(sa);
    if (sa->successor)
        sa->successor->predecessor = NULL;
    if (sa->predecessor)
        sa->predecessor->successor = NULL;
    shard_roll_leave(&sa->shard->roll, &sa->enrolled);
    leave_connection(sa);
    x4_list_remove(&sa->of_peer);
    if (sa->peer)
        peer_put(sa->shard, sa->peer);
    sa->shard->uses[sa->connection->config->slot].sas--;
    shard_unuse(sa->shard, sa->connection->config);
    free(sa);
}

void shard_sa_settle(struct shard_sa *sa)
{
    if (!sa->xchg && !sa->ending && x4_list_empty(&sa->children))
        sa_free(sa);
}

void shard_sa_give_way(struct shard_sa *sa, void (*end)(struct shard *, struct shard_timer *),
                       x4_msec delay)
{
    sa->replaced = true;
    sa->timer.fire = end;
    shard_timer_set(sa->shard, &sa->timer, delay);
    shard_persist_changed1(sa);
}

void shard_sa_stay(struct shard_sa *sa)
{
    shard_timer_cancel(sa->shard, &sa->timer);
    sa->replaced = false;
    shard_persist_changed1(sa);
}

void shard_sa_orphan(struct shard_sa *sa)
{
    sa->xchg = NULL;
    sa->up = false;
    leave_connection(sa);
    if (sa->peer) {
        x4_list_remove(&sa->of_peer);
        x4_list_append(&sa->peer->orphans, &sa->of_peer);
    }
    shard_timer_cancel(sa->shard, &sa->timer);
    shard_sa_settle(sa);
}

void shard_sa_bequeath(struct shard_sa *sa, struct shard_sa *heir)
{
    x4s_list *link;
    while ((link = x4_list_pop(&sa->children))) {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        shard_session_child_gone(child);
        child->sa = heir;
        child->adopted = true;
        x4_list_append(&heir->children, link);
        if (child->up)
            shard_session_child_up(child, false);
        shard_persist_changed2(child);
    }
    shard_sa_settle(sa);
}

void shard_sa_end(struct shard_sa *sa, enum shard_end end, bool tell)
{
    sa->end = (uint8_t)end;
    sa->ending = true;
    while (!x4_list_empty(&sa->children))
        shard_child_end(x4m_container(sa->children.next, struct shard_child, of_sa), end, tell);
    sa->ending = false;
    if (sa->xchg)
        x4_charon_term1(sa->xchg, tell);
    else
        shard_sa_settle(sa);
}

uint32_t shard_sa_end_children(struct shard_sa *sa, const char *name, enum shard_end end, bool tell)
{
    uint32_t ended = 0;
    sa->ending = true;
    x4m_list_each(link, &sa->children)
    {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (strcmp(child->config->name, name) != 0)
            continue;
        shard_child_end(child, end, tell);
        ended++;
    }
    sa->ending = false;
    shard_sa_settle(sa);
    return ended;
}

/* -------------------------------------------------------------------------- children */

struct shard_child *shard_child_new(struct shard_sa *sa, const struct hub_child *config,
                                    x4e_ike_role role)
{
    struct shard_child *child = calloc(1, sizeof(*child));
    if (!child) {
        sa->shard->counters.no_memory++;
        return NULL;
    }
    child->sa = sa;
    child->config = config;
    shard_use(sa->shard, config->connection->config);
    child->role = (uint8_t)role;
    child->began_ms = (uint32_t)sa->shard->now;
    x4_list_append(&sa->children, &child->of_sa);
    return child;
}

static bval is_spi(const x4s_table_link *link, const void *key)
{
    return x4m_container_const(link, struct shard_child, by_spi)->spi_in == *(const uint32_t *)key;
}

/* SPIs of ours are the output of a keyed permutation: as good as hashed. */
struct shard_child *shard_child_find(const struct shard *shard, uint32_t spi_in)
{
    x4s_table_link *link = x4_table_find(&shard->children, spi_in, is_spi, &spi_in);
    return link ? x4m_container(link, struct shard_child, by_spi) : NULL;
}

void shard_child_enlist(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    struct shard *shard = child->sa->shard;
    child->spi_in = keys->in.spi;
    child->spi_out = keys->out.spi;
    child->cpi_in = keys->cpi_in;
    child->cpi_out = keys->cpi_out;
    child->selectors = keys->selectors;
    child->local = keys->local;
    child->remote = keys->remote;
    child->suite = keys->transform;
    child->up_at = shard->now;
    child->soft_sec = child->offer ? child->offer->soft_sec : child->config->phase2.soft_sec;
    child->life_sec = keys->life_left_sec;
    child->serial = shard->serial++;
    child->up = true;
    x4_table_insert(&shard->children, &child->by_spi, child->spi_in);
}

void shard_child_free(struct shard_child *child)
{
    struct shard_sa *sa = child->sa;
    shard_timer_cancel(sa->shard, &child->timer);
    if (child->up)
        x4_table_remove(&sa->shard->children, &child->by_spi);
    if (child->cpi_in && !child->relocated)
        shard_cpi_give(sa->shard->cpis, child->cpi_in);
    x4_list_remove(&child->of_sa);
    shard_unuse(sa->shard, child->config->connection->config);
    free(child->offer);
    free(child);
    shard_sa_settle(sa);
}

void shard_child_end(struct shard_child *child, enum shard_end end, bool tell)
{
    child->end = (uint8_t)end;
    x4_charon_term2(child->xchg, tell);
}

bool shard_child_is_same(const struct shard_child *a, const struct shard_child *b)
{
    return hub_child_same(a->config, b->config) && x4_net_selector_equal(&a->local, &b->local) &&
           x4_net_selector_equal(&a->remote, &b->remote);
}

bool shard_child_has_newer(const struct shard_child *child)
{
    /* New ones are at the end. */
    const x4s_list *children = &child->sa->children;
    for (const x4s_list *link = children->prev; link != children; link = link->prev) {
        const struct shard_child *other = x4m_container_const(link, struct shard_child, of_sa);
        if (other->up && !other->replaced && other != child && shard_child_is_same(other, child) &&
            (int32_t)(other->serial - child->serial) > 0)
            return true;
    }
    return false;
}
