/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/pool.h"

#include <stdlib.h>
#include <string.h>

/* Somebody has the address, or had it last. */
struct lease {
    struct shard_pool *pool;
    x4s_table_link by_owner;
    x4s_table_link by_addr;
    x4s_list of_pool;
    x4s_list idle;
    x4s_net_addr addr;
    x4s_net_addr host; /* where it is used from */
    uint32_t users;    /* SAs that have it; 0: it is given back */
    x4e_ike_id_type owner_type;
    size_t owner_len;
    uint8_t owner[];
};

struct owner_key {
    x4s_chunk owner;
    const x4s_net_addr *host;
};

bool shard_pool_init(struct shard_pool *pool, const uint8_t *hash_key)
{
    *pool = (struct shard_pool){.hash_key = hash_key};
    x4_list_init(&pool->all);
    x4_list_init(&pool->idle);
    return x4_table_init(&pool->by_owner, &x4_libc_allocator) &&
           x4_table_init(&pool->by_addr, &x4_libc_allocator);
}

static void forget(struct lease *lease)
{
    x4_table_remove(&lease->pool->by_owner, &lease->by_owner);
    x4_table_remove(&lease->pool->by_addr, &lease->by_addr);
    x4_list_remove(&lease->of_pool);
    x4_list_remove(&lease->idle);
    free(lease);
}

void shard_pool_clear(struct shard_pool *pool)
{
    x4s_table_link *link;
    while ((link = x4_table_any(&pool->by_addr)))
        forget(x4m_container(link, struct lease, by_addr));
    pool->online = 0;
    pool->fresh = 0;
}

void shard_pool_fini(struct shard_pool *pool)
{
    if (pool->by_addr.buckets) {
        shard_pool_clear(pool);
        x4_table_fini(&pool->by_addr);
    }
    if (pool->by_owner.buckets)
        x4_table_fini(&pool->by_owner);
}

/* -------------------------------------------------------------------------- finding */

static bool has_owner(const struct lease *lease, const struct owner_key *key)
{
    return lease->owner_len == key->owner.len &&
           memcmp(lease->owner, key->owner.data, key->owner.len) == 0;
}

static bval is_idle_of(const x4s_table_link *entry, const void *key)
{
    const struct lease *lease = x4m_container_const(entry, struct lease, by_owner);
    return lease->users == 0 && has_owner(lease, key);
}

static bval is_used_by(const x4s_table_link *entry, const void *key)
{
    const struct lease *lease = x4m_container_const(entry, struct lease, by_owner);
    const struct owner_key *wanted = key;
    return lease->users > 0 && has_owner(lease, wanted) &&
           x4_net_addr_equal(&lease->host, wanted->host);
}

static bval is_addr(const x4s_table_link *entry, const void *key)
{
    const x4s_net_addr *addr = key;
    return x4_net_addr_equal(&x4m_container_const(entry, struct lease, by_addr)->addr, addr);
}

static struct lease *find_lease(const struct shard_pool *pool, uint64_t hash,
                                const struct owner_key *key)
{
    x4s_table_link *link = x4_table_find(&pool->by_owner, hash, is_used_by, key);
    if (!link)
        link = x4_table_find(&pool->by_owner, hash, is_idle_of, key);
    return link ? x4m_container(link, struct lease, by_owner) : NULL;
}

static uint64_t hash_addr(const struct shard_pool *pool, const x4s_net_addr *addr)
{
    return x4_siphash(pool->hash_key, addr->ip, sizeof(addr->ip));
}

/* -------------------------------------------------------------------------- addresses */

static x4s_net_addr address_at(const struct shard_pool *pool, uint32_t index)
{
    const size_t len = x4_net_addr_size(pool->range.family);
    x4s_net_addr addr = {.family = pool->range.family};
    memcpy(addr.ip, pool->range.from, sizeof(addr.ip));
    uint64_t carry = (uint64_t)pool->first + index;
    for (size_t i = len; carry && i-- > 0; carry >>= 8) {
        carry += addr.ip[i];
        addr.ip[i] = (uint8_t)carry;
    }
    return addr;
}

static bool has_address(const struct shard_pool *pool, const x4s_net_addr *addr)
{
    if (!pool->size || addr->family != pool->range.family)
        return false;
    const x4s_net_addr first = address_at(pool, 0);
    const x4s_net_addr last = address_at(pool, pool->size - 1);
    return memcmp(first.ip, addr->ip, sizeof(addr->ip)) <= 0 &&
           memcmp(addr->ip, last.ip, sizeof(addr->ip)) <= 0;
}

static struct lease *find_holder(const struct shard_pool *pool, const x4s_net_addr *addr)
{
    x4s_table_link *link = x4_table_find(&pool->by_addr, hash_addr(pool, addr), is_addr, addr);
    return link ? x4m_container(link, struct lease, by_addr) : NULL;
}

/* One that nobody has or had since the addresses were changed; those of before are passed once. */
static bool find_fresh(struct shard_pool *pool, x4s_net_addr *addr)
{
    while (pool->fresh < pool->size) {
        *addr = address_at(pool, pool->fresh++);
        if (!find_holder(pool, addr))
            return true;
    }
    return false;
}

