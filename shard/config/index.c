/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/index.h"

#include <string.h>

#include "x4/crypto/dn.h"
#include "x4/misc/siphash.h"

/* What is stored is the operator's choice, so chains are as short with a key that all know. */
static const uint8_t hash_key[x4c_siphash_key];

bool hub_chains_add(struct hub_chains *chains, struct hub_arena *arena, uint64_t hash,
                    const void *item)
{
    struct hub_chain *link = hub_arena_alloc(arena, sizeof(*link));
    if (!link)
        return false;
    *link = (struct hub_chain){.next = chains->added, .hash = hash, .item = item};
    chains->added = link;
    chains->count++;
    return true;
}

bool hub_chains_close(struct hub_chains *chains, struct hub_arena *arena)
{
    size_t size = 1;
    while (size < chains->count)
        size *= 2;
    chains->buckets = hub_arena_array(arena, size, sizeof(const struct hub_chain *));
    if (!chains->buckets)
        return false;
    chains->mask = size - 1;

    /* The last one goes first, so the first comes to stand before it. */
    while (chains->added) {
        struct hub_chain *link = chains->added;
        const struct hub_chain **bucket = &chains->buckets[link->hash & chains->mask];
        chains->added = (struct hub_chain *)(uintptr_t)link->next;
        link->next = *bucket;
        *bucket = link;
    }
    return true;
}

static const struct hub_chain *with_hash(const struct hub_chain *link, uint64_t hash)
{
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

const struct hub_chain *hub_chains_first(const struct hub_chains *chains, uint64_t hash)
{
    return with_hash(chains->buckets[hash & chains->mask], hash);
}

const struct hub_chain *hub_chain_next(const struct hub_chain *link)
{
    return with_hash(link->next, link->hash);
}

uint64_t hub_hash_prefix(const x4s_net_addr *addr, unsigned prefix)
{
    uint8_t data[18] = {addr->family, (uint8_t)prefix};
    memcpy(data + 2, addr->ip, prefix / 8);
    if (prefix % 8)
        data[2 + prefix / 8] = addr->ip[prefix / 8] & (uint8_t)(0xff00 >> prefix % 8);
    return x4_siphash(hash_key, data, sizeof(data));
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Equal names can differ in their string types; as text they do not. */
static uint64_t hash_dn(const x4s_ike_id *id)
{
    char text[HUB_IDENTITY_TEXT];
    (void)x4_dn_format(id->data, text, sizeof(text));
    for (char *c = text; *c; c++)
        *c = (char)lower((uint8_t)*c);
    return x4_siphash(hash_key, text, strlen(text));
}

uint64_t hub_hash_identity(const x4s_ike_id *id)
{
    if (id->type == x4c_ike_id_dn)
        return hash_dn(id);
    const bool name = id->type == x4c_ike_id_fqdn || id->type == x4c_ike_id_user_fqdn;
    uint8_t data[1 + HUB_IDENTITY_MAX] = {(uint8_t)id->type};

    /* A longer one equals none that is stored, so it may have any hash. */
    const size_t len = x4m_min(id->data.len, (size_t)HUB_IDENTITY_MAX);
    for (size_t i = 0; i < len; i++)
        data[1 + i] = name ? lower(id->data.data[i]) : id->data.data[i];
    return x4_siphash(hash_key, data, 1 + len);
}
