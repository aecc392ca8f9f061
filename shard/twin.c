/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/twin.h"

#include <string.h>

#include "shard/config/kin.h"

/*
 * How long the one that is to end stays, for what is still on its way under it, and so that the
 * other comes first where the peer has another rule: strongSwan ends what it takes for older after
 * ten seconds. Then, where the peer has begun it, so long again.
 */
#define SA_OVERLAP_MS    20000
#define CHILD_OVERLAP_MS 1000
#define PEERS_TURN_MS    10000

/*
 * The peer's exchange is known to us from its second message on, which it may have sent before it
 * saw that ours was complete.
 */
#define UNDER_WAY_MS 500

/* ISAKMP SAs of one host that are looked at, newest first. */
#define LOOK_AT_MAX 16

static bool is_kin(const struct shard_sa *a, const struct shard_sa *b)
{
    return hub_connection_same(a->connection, b->connection) &&
           x4_net_addr_equal(&a->link.remote, &b->link.remote);
}

static bool began_by(uint32_t began_ms, x4_msec up_at)
{
    return (int32_t)(began_ms - (uint32_t)up_at) <= 0;
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

bool shard_twin_is(const struct shard_sa *a, const struct shard_sa *b)
{
    return a->role != b->role && is_kin(a, b) && began_by(a->began_ms, b->up_at + UNDER_WAY_MS) &&
           began_by(b->began_ms, a->up_at + UNDER_WAY_MS);
}

/* Whether the cookies of an SA are less than others. */
static bool are_less(const struct shard_sa *sa, const uint8_t cookie_i[8],
                     const uint8_t cookie_r[8])
{
    int order = memcmp(sa->cookie_i, cookie_i, sizeof(sa->cookie_i));
    return (order ? order : memcmp(sa->cookie_r, cookie_r, sizeof(sa->cookie_r))) < 0;
}

static void end_sa(struct shard *shard, struct shard_timer *timer)
{
    struct shard_sa *sa = x4m_container(timer, struct shard_sa, timer);
    (void)shard;
    sa->end = SHARD_END_twin;
    x4_charon_term1(sa->xchg, btrue);
}

/* They are the twin's own: not adopted from what the peer can say that it has forgotten. */
static void give_children(struct shard_sa *loser, struct shard_sa *winner)
{
    x4s_list *link;
    while ((link = x4_list_pop(&loser->children))) {
        x4m_container(link, struct shard_child, of_sa)->sa = winner;
        x4_list_append(&winner->children, link);
    }
}

void shard_twin_end_later(struct shard_sa *loser)
{
    bool ours = loser->role == x4c_ike_initiator;
    loser->shard->counters.twins1++;
    shard_sa_give_way(loser, end_sa, SA_OVERLAP_MS + (ours ? 0 : PEERS_TURN_MS));
}

static void settle_between(struct shard_sa *a, struct shard_sa *b)
{
    struct shard_sa *loser = are_less(a, b->cookie_i, b->cookie_r) ? a : b;
    shard_twin_end_later(loser);
    give_children(loser, loser == a ? b : a);
}

void shard_twin_settle(struct shard_sa *sa)
{
    const x4s_list *sas = &sa->peer->sas;
    int looked_at = 0;
    if (sa->connection->unique == HUB_UNIQUE_NEVER)
        return;
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other == sa || other == sa->predecessor || other->replaced || !shard_twin_is(other, sa))
            continue;
        settle_between(sa, other);
        return;
    }
}

/* Whether there may still be a twin that waits for its end. */
static bool is_young(const struct shard_sa *sa)
{
    return sa->shard->now - sa->up_at < SA_OVERLAP_MS + PEERS_TURN_MS;
}

static bool may_have_been_begun_by_both(const struct shard_sa *sa)
{
    return sa->connection->remote_addrs.first.family != x4c_net_none;
}

void shard_twin_revive(const struct shard_sa *gone)
{
    const x4s_list *sas = &gone->peer->sas;
    int looked_at = 0;
    if (may_have_been_begun_by_both(gone) && is_young(gone))
        shard_news_twin_gone(gone);
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other == gone || !other->replaced || other->timer.fire != end_sa ||
            !shard_twin_is(other, gone))
            continue;
        shard_sa_stay(other);
        return;
    }
}