/*
 * A fresh address, or that of who has not used it for the longest time, which stays where it is in
 * the list of all: before `next`.
 */
static bool find_address(struct shard_pool *pool, x4s_net_addr *addr, x4s_list **next)
{
    bool found = find_fresh(pool, addr);
    *next = &pool->all;
    while (!found && !x4_list_empty(&pool->idle)) {
        struct lease *oldest = x4m_container(pool->idle.next, struct lease, idle);
        *addr = oldest->addr;
        *next = oldest->of_pool.next;
        found = has_address(pool, addr);
        forget(oldest);
    }
    return found;
}

void shard_pool_change(struct shard_pool *pool, const struct hub_pool *config)
{
    static const struct hub_pool none;
    const struct hub_pool *to = config ? config : &none;
    const bool same_begin = pool->first == to->first && pool->range.family == to->range.family &&
                            memcmp(pool->range.from, to->range.from, sizeof(to->range.from)) == 0;
    pool->range = to->range;
    pool->first = to->first;
    pool->size = to->size;
    pool->fresh = same_begin ? x4m_min(pool->fresh, to->size) : 0;
}

static struct lease *new_lease(struct shard_pool *pool, uint64_t hash, const x4s_ike_id *owner,
                               const x4s_net_addr *addr, x4s_list *next)
{
    struct lease *lease = calloc(1, sizeof(*lease) + owner->data.len);
    if (!lease)
        return NULL;
    lease->addr = *addr;
    lease->pool = pool;
    lease->owner_type = owner->type;
    lease->owner_len = owner->data.len;
    memcpy(lease->owner, owner->data.data, owner->data.len);
    x4_list_append(next, &lease->of_pool);
    x4_table_insert(&pool->by_owner, &lease->by_owner, hash);
    x4_table_insert(&pool->by_addr, &lease->by_addr, hash_addr(pool, &lease->addr));
    return lease;
}

static void use(struct lease *lease, const x4s_net_addr *host)
{
    x4_list_remove(&lease->idle);
    lease->host = *host;
    if (lease->users++ == 0)
        lease->pool->online++;
}

static uint64_t hash_owner(const struct shard_pool *pool, x4s_chunk owner)
{
    return x4_siphash(pool->hash_key, owner.data, owner.len);
}

bool shard_pool_take_back(struct shard_pool *pool, const x4s_ike_id *owner,
                          const x4s_net_addr *host, x4s_net_addr *addr)
{
    const struct owner_key key = {owner->data, host};
    struct lease *lease = find_lease(pool, hash_owner(pool, owner->data), &key);
    if (!lease)
        return false;
    if (!lease->users && !has_address(pool, &lease->addr)) {
        forget(lease);
        return false;
    }
    use(lease, host);
    *addr = lease->addr;
    return true;
}

bool shard_pool_take(struct shard_pool *pool, const x4s_ike_id *owner, /* req 3948-5.1-2 */
                     const x4s_net_addr *host, x4s_net_addr *addr)
{
    x4s_list *next;
    if (shard_pool_take_back(pool, owner, host, addr))
        return true;
    struct lease *lease = find_address(pool, addr, &next)
                              ? new_lease(pool, hash_owner(pool, owner->data), owner, addr, next)
                              : NULL;
    if (!lease)
        return false;
    use(lease, host);
    return true;
}

bool shard_pool_claim(struct shard_pool *pool, const x4s_ike_id *owner, const x4s_net_addr *host,
                      const x4s_net_addr *addr)
{
    const struct owner_key key = {owner->data, host};
    struct lease *lease = find_holder(pool, addr);
    if (lease && !has_owner(lease, &key))
        return false;
    if (!lease && has_address(pool, addr))
        lease = new_lease(pool, hash_owner(pool, owner->data), owner, addr, &pool->all);
    if (!lease)
        return false;
    use(lease, host);
    return true;
}

void shard_pool_give(struct shard_pool *pool, const x4s_net_addr *addr)
{
    struct lease *lease = find_holder(pool, addr);
    if (!lease || lease->users == 0 || --lease->users > 0)
        return;
    pool->online--;
    if (has_address(pool, addr))
        x4_list_append(&pool->idle, &lease->idle);
    else
        forget(lease);
}

bool shard_pool_knows(const struct shard_pool *pool, const x4s_net_addr *addr)
{
    return find_holder(pool, addr) != NULL;
}

bool shard_pool_next(const struct shard_pool *pool, const x4s_net_addr *after,
                     struct shard_pool_lease *lease)
{
    const struct lease *before = after ? find_holder(pool, after) : NULL;
    if (after && !before)
        return false;
    const x4s_list *link = before ? before->of_pool.next : pool->all.next;
    if (link == &pool->all)
        return false;
    const struct lease *found = x4m_container_const(link, struct lease, of_pool);
    *lease = (struct shard_pool_lease){
        .addr = found->addr,
        .owner = {found->owner_type, {found->owner, found->owner_len}},
        .online = found->users > 0,
    };
    return true;
}

uint32_t shard_pool_offline(const struct shard_pool *pool)
{
    return (uint32_t)pool->by_addr.count - pool->online;
}
