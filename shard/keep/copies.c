/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/copies.h"

#include <stdlib.h>
#include <string.h>

#include "store/seal.h"

static uint64_t hash_of(const struct shard *shard, const struct store_name *name)
{
    return x4_siphash(shard->hash_key, name->bytes, sizeof(name->bytes));
}

static bval is_name(const x4s_table_link *link, const void *key)
{
    return store_name_is(&x4m_container_const(link, struct shard_copy, by_name)->name, key);
}

struct shard_copy *shard_copy_find(const struct shard *shard, const struct store_name *name)
{
    x4s_table_link *link =
        x4_table_find(&shard->persist->copies, hash_of(shard, name), is_name, name);
    return link ? x4m_container(link, struct shard_copy, by_name) : NULL;
}

void shard_copy_free(struct shard_copy *copy)
{
    if (copy)
        x4_free(&x4_libc_allocator, copy, sizeof(*copy) + copy->len);
}

void shard_copy_enlist(struct shard *shard, struct shard_copy *copy)
{
    x4_table_insert(&shard->persist->copies, &copy->by_name, hash_of(shard, &copy->name));
    x4_list_append(&shard->persist->holdings[copy->estate].all, &copy->of_shard);
}

void shard_copy_delist(struct shard_persist *persist, struct shard_copy *copy)
{
    x4_table_remove(&persist->copies, &copy->by_name);
    x4_list_remove(&copy->of_shard);
}

void shard_copy_forget(struct shard_persist *persist, struct shard_copy *copy)
{
    if (!copy)
        return;
    shard_copy_delist(persist, copy);
    shard_copy_free(copy);
}

struct shard_copy *shard_copy_keep(struct shard *shard, const struct shard_record *record,
                                   x4s_chunk bytes, uint64_t expires_sec)
{
    shard_copy_forget(shard->persist, shard_copy_find(shard, &record->name));
    struct shard_copy *copy = malloc(sizeof(*copy) + bytes.len);
    if (!copy) {
        shard->counters.no_memory++;
        return NULL;
    }
    copy->name = record->name;
    copy->estate = (uint8_t)record->estate;
    copy->partition = (uint8_t)record->partition;
    copy->expires_sec = expires_sec;
    copy->gone = false;
    copy->len = (uint32_t)bytes.len;
    memcpy(copy->bytes, bytes.data, bytes.len);
    shard_copy_enlist(shard, copy);
    return copy;
}

/* -------------------------------------------------------------------------- into the queue */

/* False: the ticket, if there is one, will not be answered. */
bool shard_copy_put(struct shard *shard, const struct shard_copy *copy, struct store_ticket *ticket)
{
    struct shard_persist *persist = shard->persist;
    const struct holding *holding = &persist->holdings[copy->estate];
    uint8_t sealed[STORE_SEALED_MAX];
    const struct store_place place = {holding->estate.name, copy->partition, copy->name};
    const x4s_chunk record = {copy->bytes, copy->len};
    if (!holding->ours)
        return false;
    const size_t len = store_seal(persist->sealer, &place, record, sealed);
    if (len == 0) {
        persist->tally.unsealed++;
        return false;
    }
    const struct store_put what = {
        .estate = &holding->estate,
        .name = copy->name,
        .partition = copy->partition,
        .data = sealed,
        .len = (uint32_t)len,
        .expires_sec = copy->expires_sec,
        .ticket = ticket,
    };
    return store_put(persist->store, &what, shard->now);
}

/* False: there is no room. */
static bool erase(struct shard *shard, const struct shard_record *record)
{
    const struct holding *holding = &shard->persist->holdings[record->estate];
    const struct store_put what = {
        .estate = &holding->estate, .name = record->name, .partition = (uint8_t)record->partition};
    return !holding->ours || store_put(shard->persist->store, &what, shard->now);
}

void shard_persist_erase(struct shard *shard, const struct shard_record *record)
{
    (void)erase(shard, record);
}

struct shard_record shard_copy_record(const struct shard_copy *copy)
{
    return (struct shard_record){copy->name, copy->estate, copy->partition};
}

/* What cannot be erased now stays as a name, for when there is room. */
static void bury(struct shard *shard, struct shard_copy *copy)
{
    struct holding *holding = &shard->persist->holdings[copy->estate];
    x4_wipe(copy->bytes, copy->len);
    copy->gone = true;
    x4_list_remove(&copy->of_shard);
    x4_list_append(&holding->due, &copy->of_shard);
    holding->due_count++;
}

/* False: there was no room. */
bool shard_copy_erase(struct shard *shard, struct shard_copy *copy)
{
    const struct shard_record record = shard_copy_record(copy);
    const bool erased = erase(shard, &record);
    if (erased)
        shard_copy_forget(shard->persist, copy);
    else
        bury(shard, copy);
    return erased;
}

void shard_copy_erase_named(struct shard *shard, const struct store_name *name)
{
    struct shard_copy *copy = shard_copy_find(shard, name);
    if (copy)
        (void)shard_copy_erase(shard, copy);
}
