/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/lease.h"

#include <stdlib.h>
#include <string.h>

#include "shard/config/numbers.h"
#include "shard/keep/persist.h"
#include "shard/pool.h"
#include "shard/radius/session.h"
#include "shard/receive.h"
#include "shard/remote_access.h"
#include "shard/report.h"
#include "shard/snapshot.h"

/* To the shard that keeps the pool, and back. */
struct lease_letter {
    struct shard_letter letter;
    struct shard_lease *lease; /* whoever asks knows what it is */
    const struct hub_pool *pool;
    bool recall;
    uint32_t estate;
    x4s_net_addr host;
    x4s_net_addr addr; /* to the keeper: the one that it has; back: no family, there is none */
    x4e_ike_id_type owner_type;
    size_t owner_len;
    uint8_t owner[];
};

static uint32_t keeper(const struct shard *shard, const struct hub_pool *pool)
{
    return hub_pool_home(pool, shard->steer.count);
}

static struct shard_pool *pool_of(const struct shard *shard, const struct hub_pool *config,
                                  uint32_t estate)
{
    return shard_snapshot_pool(shard, hub_pool_number(config), estate);
}

static void done(struct shard *shard, struct lease_letter *letter)
{
    shard_unuse(shard, letter->pool->config);
    free(letter);
}

/* -------------------------------------------------------------------------- who keeps the pool */

static x4s_net_addr take(const struct shard *shard, const struct hub_pool *config, uint32_t estate,
                         const x4s_ike_id *owner, const x4s_net_addr *host, bool recall,
                         const x4s_net_addr *claimed)
{
    struct shard_pool *pool = pool_of(shard, config, estate);
    x4s_net_addr addr = {0};
    if (pool->range.family != config->range.family)
        return addr; /* the pool has changed, and the client was promised another kind */
    if (claimed->family)
        return shard_pool_claim(pool, owner, host, claimed) ? *claimed : addr;
    if (recall)
        (void)shard_pool_take_back(pool, owner, host, &addr);
    else
        (void)shard_pool_take(pool, owner, host, &addr);
    return addr;
}

static void on_give(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct lease_letter *mine = x4m_container(letter, struct lease_letter, letter);
    shard_pool_give(pool_of(shard, mine->pool, mine->estate), &mine->addr);
    done(shard, mine);
}

static void on_answer(void *member, struct shard_letter *letter);

static void on_ask(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct lease_letter *mine = x4m_container(letter, struct lease_letter, letter);
    const x4s_ike_id owner = {mine->owner_type, {mine->owner, mine->owner_len}};
    mine->addr =
        take(shard, mine->pool, mine->estate, &owner, &mine->host, mine->recall, &mine->addr);
    letter->deliver = on_answer;
    shard_post_send(&shard->post, letter->from, letter);
}

/* -------------------------------------------------------------------------- who asks */

static struct lease_letter *write_letter(struct shard *shard, const struct hub_pool *pool,
                                         uint32_t estate, size_t owner_len,
                                         shard_deliver_fn deliver)
{
    struct lease_letter *letter = calloc(1, sizeof(*letter) + owner_len);
    if (!letter)
        return NULL;
    letter->letter.deliver = deliver;
    letter->pool = pool;
    letter->estate = estate;
    shard_use(shard, pool->config);
    letter->owner_len = owner_len;
    return letter;
}

static void give_back(struct shard *shard, const struct hub_pool *pool, uint32_t estate,
                      const x4s_net_addr *addr)
{
    const uint32_t home = keeper(shard, pool);
    if (home == shard->steer.index) {
        shard_pool_give(pool_of(shard, pool, estate), addr);
        return;
    }
    struct lease_letter *letter = write_letter(shard, pool, estate, 0, on_give);
    if (!letter) {
        shard->counters.no_memory++;
        return;
    }
    letter->addr = *addr;
    shard_post_send(&shard->post, home, &letter->letter);
}

static void forget(struct shard_sa *sa)
{
    free(sa->lease);
    sa->lease = NULL;
}

static void tell_resumed(struct shard_lease *lease, struct shard *shard)
{
    shard_resumed_fn resumed = lease->resumed;
    lease->resumed = NULL;
    if (resumed)
        resumed(shard, lease->estate);
}

static void answered(struct shard_lease *lease, const x4s_net_addr *addr)
{
    lease->addr = *addr;
    lease->state = addr->family ? SHARD_LEASE_GIVEN : SHARD_LEASE_NONE;
    if (lease->resumed)
        tell_resumed(lease, lease->sa->shard);
    else if (addr->family && lease->sa)
        shard_persist_changed1(lease->sa);
    if (!lease->recall || !lease->sa)
        return;
    lease->recall = false;
    if (lease->state == SHARD_LEASE_NONE) {
        forget(lease->sa);
        return;
    }
    lease->reported = true;
    shard_report_lease(lease->sa, lease->pool->name);
}

