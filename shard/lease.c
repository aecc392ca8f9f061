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

/* Where the lease of that family is, or would be. */
static struct shard_lease **place_of(struct shard_sa *sa, uint8_t family)
{
    struct shard_lease **place = &sa->lease;
    while (*place && (*place)->family != family)
        place = &(*place)->other;
    return place;
}

static void forget(struct shard_lease *lease)
{
    struct shard_lease **place = place_of(lease->sa, lease->family);
    *place = lease->other;
    free(lease);
}

static void resume_one(struct shard_sa *sa, const x4s_net_addr *addr, const x4s_net_addr *then,
                       shard_resumed_fn resumed);

static void tell_resumed(struct shard_lease *lease, struct shard *shard)
{
    static const x4s_net_addr none;
    shard_resumed_fn resumed = lease->resumed;
    lease->resumed = NULL;
    if (!resumed)
        return;
    if (lease->sa && lease->then.family)
        resume_one(lease->sa, &lease->then, &none, resumed);
    else
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
        forget(lease);
        return;
    }
    lease->reported = true;
    shard_report_lease(lease->sa, lease, lease->pool->name);
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

static bool is_framed(const struct shard_sa *sa, uint8_t family)
{
    return sa->session && sa->session->framed.family == family;
}

const char *shard_lease_source(const struct shard_sa *sa, uint8_t family)
{
    const struct hub_pool *pool = hub_connection_pool(sa->connection, family);
    return is_framed(sa, family) || !pool ? "radius" : pool->name;
}

bool shard_lease_offered(const struct shard_sa *sa, uint8_t family)
{
    return is_framed(sa, family) || hub_connection_pool(sa->connection, family);
}

struct shard_lease *shard_lease_of(const struct shard_sa *sa, uint8_t family)
{
    struct shard_lease *lease = sa->lease;
    while (lease && lease->family != family)
        lease = lease->other;
    return lease;
}

const x4s_net_addr *shard_lease_addr(const struct shard_sa *sa, uint8_t family)
{
    const struct shard_lease *lease = shard_lease_of(sa, family);
    return lease && lease->state == SHARD_LEASE_GIVEN ? &lease->addr : NULL;
}

/* What nobody has to be asked for: the server has said it, or the configuration; or NULL. */
static const x4s_net_addr *settled(const struct shard_sa *sa, uint8_t family)
{
    const struct hub_pool *pool = hub_connection_pool(sa->connection, family);
    if (is_framed(sa, family))
        return &sa->session->framed;
    return pool && sa->peer ? hub_pool_static(pool, shard_peer_id(sa->peer).data) : NULL;
}

static struct shard_lease *new_lease(struct shard_sa *sa, uint8_t family)
{
    struct shard_lease *lease = calloc(1, sizeof(*lease));
    if (!lease)
        return NULL;
    lease->sa = sa;
    lease->family = family;
    lease->estate = sa->estate;
    *place_of(sa, family) = lease;
    return lease;
}

bool shard_lease_accept(struct shard_sa *sa, const x4s_net_addr *addr)
{
    struct shard_lease *lease = shard_lease_of(sa, addr->family);
    if (!lease)
        lease = new_lease(sa, addr->family);
    if (!lease)
        return false;
    lease->addr = *addr;
    lease->state = SHARD_LEASE_GIVEN;
    lease->reported = true;
    return true;
}

static bool make(struct shard_sa *sa, uint8_t family, bool recall)
{
    const x4s_net_addr *ready = settled(sa, family);
    const struct hub_pool *pool = hub_connection_pool(sa->connection, family);
    struct shard_lease *lease = ready || pool ? new_lease(sa, family) : NULL;
    if (!lease)
        return false;
    if (ready) {
        lease->addr = *ready;
        lease->state = SHARD_LEASE_GIVEN;
        shard_persist_changed1(sa);
        return true;
    }
    lease->pool = pool;
    lease->recall = recall;
    if (ask(lease))
        return true;
    forget(lease);
    return false;
}

/* `then` is resumed when there is an answer about `addr`. */
static void resume_one(struct shard_sa *sa, const x4s_net_addr *addr, const x4s_net_addr *then,
                       shard_resumed_fn resumed)
{
    const struct hub_pool *pool = hub_connection_pool(sa->connection, addr->family);
    const bool known =
        sa->connection->framed || hub_connection_asks(sa->connection) || settled(sa, addr->family);
    const bool framed = known && !(pool && x4_net_selector_has_addr(&pool->range, addr));
    struct shard_lease *lease = pool || framed ? new_lease(sa, addr->family) : NULL;
    if (!lease) {
        resumed(sa->shard, sa->estate);
        return;
    }
    lease->addr = *addr;
    lease->then = *then;
    lease->resumed = resumed;
    if (framed) {
        lease->state = SHARD_LEASE_GIVEN;
        lease->reported = true;
        tell_resumed(lease, sa->shard);
        return;
    }
    lease->pool = pool;
    lease->recall = true;
    if (ask(lease))
        return;
    forget(lease);
    resumed(sa->shard, sa->estate);
}

void shard_lease_resume(struct shard_sa *sa, const x4s_net_addr addrs[HUB_INSIDES],
                        shard_resumed_fn resumed)
{
    const x4s_net_addr *first =
        addrs[HUB_INSIDE_IP4].family ? &addrs[HUB_INSIDE_IP4] : &addrs[HUB_INSIDE_IP6];
    static const x4s_net_addr none;
    const bool both = addrs[HUB_INSIDE_IP4].family && addrs[HUB_INSIDE_IP6].family;
    if (first->family)
        resume_one(sa, first, both ? &addrs[HUB_INSIDE_IP6] : &none, resumed);
    else
        resumed(sa->shard, sa->estate);
}

void shard_lease_recall(struct shard_sa *sa)
{
    for (enum hub_inside i = 0; i < HUB_INSIDES; i++)
        if (!shard_lease_of(sa, hub_inside_family(i)))
            (void)make(sa, hub_inside_family(i), true);
}

enum shard_lease_state shard_lease_ask(struct shard_sa *sa, uint8_t family)
{
    if (!shard_lease_of(sa, family) && !make(sa, family, false))
        return SHARD_LEASE_NONE;
    struct shard_lease *lease = shard_lease_of(sa, family);
    const enum shard_lease_state state = lease->state;
    if (state == SHARD_LEASE_ASKED)
        sa->shard->asking = lease;
    return state;
}

void shard_lease_drop(struct shard_sa *sa, uint8_t family)
{
    struct shard_lease *lease = shard_lease_of(sa, family);
    if (lease && lease->state == SHARD_LEASE_NONE)
        forget(lease);
}

void shard_lease_wait(struct shard *shard, const struct ring_datagram *question)
{
    struct shard_lease *lease = shard->asking;
    if (!lease->question)
        lease->question = shard_datagram_copy(question);
}

static void end(struct shard *shard, struct shard_lease *lease)
{
    free(lease->question);
    lease->question = NULL;
    lease->sa = NULL;
    if (lease->state == SHARD_LEASE_ASKED)
        return; /* the answer releases it */
    if (lease->state == SHARD_LEASE_GIVEN && lease->pool)
        give_back(shard, lease->pool, lease->estate, &lease->addr);
    free(lease);
}

void shard_lease_end(struct shard_sa *sa)
{
    struct shard_lease *lease = sa->lease;
    sa->lease = NULL;
    while (lease) {
        struct shard_lease *other = lease->other;
        lease->other = NULL;
        end(sa->shard, lease);
        lease = other;
    }
}
