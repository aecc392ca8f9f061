/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/cert_cache.h"

#include <string.h>

#include "x4/crypto/internal.h"
#include "x4/misc/list.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

struct x4s_cert_cache {
    x4s_crypto *crypto;
    size_t room;
    x4s_table entries;
    x4s_list used; /* who was asked for last is last */
    uint8_t hash_key[x4c_siphash_key];
};

typedef struct x4s_cert_entry {
    x4s_table_link link;
    x4s_list used;
    x4s_cert *cert;
} x4s_cert_entry;

x4s_cert_cache *x4_cert_cache_new(x4s_crypto *crypto, size_t room)
{
    x4s_cert_cache *cache = x4_alloc(crypto->allocator, sizeof(*cache));
    if (!cache)
        return NULL;
    cache->crypto = crypto;
    cache->room = room;
    x4_list_init(&cache->used);
    if (x4_crypto_random(crypto, cache->hash_key, sizeof(cache->hash_key)) &&
        x4_table_init(&cache->entries, crypto->allocator))
        return cache;
    x4_free(crypto->allocator, cache, sizeof(*cache));
    return NULL;
}

static void drop(x4s_cert_cache *cache, x4s_cert_entry *entry)
{
    x4_table_remove(&cache->entries, &entry->link);
    x4_list_remove(&entry->used);
    x4_cert_free(entry->cert);
    x4_free(cache->crypto->allocator, entry, sizeof(*entry));
}

static void drop_oldest(x4s_cert_cache *cache)
{
    drop(cache, x4m_container(cache->used.next, x4s_cert_entry, used));
}

void x4_cert_cache_free(x4s_cert_cache *cache)
{
    if (!cache)
        return;
    while (!x4_list_empty(&cache->used))
        drop_oldest(cache);
    x4_table_fini(&cache->entries);
    x4_free(cache->crypto->allocator, cache, sizeof(*cache));
}

static bval has_bytes(const x4s_table_link *link, const void *key)
{
    const x4s_cert *cert = x4m_container_const(link, x4s_cert_entry, link)->cert;
    const x4s_chunk *der = key;
    return cert->der_len == der->len && memcmp(cert->der, der->data, der->len) == 0;
}

/* Without memory it is not kept, which is no failure. */
static void keep(x4s_cert_cache *cache, x4s_cert *cert, uint64_t hash)
{
    x4s_cert_entry *entry = x4_alloc(cache->crypto->allocator, sizeof(*entry));
    if (!entry)
        return;
    if (cache->entries.count == cache->room)
        drop_oldest(cache);
    entry->cert = x4_cert_share(cert);
    x4_table_insert(&cache->entries, &entry->link, hash);
    x4_list_append(&cache->used, &entry->used);
}

x4s_cert *x4_cert_cache_take(x4s_cert_cache *cache, x4s_chunk der, const char **error)
{
    if (der.len == 0 || der.len > x4c_cert_cache_der_max)
        return x4_cert_new(cache->crypto, der, error);
    const uint64_t hash = x4_siphash(cache->hash_key, der.data, der.len);
    x4s_table_link *link = x4_table_find(&cache->entries, hash, has_bytes, &der);
    if (link) {
        x4s_cert_entry *entry = x4m_container(link, x4s_cert_entry, link);
        x4_list_remove(&entry->used);
        x4_list_append(&cache->used, &entry->used);
        return x4_cert_share(entry->cert);
    }
    x4s_cert *cert = x4_cert_new(cache->crypto, der, error);
    if (cert)
        keep(cache, cert, hash);
    return cert;
}

size_t x4_cert_cache_count(const x4s_cert_cache *cache)
{
    return cache->entries.count;
}
