/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/news.h"

#include <stdlib.h>
#include <string.h>

#include "shard/config/kin.h"
#include "shard/config/numbers.h"
#include "shard/connection.h"
#include "shard/rekey.h"
#include "shard/relocate.h"
#include "shard/report.h"
#include "shard/snapshot.h"
#include "shard/twin.h"
#include "shard/unique.h"

struct news {
    struct shard_letter letter;
    bool contact;
    struct shard_sa_name name;
};

/* -------------------------------------------------------------------------- names */

void shard_name_sa(const struct shard_sa *sa, struct shard_sa_name *name)
{
    name->connection = sa->connection;
    name->host = sa->link.remote;
    name->up_at = sa->up_at;
    name->began_ms = sa->began_ms;
    name->role = sa->role;
    name->shard = sa->shard->steer.index;
    name->estate = sa->estate;
    memcpy(name->cookie_i, sa->cookie_i, sizeof(sa->cookie_i));
    memcpy(name->cookie_r, sa->cookie_r, sizeof(sa->cookie_r));
    name->id_type = sa->peer->id_type;
    name->id_len = sa->peer->id_len;
    memcpy(name->id, sa->peer->id, sa->peer->id_len);
}

struct shard_peer *shard_peer_named(const struct shard *shard, const struct shard_sa_name *name)
{
    const x4s_ike_id id = {(x4e_ike_id_type)name->id_type, {name->id, name->id_len}};
    return shard_peer_find(shard, name->estate, &name->connection->phase1.id, &id);
}

static bool has_cookies(const struct shard_sa *sa, const struct shard_sa_name *name)
{
    return memcmp(sa->cookie_i, name->cookie_i, sizeof(sa->cookie_i)) == 0 &&
           memcmp(sa->cookie_r, name->cookie_r, sizeof(sa->cookie_r)) == 0;
}

struct shard_sa *shard_sa_named(const struct shard *shard, const struct shard_sa_name *name)
{
    const struct shard_peer *peer = shard_peer_named(shard, name);
    if (!peer)
        return NULL;
    x4m_list_each(link, &peer->sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (has_cookies(sa, name))
            return sa;
    }
    return NULL;
}

bool shard_news_is_older(const struct shard_sa *sa, const struct shard_sa_name *name)
{
    if (sa->up_at != name->up_at)
        return sa->up_at < name->up_at;
    return sa->shard->steer.index < name->shard;
}

static bool begins_here(const struct shard *shard, const struct hub_connection *connection)
{
    return hub_connection_home(connection, shard->steer.count) == shard->steer.index;
}

bool shard_news_is_kin(const struct shard_sa *sa, const struct shard_sa_name *name)
{
    return hub_connection_same(sa->connection, name->connection) &&
           x4_net_addr_equal(&sa->link.remote, &name->host);
}

/* -------------------------------------------------------------------------- letters */

static struct news *write_news(const struct shard_sa_name *name, shard_deliver_fn deliver)
{
    struct news *news = malloc(sizeof(*news));
    if (!news)
        return NULL;
    news->letter = (struct shard_letter){.deliver = deliver};
    news->contact = false;
    news->name = *name;
    return news;
}

static void send_news(struct shard *shard, uint32_t to, const struct shard_sa_name *name,
                      bool contact, shard_deliver_fn deliver)
{
    struct news *news = write_news(name, deliver);
    if (!news) {
        shard->counters.no_memory++;
        return;
    }
    news->contact = contact;
    shard_use(shard, name->connection->config);
    shard_post_leave(&shard->post, to, &news->letter);
}

/* A letter was read. */
static void done(struct shard *shard, struct news *news)
{
    shard_unuse(shard, news->name.connection->config);
    free(news);
}

static void send_to_others(const struct shard_sa *sa, bool contact, shard_deliver_fn deliver)
{
    struct shard *shard = sa->shard;
    struct shard_sa_name name;
    if (shard->steer.count == 1 || shard->stopping)
        return;
    shard_name_sa(sa, &name);
    for (uint32_t i = 0; i < shard->steer.count; i++)
        if (i != shard->steer.index)
            send_news(shard, i, &name, contact, deliver);
}

/* -------------------------------------------------------------------------- up */

/* To the shard of the newer one: the identity has an SA from elsewhere. */
static void on_refused(void *member, struct shard_letter *letter)
{
    struct news *news = x4m_container(letter, struct news, letter);
    struct shard_sa *sa = shard_sa_named(member, &news->name);
    if (sa) {
        const x4s_ike_id id = shard_peer_id(sa->peer);
        shard_report_refused(sa, &id, SHARD_END_not_unique);
        shard_sa_end(sa, SHARD_END_not_unique, true);
    }
    done(member, news);
}

/* False: the older one stays alone. */
static bool admits(const struct shard_peer *peer, const struct shard_sa_name *name)
{
    if (name->connection->unique != HUB_UNIQUE_KEEP)
        return true;
    x4m_list_each(link, &peer->sas)
    {
        const struct shard_sa *sa = x4m_container_const(link, struct shard_sa, of_peer);
        if (shard_news_is_older(sa, name) && !sa->replaced &&
            !x4_net_addr_equal(&sa->link.remote, &name->host))
            return false;
    }
    return true;
}

static void send_children(const x4s_list *sas, const struct shard_sa_name *heir)
{
    x4m_list_each(link, sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (shard_news_is_kin(sa, heir) &&
            (!sa->xchg || (shard_news_is_older(sa, heir) && !shard_twin_is_abroad(sa, heir))))
            shard_relocate_children(sa, heir);
    }
}

static void send_all_children(struct shard_peer *peer, const struct shard_sa_name *heir)
{
    send_children(&peer->orphans, heir);
    send_children(&peer->sas, heir);
}

