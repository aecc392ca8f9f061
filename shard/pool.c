/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/pool.h"

#include <stdlib.h>
#include <string.h>

bool shard_pool_init(struct shard_pool *pool, const struct hub_pool *config)
{
    *pool = (struct shard_pool){.config = config};
    x4_list_init(&pool->idle);
    return x4_table_init(&pool->by_owner, &x4_libc_allocator);
}

static void forget(struct shard_lease *lease)
{
    x4_table_remove(&lease->pool->by_owner, &lease->by_owner);
    x4_list_remove(&lease->idle);
    free(lease);
}

void shard_pool_fini(struct shard_pool *pool)
{
    if (!pool->by_owner.buckets)
        return;
    x4m_list_each(link, &pool->idle) forget(x4m_container(link, struct shard_lease, idle));
    x4_table_fini(&pool->by_owner);
}

static bval is_idle_of(const x4s_table_link *entry, const void *key)
{
    const struct shard_lease *lease = x4m_container_const(entry, struct shard_lease, by_owner);
    const x4s_chunk *owner = key;
    return lease->users == 0 && lease->owner_len == owner->len &&
           memcmp(lease->owner, owner->data, owner->len) == 0;
}

static x4s_net_addr address_at(const struct hub_pool *config, uint32_t index)
{
    const size_t len = x4_net_addr_size(config->range.family);
    x4s_net_addr addr = {.family = config->range.family};
    memcpy(addr.ip, config->range.from, sizeof(addr.ip));
    uint64_t carry = (uint64_t)config->first + index;
    for (size_t i = len; carry && i-- > 0; carry >>= 8) {
        carry += addr.ip[i];
        addr.ip[i] = (uint8_t)carry;
    }
    return addr;
}

/* A fresh address, or that of who has not used it for the longest time. */
static bool find_address(struct shard_pool *pool, x4s_net_addr *addr)
{
    if (pool->fresh < pool->config->size) {
        *addr = address_at(pool->config, pool->fresh++);
        return true;
    }
    if (x4_list_empty(&pool->idle))
        return false;
    struct shard_lease *oldest = x4m_container(pool->idle.next, struct shard_lease, idle);
    *addr = oldest->addr;
    forget(oldest);
    return true;
}

static struct shard_lease *use(struct shard_lease *lease)
{
    x4_list_remove(&lease->idle);
    lease->users = 1;
    lease->pool->online++;
    return lease;
}

struct shard_lease *shard_pool_share(struct shard_lease *lease)
{
    lease->users++;
    return lease;
}

struct shard_lease *shard_pool_take(struct shard_pool *pool, /* req 3948-5.1-2 */
                                    const uint8_t hash_key[x4c_siphash_key], x4s_chunk owner)
{
    const uint64_t hash = x4_siphash(hash_key, owner.data, owner.len);
    x4s_table_link *known = x4_table_find(&pool->by_owner, hash, is_idle_of, &owner);
    if (known)
        return use(x4m_container(known, struct shard_lease, by_owner));
    struct shard_lease *lease = calloc(1, sizeof(*lease) + owner.len);
    if (!lease)
        return NULL;
    if (!find_address(pool, &lease->addr)) {
        free(lease);
        return NULL;
    }
    lease->pool = pool;
    lease->owner_len = owner.len;
    memcpy(lease->owner, owner.data, owner.len);
    x4_table_insert(&pool->by_owner, &lease->by_owner, hash);
    return use(lease);
}

void shard_pool_give(struct shard_lease *lease)
{
    if (!lease || --lease->users > 0)
        return;
    lease->pool->online--;
    x4_list_append(&lease->pool->idle, &lease->idle);
}
