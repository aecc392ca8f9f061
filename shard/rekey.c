/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/rekey.h"

#include "shard/config/kin.h"
#include "shard/connection.h"
#include "shard/initiate.h"
#include "shard/news.h"
#include "shard/twin.h"

/* So long an SA stays beside the one that replaces it. */
#define OVERLAP_MS 1000 /* req 2408-4.3-3 */

/* How long a responder leaves the rekeying to the initiator: a part of what is left, bounded. */
#define PATIENCE_PART   8
#define PATIENCE_MS_MAX 10000

/* After a failure to rekey. */
#define AGAIN_MS 5000

/* Orphans of one host that a new ISAKMP SA looks for, newest first, and heirs likewise. */
#define LOOK_AT_MAX 16

static x4_msec patience(uint32_t soft_sec, uint32_t life_sec)
{
    if (life_sec <= soft_sec)
        return PATIENCE_MS_MAX;
    uint64_t left_ms = (uint64_t)(life_sec - soft_sec) * 1000;
    return x4m_min(left_ms / PATIENCE_PART, (uint64_t)PATIENCE_MS_MAX);
}

static bool is_kin(const struct shard_sa *a, const struct shard_sa *b)
{
    return hub_connection_same(a->connection, b->connection) &&
           x4_net_addr_equal(&a->link.remote, &b->link.remote);
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static bool has_newer_kin(const struct shard_sa *sa)
{
    const x4s_list *sas = &sa->peer->sas;
    int looked_at = 0;
    for (const x4s_list *link = sas->prev;
         link != sas && link != &sa->of_peer && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        const struct shard_sa *other = x4m_container_const(link, struct shard_sa, of_peer);
        if (!other->replaced && is_kin(other, sa))
            return true;
    }
    return false;
}

static void succeed(struct shard_sa *sa)
{
    if (sa->connection->asks_user || sa->replaced || sa->successor || has_newer_kin(sa) ||
        !shard_connection_now(sa))
        return;
    sa->shard->counters.rekeys1++;
    shard_initiate_successor(sa);
}

static void succeed_later(struct shard *shard, struct shard_timer *timer)
{
    (void)shard;
    succeed(x4m_container(timer, struct shard_sa, timer));
}

void shard_rekey_aging1(struct shard_sa *sa)
{
    const x4s_ike_config1 *config = &sa->connection->phase1;
    if (sa->replaced)
        return;
    if (sa->role == x4c_ike_initiator) {
        succeed(sa);
        return;
    }
    sa->timer.fire = succeed_later;
    shard_timer_set(sa->shard, &sa->timer, patience(config->soft_sec, config->life_sec));
}

void shard_rekey_now1(struct shard_sa *sa)
{
    succeed(sa);
}

static void end_replaced_sa(struct shard *shard, struct shard_timer *timer)
{
    struct shard_sa *sa = x4m_container(timer, struct shard_sa, timer);
    (void)shard;
    sa->end = SHARD_END_rekeyed;
    x4_charon_term1(sa->xchg, btrue);
}

static void take_from_predecessor(struct shard_sa *sa)
{
    struct shard_sa *old = sa->predecessor;
    if (!old)
        return;
    old->successor = NULL;
    sa->predecessor = NULL;
    if (old->xchg)
        shard_sa_give_way(old, end_replaced_sa, OVERLAP_MS);
    shard_sa_bequeath(old, sa);
}

static void take_from_orphans(struct shard_sa *sa)
{
    x4s_list *orphans = &sa->peer->orphans;
    int looked_at = 0;
    for (x4s_list *link = orphans->prev, *prev; link != orphans && looked_at++ < LOOK_AT_MAX;
         link = prev) {
        prev = link->prev;
        struct shard_sa *orphan = x4m_container(link, struct shard_sa, of_peer);
        if (is_kin(orphan, sa))
            shard_sa_bequeath(orphan, sa);
    }
}

static void rekey(struct shard_child *child);

static void rekey_waiting(struct shard_sa *sa)
{
    x4m_list_each(link, &sa->children)
    {
        struct shard_child *child = x4m_container(link, struct shard_child, of_sa);
        if (child->needs_peer)
            rekey(child);
    }
}

void shard_rekey_adopt(struct shard_sa *sa)
{
    take_from_predecessor(sa);
    take_from_orphans(sa);
    struct shard_sa *heir = sa->replaced ? shard_rekey_heir(sa) : NULL;
    if (heir)
        shard_sa_bequeath(sa, heir);
    rekey_waiting(heir ? heir : sa);
}

struct shard_sa *shard_rekey_heir(const struct shard_sa *sa)
{
    const x4s_list *sas = &sa->peer->sas;
    int looked_at = 0;
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other != sa && !other->replaced && is_kin(other, sa))
            return other;
    }
    return NULL;
}

