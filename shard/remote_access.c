/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/remote_access.h"

#include <string.h>

#include "shard/pool.h"
#include "shard/report.h"
#include "x4/crypto/crypto.h"

/* SAs of one user that a new one looks at, newest first. */
#define LOOK_AT_MAX 16

static const uint8_t host_mask[] = {255, 255, 255, 255};

/* -------------------------------------------------------------------------- the user */

/* Some clients end texts with a zero byte. */
static x4s_chunk text_of(const x4s_ike_cfg *cfg, uint16_t type)
{
    const x4s_ike_cfg_item *item = x4_ike_cfg_find(cfg, type, 0);
    x4s_chunk text = item ? item->value : (x4s_chunk){0};
    while (text.len && text.data[text.len - 1] == 0)
        text.len--;
    return text;
}

static bool is_password(const struct hub_user *user, x4s_chunk password)
{
    return user && user->password.len == password.len &&
           x4_crypto_equal(user->password.data, password.data, password.len);
}

void shard_remote_access_judge(struct shard_sa *sa, x4s_ike_xauth_job *job)
{
    const x4s_chunk name = text_of(&job->answer, x4c_ike_xauth_user_name);
    const x4s_chunk password = text_of(&job->answer, x4c_ike_xauth_user_password);
    const struct hub_user *user = hub_config_user(sa->shard->config, name);
    const bool right = is_password(user, password);
    job->verdict = right ? x4c_ike_verdict_accept : x4c_ike_verdict_refuse;
    if (!right)
        sa->shard->counters.xauth_refused++;
    shard_report_user(sa, name, right);
}

bval shard_remote_access_answer(struct shard_sa *sa, const x4s_ike_cfg *asked, x4s_ike_cfg *out)
{
    const struct hub_user *user = sa->connection->user;
    x4s_ike_cfg_item *items = sa->shard->attributes;
    size_t count = 0;
    if (!user)
        return bfalse;
    for (size_t i = 0; i < asked->count && count < x4c_ike_cfg_max; i++) {
        const uint16_t type = asked->items[i].type;
        if (type == x4c_ike_xauth_user_name)
            items[count++] = (x4s_ike_cfg_item){.type = type, .value = user->name};
        if (type == x4c_ike_xauth_user_password)
            items[count++] = (x4s_ike_cfg_item){.type = type, .value = user->password};
    }
    *out = (x4s_ike_cfg){items, count};
    return count > 0;
}

/* -------------------------------------------------------------------------- configuration */

static bool asks_for(const x4s_ike_cfg *asked, uint16_t type)
{
    return x4_ike_cfg_find(asked, type, 0) != NULL;
}

/* The lease that the same client has under an SA which this one is to replace, or NULL. */
static struct shard_lease *lease_before(const struct shard_sa *sa)
{
    const x4s_list *sas = &sa->peer->sas;
    int looked_at = 0;
    for (x4s_list *link = sas->prev; link != sas && looked_at++ < LOOK_AT_MAX; link = link->prev) {
        const struct shard_sa *other = x4m_container(link, struct shard_sa, of_peer);
        if (other != sa && other->lease && other->connection == sa->connection &&
            x4_net_addr_equal(&other->link.remote, &sa->link.remote))
            return other->lease;
    }
    return NULL;
}

/* One address for a client, however often it asks. */
static bool take_lease(struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    const struct hub_pool *pool = sa->connection->pool;
    if (sa->lease)
        return true;
    const x4s_ike_id id = shard_peer_id(sa->peer);
    struct shard_lease *before = lease_before(sa);
    sa->lease = before ? shard_pool_share(before)
                       : shard_pool_take(&shard->pools[pool->index], shard->hash_key, id.data);
    if (!sa->lease)
        shard->counters.pool_exhausted++;
    shard_report_lease(sa, pool->name);
    return sa->lease != NULL;
}

static size_t put_address(struct shard_sa *sa, const x4s_ike_cfg *asked, x4s_ike_cfg_item *items)
{
    const bool ip4 = sa->connection->pool->range.family == x4c_net_ipv4;
    const uint16_t type = ip4 ? x4c_ike_cfg_ip4_address : x4c_ike_cfg_ip6_address;
    size_t count = 0;
    if (!asks_for(asked, type) || !take_lease(sa))
        return 0;
    const x4s_net_addr *addr = &sa->lease->addr;
    items[count++] =
        (x4s_ike_cfg_item){.type = type, .value = {addr->ip, x4_net_addr_size(addr->family)}};
    if (ip4 && asks_for(asked, x4c_ike_cfg_ip4_netmask))
        items[count++] = (x4s_ike_cfg_item){.type = x4c_ike_cfg_ip4_netmask,
                                            .value = {host_mask, sizeof(host_mask)}};
    return count;
}

bval shard_remote_access_configure(struct shard_sa *sa, x4e_ike_cfg type, const x4s_ike_cfg *asked,
                                   x4s_ike_cfg *out)
{
    const struct hub_pool *pool = sa->connection->pool;
    x4s_ike_cfg_item *items = sa->shard->attributes;
    if (type != x4c_ike_cfg_request || !pool || !sa->peer)
        return bfalse;
    size_t count = put_address(sa, asked, items);
    for (size_t i = 0; i < pool->attributes.count; i++)
        if (asks_for(asked, pool->attributes.items[i].type))
            items[count++] = pool->attributes.items[i];
    *out = (x4s_ike_cfg){items, count};
    return btrue;
}
