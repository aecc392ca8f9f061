/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/store_copy.h"

#include <stddef.h>
#include <stdlib.h>

#include "x4/core/memory.h"

#define TEXT(member) offsetof(struct hub_store, member)

/* Members of the type const char *, NULL where nothing is written. */
static const size_t texts[] = {
    TEXT(directory),
    TEXT(key_file),
    TEXT(node),
    TEXT(estate),
    TEXT(redis.user),
    TEXT(redis.password),
    TEXT(redis.master),
    TEXT(redis.sentinel_user),
    TEXT(redis.sentinel_password),
};

static const char **text_in(struct hub_store *store, size_t at)
{
    return (const char **)(void *)((char *)store + at);
}

static const char *text_of(const struct hub_store *store, size_t at)
{
    return *(const char *const *)(const void *)((const char *)store + at);
}

static size_t size_of(const struct hub_store *store)
{
    size_t size = 1;
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        const char *text = text_of(store, texts[i]);
        size += text ? strlen(text) + 1 : 0;
    }
    return size;
}

static bool copy_estates(struct hub_store_copy *copy)
{
    const size_t size = copy->store.estate_count * sizeof(struct hub_estate);
    copy->estates = size ? malloc(size) : NULL;
    if (copy->estates)
        memcpy(copy->estates, copy->store.estates, size);
    copy->store.estates = copy->estates;
    return !size || copy->estates;
}

bool hub_store_copy(struct hub_store_copy *copy, const struct hub_store *from)
{
    *copy = (struct hub_store_copy){.store = *from, .texts = malloc(size_of(from))};
    char *at = copy_estates(copy) ? copy->texts : NULL;
    for (size_t i = 0; at && i < x4m_countof(texts); i++) {
        const char *text = text_of(from, texts[i]);
        if (!text)
            continue;
        const size_t len = strlen(text) + 1;
        *text_in(&copy->store, texts[i]) = memcpy(at, text, len);
        at += len;
    }
    return at != NULL;
}

void hub_store_copy_fini(struct hub_store_copy *copy)
{
    if (copy->texts)
        x4_free(&x4_libc_allocator, copy->texts, size_of(&copy->store));
    copy->texts = NULL;
    free(copy->estates);
    copy->estates = NULL;
}

static bool same_texts(const struct hub_store *a, const struct hub_store *b)
{
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        const char *one = text_of(a, texts[i]);
        const char *other = text_of(b, texts[i]);
        if (one && other ? strcmp(one, other) != 0 : one != other)
            return false;
    }
    return true;
}

static bool same_redis(const struct redis_options *a, const struct redis_options *b)
{
    if (a->mode != b->mode || a->database != b->database || a->lease_ms != b->lease_ms ||
        a->replicas != b->replicas || a->address_count != b->address_count)
        return false;
    for (size_t i = 0; i < a->address_count; i++)
        if (!redis_address_is(&a->addresses[i], &b->addresses[i]))
            return false;
    return true;
}

static bool same_estate(const struct hub_estate *a, const struct hub_estate *b)
{
    if (strcmp(a->name, b->name) != 0 || a->address_count != b->address_count)
        return false;
    for (size_t i = 0; i < a->address_count; i++)
        if (!x4_net_addr_same_ip(&a->addresses[i], &b->addresses[i]))
            return false;
    return true;
}

static bool same_estates(const struct hub_store *a, const struct hub_store *b)
{
    if (a->estate_count != b->estate_count || a->home != b->home)
        return false;
    for (size_t i = 0; i < a->estate_count; i++)
        if (!same_estate(&a->estates[i], &b->estates[i]))
            return false;
    return a->takeover == b->takeover && a->isolated_stop == b->isolated_stop;
}

bool hub_store_same(const struct hub_store *a, const struct hub_store *b)
{
    return a->used == b->used && a->backend == b->backend && a->queue == b->queue &&
           a->ack_timeout_ms == b->ack_timeout_ms && a->farewell == b->farewell &&
           same_texts(a, b) && same_redis(&a->redis, &b->redis) && same_estates(a, b);
}