/* The one of ours that is a twin of the named one, or NULL. */
static struct shard_sa *twin_of(const struct shard_peer *peer, const struct shard_sa_name *name)
{
    x4m_list_each(link, &peer->sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (!sa->replaced && shard_twin_is_abroad(sa, name))
            return sa;
    }
    return NULL;
}

static void lose_to(struct shard_sa *sa, const struct shard_sa_name *winner)
{
    shard_twin_end_later(sa);
    shard_relocate_children(sa, winner);
}

/* To the shard of the one that is to end, from that of its twin. */
static void on_twin(void *member, struct shard_letter *letter)
{
    struct news *news = x4m_container(letter, struct news, letter);
    const struct shard_peer *peer = shard_peer_named(member, &news->name);
    struct shard_sa *sa = peer ? twin_of(peer, &news->name) : NULL;
    if (sa)
        lose_to(sa, &news->name);
    done(member, news);
}

static void settle_twin(struct shard *shard, const struct shard_peer *peer,
                        const struct shard_sa_name *name)
{
    struct shard_sa *sa = twin_of(peer, name);
    struct shard_sa_name own;
    if (!sa || name->connection->unique == HUB_UNIQUE_NEVER)
        return;
    if (shard_twin_loses(sa, name)) {
        lose_to(sa, name);
        return;
    }
    shard_name_sa(sa, &own);
    send_news(shard, name->shard, &own, false, on_twin);
}

static void settle(struct shard *shard, struct shard_peer *peer, const struct news *news)
{
    const struct shard_sa_name *name = &news->name;
    if (!admits(peer, name)) {
        send_news(shard, name->shard, name, false, on_refused);
        return;
    }
    settle_twin(shard, peer, name);
    if (!news->contact)
        send_all_children(peer, name);
    shard_unique_enforce_abroad(peer, name, news->contact);
}

/* Only the shard that begins the connection is told of all. */
static void count_abroad(struct shard *shard, const struct news *news, int32_t change)
{
    shard_connection_of(shard, news->name.connection)->abroad += (uint32_t)change;
    shard_connection_recount(shard, news->name.connection);
}

static void on_up(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct news *news = x4m_container(letter, struct news, letter);
    struct shard_peer *peer = shard_peer_named(shard, &news->name);
    if (begins_here(shard, news->name.connection))
        count_abroad(shard, news, 1);
    if (peer) {
        shard_peer_hold(peer);
        settle(shard, peer, news);
        shard_peer_let_go(shard, peer);
    }
    done(member, news);
}

void shard_news_up(const struct shard_sa *sa, bool contact)
{
    send_to_others(sa, contact, on_up);
}

static void on_resumed(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct news *news = x4m_container(letter, struct news, letter);
    count_abroad(shard, news, 1);
    done(shard, news);
}

void shard_news_resumed(const struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    struct shard_sa_name name;
    if (shard->steer.count == 1 || begins_here(shard, sa->connection))
        return;
    shard_name_sa(sa, &name);
    send_news(shard, hub_connection_home(sa->connection, shard->steer.count), &name, false,
              on_resumed);
}

/* It was told before, when it was complete. */
static void on_contact(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct news *news = x4m_container(letter, struct news, letter);
    struct shard_peer *peer = shard_peer_named(shard, &news->name);
    if (peer) {
        shard_peer_hold(peer);
        shard_unique_enforce_abroad(peer, &news->name, true);
        shard_peer_let_go(shard, peer);
    }
    done(member, news);
}

void shard_news_contact(const struct shard_sa *sa)
{
    send_to_others(sa, true, on_contact);
}

static void on_down(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct news *news = x4m_container(letter, struct news, letter);
    count_abroad(shard, news, -1);
    done(member, news);
}

void shard_news_down(const struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    struct shard_sa_name name;
    if (shard->steer.count == 1 || shard->stopping || begins_here(shard, sa->connection))
        return;
    shard_name_sa(sa, &name);
    send_news(shard, hub_connection_home(sa->connection, shard->steer.count), &name, false,
              on_down);
}

static void on_twin_gone(void *member, struct shard_letter *letter)
{
    struct news *news = x4m_container(letter, struct news, letter);
    struct shard_peer *peer = shard_peer_named(member, &news->name);
    if (peer)
        shard_twin_revive_abroad(peer, &news->name);
    done(member, news);
}

void shard_news_twin_gone(const struct shard_sa *sa)
{
    send_to_others(sa, false, on_twin_gone);
}

/* -------------------------------------------------------------------------- orphaned */

/* There is somebody, at the shard that says so. */
static void on_heir(void *member, struct shard_letter *letter)
{
    struct news *news = x4m_container(letter, struct news, letter);
    struct shard_peer *peer = shard_peer_named(member, &news->name);
    if (peer) {
        shard_peer_hold(peer);
        send_children(&peer->orphans, &news->name);
        shard_peer_let_go(member, peer);
    }
    done(member, news);
}

static void on_orphaned(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct news *news = x4m_container(letter, struct news, letter);
    const struct shard_peer *peer = shard_peer_named(shard, &news->name);
    const struct shard_sa *heir = NULL;
    for (x4s_list *link = peer ? peer->sas.prev : NULL; link && !heir && link != &peer->sas;
         link = link->prev) {
        const struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (shard_news_is_kin(sa, &news->name) && !sa->replaced)
            heir = sa;
    }
    if (heir) {
        struct shard_sa_name name;
        shard_name_sa(heir, &name);
        send_news(shard, letter->from, &name, false, on_heir);
    }
    done(member, news);
}

void shard_news_orphaned(const struct shard_sa *sa)
{
    send_to_others(sa, false, on_orphaned);
}