void shard_rekey_disposed1(struct shard_sa *sa)
{
    struct shard_sa *old = sa->predecessor;
    if (old && !sa->up) {
        old->successor = NULL;
        sa->predecessor = NULL;
        old->timer.fire = succeed_later;
        if (old->xchg)
            shard_timer_set(sa->shard, &old->timer, AGAIN_MS);
    }
    if (sa->up && !sa->replaced)
        shard_twin_revive(sa);
    struct shard_sa *heir = sa->peer && !x4_list_empty(&sa->children) ? shard_rekey_heir(sa) : NULL;
    if (heir)
        shard_sa_bequeath(sa, heir);
    else if (sa->peer && !x4_list_empty(&sa->children) && !sa->ending)
        shard_news_orphaned(sa);
}

/* -------------------------------------------------------------------------- children */

static void rekey_later(struct shard *shard, struct shard_timer *timer)
{
    (void)shard;
    rekey(x4m_container(timer, struct shard_child, timer));
}

static void rekey_after(struct shard_child *child, x4_msec delay)
{
    child->timer.fire = rekey_later;
    shard_timer_set(child->sa->shard, &child->timer, delay);
}

/* Where no connection is for the peer any more, the child waits for one that the peer begins. */
static void ask_for_peer(struct shard_child *child)
{
    struct shard_sa *sa = child->sa;
    if (!shard_connection_now(sa))
        return;
    if (!sa->successor && !sa->connection->asks_user)
        shard_initiate_successor(sa);
    rekey_after(child, AGAIN_MS);
}

static void rekey(struct shard_child *child)
{
    struct shard_sa *sa = child->sa;
    const struct hub_child *config = shard_connection_child_now(child);
    if (child->replaced || child->rekeying || !config || shard_child_has_newer(child))
        return;
    child->needs_peer = !sa->up || sa->replaced;
    if (child->needs_peer) {
        ask_for_peer(child);
        return;
    }
    shard_timer_cancel(sa->shard, &child->timer);
    sa->shard->counters.rekeys2++;
    child->rekeying = shard_initiate_replacement(child, config);
    if (!child->rekeying)
        rekey_after(child, AGAIN_MS);
}

void shard_rekey_aging2(struct shard_child *child)
{
    const x4s_ike_config2 *config = &child->config->phase2;
    if (child->replaced)
        return;
    if (child->role == x4c_ike_initiator)
        rekey(child);
    else
        rekey_after(child, patience(config->soft_sec, config->life_sec));
}

void shard_rekey_now2(struct shard_child *child)
{
    rekey(child);
}

static void end_replaced_child(struct shard *shard, struct shard_timer *timer)
{
    (void)shard;
    shard_child_end(x4m_container(timer, struct shard_child, timer), SHARD_END_rekeyed, true);
}

void shard_rekey_replace(struct shard_child *old)
{
    old->rekeying = false;
    old->replaced = true;
    old->timer.fire = end_replaced_child;
    shard_timer_set(old->sa->shard, &old->timer, OVERLAP_MS);
}

void shard_rekey_completed2(struct shard_child *child)
{
    struct shard *shard = child->sa->shard;
    struct shard_child *old = child->replaces ? shard_child_find(shard, child->replaces) : NULL;
    child->replaces = 0;
    if (old)
        shard_rekey_replace(old);
}

void shard_rekey_disposed2(struct shard_child *child)
{
    if (child->up && !child->replaced && child->sa->peer)
        shard_twin_revive_child(child);
    if (child->up || !child->replaces)
        return;
    struct shard_child *old = shard_child_find(child->sa->shard, child->replaces);
    if (!old)
        return;
    old->rekeying = false;
    rekey_after(old, AGAIN_MS);
}