/* -------------------------------------------------------------------------- of other shards */

bool shard_twin_is_abroad(const struct shard_sa *sa, const struct shard_sa_name *name)
{
    return sa->role != name->role && hub_connection_same(sa->connection, name->connection) &&
           x4_net_addr_equal(&sa->link.remote, &name->host) &&
           began_by(sa->began_ms, name->up_at + UNDER_WAY_MS) &&
           began_by(name->began_ms, sa->up_at + UNDER_WAY_MS);
}

bool shard_twin_loses(const struct shard_sa *sa, const struct shard_sa_name *name)
{
    return are_less(sa, name->cookie_i, name->cookie_r);
}

void shard_twin_revive_abroad(struct shard_peer *peer, const struct shard_sa_name *gone)
{
    x4m_list_each(link, &peer->sas)
    {
        struct shard_sa *sa = x4m_container(link, struct shard_sa, of_peer);
        if (!sa->replaced || sa->timer.fire != end_sa || !shard_twin_is_abroad(sa, gone))
            continue;
        shard_sa_stay(sa);
    }
}

/* -------------------------------------------------------------------------- children */

static bool are_twins(const struct shard_child *a, const struct shard_child *b)
{
    return a->role != b->role && shard_child_is_same(a, b) && began_by(a->began_ms, b->up_at) &&
           began_by(b->began_ms, a->up_at);
}

/* The same for both sides, who see the SPIs the other way round. */
static bool is_lesser(const struct shard_child *a, const struct shard_child *b)
{
    uint32_t top_a = x4m_max(a->spi_in, a->spi_out);
    uint32_t top_b = x4m_max(b->spi_in, b->spi_out);
    if (top_a != top_b)
        return top_a < top_b;
    return x4m_min(a->spi_in, a->spi_out) < x4m_min(b->spi_in, b->spi_out);
}

static void end_child(struct shard *shard, struct shard_timer *timer)
{
    (void)shard;
    shard_child_end(x4m_container(timer, struct shard_child, timer), SHARD_END_twin, true);
}

static void settle_child_between(struct shard_child *a, struct shard_child *b)
{
    struct shard_child *loser = is_lesser(a, b) ? a : b;
    struct shard *shard = loser->sa->shard;
    bool ours = loser->role == x4c_ike_initiator;
    shard->counters.twins2++;
    loser->replaced = true;
    loser->timer.fire = end_child;
    shard_timer_set(shard, &loser->timer, CHILD_OVERLAP_MS + (ours ? 0 : PEERS_TURN_MS));
}

static struct shard_child *find_twin(const struct shard_sa *sa, const struct shard_child *child,
                                     bool ending)
{
    const x4s_list *children = &sa->children;
    for (x4s_list *link = children->prev; link != children; link = link->prev) {
        struct shard_child *other = x4m_container(link, struct shard_child, of_sa);
        bool ends = other->replaced && other->timer.fire == end_child;
        if (other != child && other->up && (ending ? ends : !other->replaced) &&
            are_twins(other, child))
            return other;
    }
    return NULL;
}

/* Under any ISAKMP SA of the host; `ending`: it was settled that it ends. */
static struct shard_child *twin_of(const struct shard_child *child, bool ending)
{
    const struct shard_sa *sa = child->sa;
    const x4s_list *sas = &sa->peer->sas;
    int looked_at = 0;
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        const struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        struct shard_child *twin = is_kin(other, sa) ? find_twin(other, child, ending) : NULL;
        if (twin)
            return twin;
    }
    return NULL;
}

void shard_twin_settle_child(struct shard_child *child)
{
    struct shard_child *twin = twin_of(child, false);
    if (twin)
        settle_child_between(child, twin);
}

void shard_twin_revive_child(const struct shard_child *gone)
{
    struct shard_child *twin = twin_of(gone, true);
    if (!twin)
        return;
    shard_timer_cancel(twin->sa->shard, &twin->timer);
    twin->replaced = false;
}
