/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/unique.h"

#include "shard/connection.h"
#include "shard/news.h"
#include "shard/twin.h"

/* So long an ISAKMP SA stays beside its successor, for what is still on its way under it. */
#define SUCCEEDED_MS 10000

static bool is_same_host(const struct shard_sa *a, const struct shard_sa *b)
{
    return x4_net_addr_equal(&a->link.remote, &b->link.remote);
}

static bool is_elsewhere(const struct shard_sa *other, const struct shard_sa *sa)
{
    return other != sa && other != sa->predecessor && !other->replaced && !is_same_host(other, sa);
}

bool shard_unique_admits(const struct shard_sa *sa, const x4s_ike_id *remote_id)
{
    if (sa->connection->unique != HUB_UNIQUE_KEEP)
        return true;
    const struct shard_peer *peer =
        shard_peer_find(sa->shard, sa->estate, &sa->connection->phase1.id, remote_id);
    if (!peer)
        return true;
    x4m_list_each(link, &peer->sas)
    {
        if (is_elsewhere(x4m_container(link, struct shard_sa, of_peer), sa))
            return false;
    }
    return true;
}

static void end_later(struct shard *shard, struct shard_timer *timer)
{
    struct shard_sa *sa = x4m_container(timer, struct shard_sa, timer);
    (void)shard;
    sa->end = SHARD_END_replaced;
    x4_charon_term1(sa->xchg, btrue);
}

static void replace(struct shard_sa *old, const x4s_net_addr *host)
{
    old->shard->counters.replaced++;
    if (!x4_net_addr_equal(&old->link.remote, host)) {
        shard_sa_end(old, SHARD_END_replaced, true);
        return;
    }
    shard_sa_give_way(old, end_later, SUCCEEDED_MS);
}

/* At most two stay: the SA, and others of the same host that already have their end. */
static void replace_others(struct shard_sa *sa)
{
    x4m_list_each(link, &sa->peer->sas)
    {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other != sa && other != sa->predecessor && !other->replaced &&
            !shard_twin_is(other, sa))
            replace(other, &sa->link.remote);
    }
}

void shard_unique_resumed(struct shard_sa *sa)
{
    if (sa->replaced) {
        shard_sa_give_way(sa, end_later, SUCCEEDED_MS);
        return;
    }
    if (sa->connection->unique != HUB_UNIQUE_REPLACE)
        return;
    x4m_list_each(link, &sa->peer->sas)
    {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other == sa || other->replaced || !is_same_host(other, sa))
            continue;
        struct shard_sa *old = other->up_at < sa->up_at ? other : sa;
        replace(old, &sa->link.remote);
        if (old == sa)
            return;
    }
}

void shard_unique_enforce(struct shard_sa *sa)
{
    if (sa->negotiation->contact)
        shard_unique_initial_contact(sa);
    if (sa->connection->unique == HUB_UNIQUE_REPLACE)
        replace_others(sa);
}

/* The peer that says so had begun before it could know of the twin. */
static void end_others(struct shard_sa *sa, x4s_list *sas)
{
    x4m_list_each(link, sas)
    {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other == sa || shard_twin_is(other, sa))
            continue;
        sa->shard->counters.replaced++;
        shard_sa_end(other, SHARD_END_initial_contact, false);
    }
}

/* It may have taken children of older ones before the peer said so. */
static void end_adopted(struct shard_sa *sa)
{
    x4m_list_each(link, &sa->children)
    {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (child->adopted)
            shard_child_end(child, SHARD_END_initial_contact, false);
    }
}

void shard_unique_initial_contact(struct shard_sa *sa)
{
    if (sa->connection->unique == HUB_UNIQUE_NEVER)
        return;
    if (!sa->up) {
        sa->negotiation->contact = true;
        return;
    }
    sa->forgot = true;
    end_others(sa, &sa->peer->sas); /* req 3947-6-1 3947-6-2 3947-6-3 */
    end_others(sa, &sa->peer->orphans);
    end_adopted(sa);
}

static void end_contacted(x4s_list *sas, const struct shard_sa_name *name)
{
    x4m_list_each(link, sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (!shard_news_is_older(sa, name) || shard_twin_is_abroad(sa, name))
            continue;
        sa->shard->counters.replaced++;
        shard_sa_end(sa, SHARD_END_initial_contact, false);
    }
}

void shard_unique_enforce_abroad(struct shard_peer *peer, const struct shard_sa_name *name,
                                 bool contact)
{
    const enum hub_unique unique = name->connection->unique;
    if (contact && unique != HUB_UNIQUE_NEVER) {
        end_contacted(&peer->sas, name);
        end_contacted(&peer->orphans, name);
    }
    if (unique != HUB_UNIQUE_REPLACE)
        return;
    x4m_list_each(link, &peer->sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (!sa->replaced && shard_news_is_older(sa, name) && !shard_twin_is_abroad(sa, name))
            replace(sa, &name->host);
    }
}

bool shard_unique_says_contact(const struct shard *shard, const struct hub_connection *connection)
{
    if (connection->unique == HUB_UNIQUE_NO || connection->unique == HUB_UNIQUE_NEVER)
        return false;
    const struct shard_connection *mine = shard_connection_of(shard, connection);
    return x4_list_empty(&mine->sas) && mine->abroad == 0;
}