static void on_answer(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct lease_letter *mine = x4m_container(letter, struct lease_letter, letter);
    struct shard_lease *lease = mine->lease;
    struct shard_sa *sa = lease->sa;
    const bool wanted = sa != NULL;
    const bool push = lease->push;
    struct ring_datagram *question = lease->question;
    lease->question = NULL;
    if (!wanted)
        tell_resumed(lease, shard);
    if (wanted)
        answered(lease, &mine->addr);
    else if (mine->addr.family)
        give_back(shard, lease->pool, lease->estate, &mine->addr);
    if (!wanted)
        free(lease);
    if (wanted && push)
        shard_remote_access_push(sa);
    if (wanted && question)
        shard_receive(shard, question);
    free(question);
    done(shard, mine);
}

static bool ask(struct shard_lease *lease)
{
    struct shard *shard = lease->sa->shard;
    const x4s_ike_id owner = shard_peer_id(lease->sa->peer);
    const x4s_net_addr *host = &lease->sa->link.remote;
    const uint32_t home = keeper(shard, lease->pool);
    if (home == shard->steer.index) {
        const x4s_net_addr addr =
            take(shard, lease->pool, lease->estate, &owner, host, lease->recall, &lease->addr);
        answered(lease, &addr);
        return true;
    }
    struct lease_letter *letter =
        write_letter(shard, lease->pool, lease->estate, owner.data.len, on_ask);
    if (!letter)
        return false;
    letter->lease = lease;
    letter->recall = lease->recall;
    letter->addr = lease->addr;
    letter->host = *host;
    letter->owner_type = owner.type;
    memcpy(letter->owner, owner.data.data, owner.data.len);
    shard_post_send(&shard->post, home, &letter->letter);
    return true;
}

static bool is_framed(const struct shard_sa *sa)
{
    return sa->session && sa->session->framed.family;
}

const char *shard_lease_source(const struct shard_sa *sa)
{
    return is_framed(sa) || !sa->connection->pool ? "radius" : sa->connection->pool->name;
}

/* What nobody has to be asked for: the server has said it, or the configuration; or NULL. */
static const x4s_net_addr *settled(const struct shard_sa *sa)
{
    if (is_framed(sa))
        return &sa->session->framed;
    return sa->connection->pool && sa->peer
               ? hub_pool_static(sa->connection->pool, shard_peer_id(sa->peer).data)
               : NULL;
}

static bool make(struct shard_sa *sa, bool recall)
{
    const x4s_net_addr *ready = settled(sa);
    if (!ready && !sa->connection->pool)
        return false;
    sa->lease = calloc(1, sizeof(*sa->lease));
    if (!sa->lease)
        return false;
    sa->lease->sa = sa;
    if (ready) {
        sa->lease->addr = *ready;
        sa->lease->state = SHARD_LEASE_GIVEN;
        shard_persist_changed1(sa);
        return true;
    }
    sa->lease->pool = sa->connection->pool;
    sa->lease->estate = sa->estate;
    sa->lease->recall = recall;
    if (ask(sa->lease))
        return true;
    forget(sa);
    return false;
}

void shard_lease_resume(struct shard_sa *sa, const x4s_net_addr *addr, shard_resumed_fn resumed)
{
    const struct hub_pool *pool = sa->connection->pool;
    const bool framed = (sa->connection->framed || settled(sa)) &&
                        !(pool && x4_net_selector_has_addr(&pool->range, addr));
    sa->lease = pool || framed ? calloc(1, sizeof(*sa->lease)) : NULL;
    if (!sa->lease) {
        resumed(sa->shard, sa->estate);
        return;
    }
    sa->lease->sa = sa;
    if (framed) {
        sa->lease->addr = *addr;
        sa->lease->state = SHARD_LEASE_GIVEN;
        sa->lease->reported = true;
        resumed(sa->shard, sa->estate);
        return;
    }
    sa->lease->pool = sa->connection->pool;
    sa->lease->estate = sa->estate;
    sa->lease->recall = true;
    sa->lease->addr = *addr;
    sa->lease->resumed = resumed;
    if (ask(sa->lease))
        return;
    forget(sa);
    resumed(sa->shard, sa->estate);
}

void shard_lease_recall(struct shard_sa *sa)
{
    if (!sa->lease)
        (void)make(sa, true);
}

enum shard_lease_state shard_lease_ask(struct shard_sa *sa)
{
    if (!sa->lease && !make(sa, false))
        return SHARD_LEASE_NONE;
    const enum shard_lease_state state = sa->lease->state;
    if (state == SHARD_LEASE_ASKED)
        sa->shard->asking = sa->lease;
    if (state == SHARD_LEASE_NONE)
        forget(sa);
    return state;
}

void shard_lease_wait(struct shard *shard, const struct ring_datagram *question)
{
    struct shard_lease *lease = shard->asking;
    if (!lease->question)
        lease->question = shard_datagram_copy(question);
}

void shard_lease_end(struct shard_sa *sa)
{
    struct shard_lease *lease = sa->lease;
    if (!lease)
        return;
    sa->lease = NULL;
    free(lease->question);
    lease->question = NULL;
    lease->sa = NULL;
    if (lease->state == SHARD_LEASE_ASKED)
        return; /* the answer releases it */
    if (lease->state == SHARD_LEASE_GIVEN && lease->pool)
        give_back(sa->shard, lease->pool, lease->estate, &lease->addr);
    free(lease);
}
