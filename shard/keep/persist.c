/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/persist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/keep/copies.h"
#include "shard/keep/depart.h"
#include "shard/keep/hold.h"
#include "shard/keep/revive.h"
#include "shard/keep/storage.h"
#include "shard/lease.h"
#include "shard/radius/session.h"
#include "shard/shard.h"
#include "store/record.h"
#include "store/seal.h"

/* Records that one round puts again. */
#define AGAIN_A_ROUND 256

uint64_t shard_wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -------------------------------------------------------------------------- records */

static uint64_t expiry(const struct store_life *life)
{
    return life->life_sec ? life->up_at / 1000 + life->life_sec + 1 : UINT64_MAX;
}

/* `bytes` are the record's, wiped here. */
static bool write_record(struct shard *shard, const struct shard_record *record,
                         uint8_t bytes[STORE_RECORD_MAX], size_t len, const struct store_life *life,
                         struct store_ticket *ticket)
{
    struct shard_copy *copy =
        len ? shard_copy_keep(shard, record, (x4s_chunk){bytes, len}, expiry(life)) : NULL;
    x4_wipe(bytes, len);
    if (copy)
        return shard_copy_put(shard, copy, ticket);
    shard->persist->tally.unsealed++;
    return false;
}

static struct store_life life_of(const struct shard *shard, x4_msec up_at, uint32_t soft_sec,
                                 uint32_t life_sec)
{
    const uint64_t now = shard_wall_clock();
    return (struct store_life){
        .written = now,
        .up_at = now - (shard->now - up_at),
        .soft_sec = soft_sec,
        .life_sec = life_sec,
    };
}

static x4s_chunk text(const char *name)
{
    return (x4s_chunk){(const uint8_t *)name, strlen(name)};
}

/* Of that family, or none. */
static x4s_net_addr inner_of(const struct shard_sa *sa, uint8_t family)
{
    const x4s_net_addr *addr = shard_lease_addr(sa, family);
    return addr ? *addr : (x4s_net_addr){0};
}

/* The first that there is: who has one has it in the same place as before there were two. */
static x4s_net_addr first_inner(const struct shard_sa *sa)
{
    const x4s_net_addr ip4 = inner_of(sa, x4c_net_ipv4);
    return ip4.family ? ip4 : inner_of(sa, x4c_net_ipv6);
}

static x4s_net_addr second_inner(const struct shard_sa *sa)
{
    const bool both = inner_of(sa, x4c_net_ipv4).family != 0;
    return both ? inner_of(sa, x4c_net_ipv6) : (x4s_net_addr){0};
}

static struct shard_record place_of(const struct shard_sa *sa, const struct store_name *name)
{
    const x4s_ike_id peer = shard_peer_id(sa->peer);
    return (struct shard_record){
        .name = *name,
        .estate = sa->estate,
        .partition = store_partition(&sa->connection->phase1.id, &peer),
    };
}

/* -------------------------------------------------------------------------- ISAKMP SAs */

static struct store_name name1(const struct shard_sa *sa)
{
    return store_name_isakmp(sa->cookie_i, sa->cookie_r);
}

static bool write1(const struct shard_sa *sa, const x4s_ike_keys1 *keys,
                   struct store_ticket *ticket)
{
    struct shard *shard = sa->shard;
    struct store_isakmp record = {
        .life = life_of(shard, sa->up_at, sa->soft_sec, sa->life_sec),
        .keys = *keys,
        .connection = text(sa->connection->name),
        .inner = first_inner(sa),
        .inner6 = second_inner(sa),
        .replaced = sa->replaced,
    };
    record.keys.link = sa->link;
    shard_session_keep(sa, &record.session);
    uint8_t bytes[STORE_RECORD_MAX];
    const struct store_name name = name1(sa);
    const struct shard_record place = place_of(sa, &name);
    const size_t len = store_isakmp_write(&record, bytes);
    x4_wipe(&record.keys, sizeof(record.keys));
    return write_record(shard, &place, bytes, len, &record.life, ticket);
}

void shard_persist_up1(struct shard_sa *sa, const x4s_ike_keys1 *keys)
{
    if (!sa->shard->persist)
        return;
    struct store_ticket *ticket = shard_hold_ticket(sa->shard, sa);
    if (!write1(sa, keys, ticket) && ticket)
        shard_hold_fail(sa->shard, sa);
}

/* What libike told of it once is in the copy. */
void shard_persist_changed1(const struct shard_sa *sa)
{
    if (!sa->shard->persist || !sa->up)
        return;
    const struct store_name name = name1(sa);
    const struct shard_copy *copy = shard_copy_find(sa->shard, &name);
    uint8_t bytes[STORE_RECORD_MAX];
    struct store_isakmp record;
    if (!copy)
        return;
    const size_t len = copy->len;
    memcpy(bytes, copy->bytes, len);
    if (store_isakmp_read((x4s_chunk){bytes, len}, shard_wall_clock(), &record) == STORE_none)
        (void)write1(sa, &record.keys, NULL);
    x4_wipe(&record, sizeof(record));
    x4_wipe(bytes, len);
}

void shard_persist_down1(const struct shard_sa *sa)
{
    struct shard *shard = sa->shard;
    shard_hold_end(shard, sa);
    if (!shard->persist || !sa->up)
        return;
    const struct store_name name = name1(sa);
    shard_copy_erase_named(shard, &name);
}

void shard_persist_agreed1(struct shard_sa *sa)
{
    if (sa->shard->persist && sa->connection->acked)
        shard_hold_begin(sa->shard, sa, NULL);
}

/* -------------------------------------------------------------------------- children */

/* Where the next process goes on: who has not heard yet of what was sent is within this. */
#define SEQUENCE_AHEAD (4 * (uint64_t)HUB_KERNEL_SEQUENCE_STEP)

/* A kernel that sends nothing has no numbers. */
static uint64_t ahead_of(const struct shard *shard, uint64_t out_sequence)
{
    return shard->kernel->backend->carries ? out_sequence + SEQUENCE_AHEAD : out_sequence;
}

static bool write2(const struct shard_child *child, const x4s_ike_keys2 *keys,
                   const struct store_life *life, uint64_t out_sequence,
                   struct store_ticket *ticket)
{
    const struct shard_sa *sa = child->sa;
    struct store_child record = {
        .life = *life,
        .keys = *keys,
        .link = sa->link,
        .local_id = sa->connection->phase1.id,
        .remote_id = shard_peer_id(sa->peer),
        .connection = text(sa->connection->name),
        .child = text(child->config->name),
        .inner = first_inner(sa),
        .inner6 = second_inner(sa),
        .out_sequence = out_sequence,
        .replaced = child->replaced,
        .adopted = child->adopted,
    };
    memcpy(record.cookie_i, sa->cookie_i, sizeof(record.cookie_i));
    memcpy(record.cookie_r, sa->cookie_r, sizeof(record.cookie_r));
    uint8_t bytes[STORE_RECORD_MAX];
    const struct store_name name = store_name_child(keys->in.spi);
    const struct shard_record place = place_of(sa, &name);
    const size_t len = store_child_write(&record, bytes);
    x4_wipe(&record.keys, sizeof(record.keys));
    return write_record(sa->shard, &place, bytes, len, life, ticket);
}

void shard_persist_agreed2(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    struct shard *shard = child->sa->shard;
    if (!shard->persist || !child->sa->connection->acked || !child->sa->peer)
        return;
    const struct store_name name = store_name_child(keys->in.spi);
    const uint32_t soft_sec =
        child->offer ? child->offer->soft_sec : child->config->phase2.soft_sec;
    const struct store_life life = life_of(shard, shard->now, soft_sec, keys->life_left_sec);
    if (!shard_hold_begin(shard, child->sa, child))
        return;
    shard_hold_name(shard, child, &name);
    if (!write2(child, keys, &life, ahead_of(shard, 0), shard_hold_ticket(shard, child)))
        shard_hold_fail(shard, child);
}

void shard_persist_up2(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    struct shard *shard = child->sa->shard;
    if (!shard->persist)
        return;
    shard_hold_completed(shard, child);
    const struct store_name name = store_name_child(child->spi_in);
    const struct shard_copy *copy = shard_copy_find(shard, &name);
    if (copy && !copy->gone && child->sa->connection->acked)
        return; /* it was written when it was agreed on */
    const struct store_life life = life_of(shard, child->up_at, child->soft_sec, child->life_sec);
    (void)write2(child, keys, &life, ahead_of(shard, 0), NULL);
}

/* With that sequence number, if it is more than the record's. */
static void write2_again(const struct shard_child *child, const struct shard_copy *copy,
                         uint64_t out_sequence)
{
    uint8_t bytes[STORE_RECORD_MAX];
    struct store_child record;
    const size_t len = copy->len;
    memcpy(bytes, copy->bytes, len);
    const struct store_life life =
        life_of(child->sa->shard, child->up_at, child->soft_sec, child->life_sec);
    if (store_child_read((x4s_chunk){bytes, len}, shard_wall_clock(), &record) == STORE_none)
        (void)write2(child, &record.keys, &life, x4m_max(out_sequence, record.out_sequence), NULL);
    x4_wipe(&record, sizeof(record));
    x4_wipe(bytes, len);
}

void shard_persist_changed2(const struct shard_child *child)
{
    if (!child->sa->shard->persist || !child->up || !child->sa->peer)
        return;
    const struct store_name name = store_name_child(child->spi_in);
    const struct shard_copy *copy = shard_copy_find(child->sa->shard, &name);
    if (copy)
        write2_again(child, copy, 0);
}

void shard_persist_sequence2(const struct shard_child *child, uint64_t out_sequence)
{
    const struct shard *shard = child->sa->shard;
    if (!shard->persist || !child->up || !child->sa->peer || !shard->kernel->backend->carries)
        return;
    const struct store_name name = store_name_child(child->spi_in);
    const struct shard_copy *copy = shard_copy_find(shard, &name);
    if (copy)
        write2_again(child, copy, ahead_of(shard, out_sequence));
}

void shard_persist_down2(const struct shard_child *child)
{
    struct shard *shard = child->sa->shard;
    struct store_name name = store_name_child(child->spi_in);
    if (!shard->persist)
        return;
    if (!child->up && !shard_hold_named(shard, child, &name))
        return;
    shard_hold_end(shard, child);
    shard_copy_erase_named(shard, &name);
}

/* The record stays: the other shard writes it again. */
struct shard_copy *shard_persist_take(const struct shard_child *child)
{
    struct shard *shard = child->sa->shard;
    if (!shard->persist)
        return NULL;
    const struct store_name name = store_name_child(child->spi_in);
    struct shard_copy *copy = shard_copy_find(shard, &name);
    if (copy)
        shard_copy_delist(shard->persist, copy);
    return copy;
}

void shard_persist_give(const struct shard_child *child, struct shard_copy *copy)
{
    struct shard *shard = child->sa->shard;
    if (copy && shard->persist) {
        shard_copy_enlist(shard, copy);
        shard_persist_changed2(child);
    } else {
        shard_copy_free(copy);
    }
}

void shard_persist_lose(struct shard *shard, struct shard_copy *copy)
{
    if (copy && shard->persist) {
        const struct shard_record record = shard_copy_record(copy);
        shard_persist_erase(shard, &record);
    }
    shard_copy_free(copy);
}

/* -------------------------------------------------------------------------- what was read */

void shard_persist_know(struct shard *shard, const struct shard_record *record, x4s_chunk bytes,
                        const struct store_life *life)
{
    (void)shard_copy_keep(shard, record, bytes, expiry(life));
}

static void report_refused(struct shard *shard, const struct store_name *name,
                           enum store_reason reason)
{
    struct hub_log *log = &shard->log;
    if (!hub_log_begin_limited(log, x4c_trace_notice, "record-refused", store_reason_name(reason),
                               shard->now))
        return;
    hub_log_text(log, "reason", store_reason_name(reason));
    hub_log_text(log, "text", store_reason_text(reason));
    hub_log_bytes(log, "record", name->bytes, name->len);
    hub_log_end(log);
}

void shard_persist_refuse(struct shard *shard, const struct shard_record *record,
                          enum store_reason reason)
{
    shard->persist->tally.refused_records[reason]++;
    if (reason == STORE_expired)
        shard_persist_erase(shard, record);
    else
        report_refused(shard, &record->name, reason);
}

enum store_reason shard_persist_unseal(const struct shard *shard, const struct shard_record *record,
                                       x4s_chunk sealed, uint8_t bytes[STORE_RECORD_MAX],
                                       size_t *len)
{
    const struct shard_persist *persist = shard->persist;
    const struct store_place place = {persist->holdings[record->estate].estate.name,
                                      record->partition, record->name};
    return store_unseal(persist->sealer, &place, sealed, bytes, len);
}

/* -------------------------------------------------------------------------- estates */

void shard_persist_own(struct shard *shard, uint32_t estate, uint64_t token)
{
    struct holding *holding = &shard->persist->holdings[estate];
    holding->estate.token = token;
    holding->ours = true;
}

static void forget_buried(struct shard_persist *persist, struct holding *holding)
{
    x4m_list_each(link, &holding->due)
    {
        struct shard_copy *copy = x4m_container(link, struct shard_copy, of_shard);
        if (copy->gone)
            shard_copy_forget(persist, copy);
    }
}

void shard_persist_disown(struct shard *shard, uint32_t estate, bool forgotten)
{
    struct holding *holding = &shard->persist->holdings[estate];
    holding->ours = false;
    if (!forgotten)
        return;
    forget_buried(shard->persist, holding);
    store_forget(shard->persist->store, &holding->estate);
}

bool shard_persist_owns(const struct shard *shard, uint32_t estate)
{
    return shard->persist->holdings[estate].ours;
}

bool shard_persist_is_written(const struct shard *shard, uint32_t estate)
{
    const struct holding *holding = &shard->persist->holdings[estate];
    return x4_list_empty(&holding->due) && !store_has(shard->persist->store, &holding->estate);
}

const char *shard_persist_estate(const struct shard *shard, uint32_t estate)
{
    return shard->persist->holdings[estate].estate.name;
}

/* Which one has that name; the count of all if there is none. */
static uint32_t estate_named(const struct shard *shard, const char *name)
{
    const uint32_t parts = shard_estates_parts(&shard->estates);
    uint32_t i = 0;
    while (i < parts && strcmp(shard_persist_estate(shard, i), name) != 0)
        i++;
    return i;
}

struct store *shard_persist_store(const struct shard *shard)
{
    return shard->persist ? shard->persist->store : NULL;
}

/* -------------------------------------------------------------------------- the store's user */

static void on_readable(void *context, int fd)
{
    struct shard *shard = context;
    if (shard->persist && shard->persist->store)
        store_ready(shard->persist->store, fd, shard->now);
}

static bool on_watch(void *context, int fd)
{
    struct shard *shard = context;
    return ring_watch_add(shard->ring, fd, on_readable, shard) == 0;
}

static void on_unwatch(void *context, int fd)
{
    struct shard *shard = context;
    ring_watch_remove(shard->ring, fd);
}

/* The control thread finds out who has the estate. */
static void tell_fenced(struct shard *shard, uint32_t estate)
{
    struct shard_fenced *fenced = calloc(1, sizeof(*fenced));
    if (!fenced) {
        shard->counters.no_memory++; /* it finds out all the same, when it renews the lease */
        return;
    }
    fenced->letter.deliver = shard->persist->fenced;
    fenced->estate = estate;
    shard_post_send(&shard->post, shard_post_control(&shard->post), &fenced->letter);
}

static void on_fenced(void *context, const struct store_estate *estate)
{
    struct shard *shard = context;
    const uint32_t number = estate_named(shard, estate->name);
    if (!shard_persist_owns(shard, number))
        return; /* it is known */
    if (shard->persist->fenced)
        tell_fenced(shard, number);
    if (!hub_log_begin(&shard->log, x4c_trace_error, "store-fenced"))
        return;
    hub_log_text(&shard->log, "estate", estate->name);
    hub_log_end(&shard->log);
}

/* A part of it at a time, in put_again. */
static void on_again(void *context)
{
    const struct shard *shard = context;
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++) {
        struct holding *holding = &shard->persist->holdings[i];
        x4_list_splice(&holding->due, &holding->all);
        holding->due_count = shard->persist->copies.count;
    }
}

static void on_trouble(void *context, const char *problem)
{
    struct shard *shard = context;
    if (!hub_log_begin(&shard->log, x4c_trace_error, "store-trouble"))
        return;
    hub_log_text(&shard->log, "text", problem);
    hub_log_end(&shard->log);
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    const struct shard_record record = {*name, estate_named(context, estate), partition};
    shard_revive_loaded(context, &record, (x4s_chunk){data, len});
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    shard_revive_load_end(context, estate_named(context, estate), partition, result);
}

/* -------------------------------------------------------------------------- open and close */

static bool open_persist(struct shard *shard, const struct hub_storage *storage,
                         struct ring_error *error)
{
    struct shard_persist *persist = shard->persist;
    const char *why = "";
    struct store_error problem;
    if (!x4_table_init(&persist->copies, &x4_libc_allocator))
        return false;
    persist->sealer = store_sealer_new(&storage->keys, NULL, NULL, &why);
    if (!persist->sealer) {
        snprintf(error->text, sizeof(error->text), "store: %s", why);
        return false;
    }
    persist->store =
        store_open(storage->ops, &storage->options, &persist->user, shard->hash_key, &problem);
    if (!persist->store)
        snprintf(error->text, sizeof(error->text), "store: %.180s", problem.text);
    return persist->store != NULL;
}

/* Where there is one estate it was taken before the shards began; others are to be taken. */
static bool open_estates(struct shard *shard, const struct hub_storage *storage)
{
    struct shard_persist *persist = shard->persist;
    const uint32_t parts = shard_estates_parts(&shard->estates);
    for (uint32_t i = 0; i < parts; i++) {
        const struct hub_estate *config = shard->estates.of[i].config;
        struct holding *holding = &persist->holdings[i];
        x4_list_init(&holding->all);
        x4_list_init(&holding->due);
        snprintf(holding->estate.name, sizeof(holding->estate.name), "%s",
                 config ? config->name : storage->estate);
    }
    if (shard->estates.count)
        return true;
    shard_persist_own(shard, 0, storage->token);
    return shard_revive_open(shard, 0);
}

bool shard_persist_open(struct shard *shard, const struct shard_options *options,
                        struct ring_error *error)
{
    if (!options->storage)
        return true;
    struct shard_persist *persist = calloc(1, sizeof(*persist));
    if (!persist)
        return false;
    shard->persist = persist;
    persist->fenced = options->fenced;
    persist->user = (struct store_user){
        .context = shard,
        .watch = on_watch,
        .unwatch = on_unwatch,
        .loaded = on_loaded,
        .load_end = on_load_end,
        .fenced = on_fenced,
        .again = on_again,
        .trouble = on_trouble,
    };
    return open_estates(shard, options->storage) && shard_hold_open(shard) &&
           open_persist(shard, options->storage, error);
}

void shard_persist_close(struct shard *shard)
{
    struct shard_persist *persist = shard->persist;
    if (!persist)
        return;
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++) {
        shard_revive_stop(shard, i);
        shard_depart_stop(shard, i);
    }
    shard_hold_close(shard);
    if (persist->store && shard->silent)
        store_forget(persist->store, &persist->holdings[0].estate);
    store_close(persist->store);
    store_sealer_free(persist->sealer);
    x4s_table_link *link;
    while (persist->copies.buckets && (link = x4_table_any(&persist->copies)))
        shard_copy_forget(persist, x4m_container(link, struct shard_copy, by_name));
    if (persist->copies.buckets)
        x4_table_fini(&persist->copies);
    free(persist);
    shard->persist = NULL;
}

/* -------------------------------------------------------------------------- the loop */

/* False: there is no room for it, and the store will ask again. */
static bool put_one_again(struct shard *shard, struct shard_copy *copy)
{
    if (copy->gone)
        return shard_copy_erase(shard, copy);
    x4_list_append(&shard->persist->holdings[copy->estate].all, &copy->of_shard);
    return shard_copy_put(shard, copy, NULL);
}

/* Some of them; whether there are more. */
static bool put_again(struct shard *shard, struct holding *holding)
{
    const size_t most = x4m_min(store_room(shard->persist->store), (size_t)AGAIN_A_ROUND);
    if (!holding->ours)
        return false;
    for (size_t i = 0; i < most; i++) {
        x4s_list *link = x4_list_pop(&holding->due);
        if (!link)
            return false;
        holding->due_count--;
        if (!put_one_again(shard, x4m_container(link, struct shard_copy, of_shard)))
            break;
    }
    return !x4_list_empty(&holding->due);
}

x4_msec shard_persist_serve(struct shard *shard)
{
    struct shard_persist *persist = shard->persist;
    bool more = false;
    if (!persist)
        return x4c_never;
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++)
        more |= put_again(shard, &persist->holdings[i]);
    const x4_msec wait = store_tick(persist->store, shard->now);
    return more && store_room(persist->store) ? 0 : wait;
}

/* -------------------------------------------------------------------------- counters */

struct shard_store_tally *shard_persist_tally(const struct shard *shard)
{
    return &shard->persist->tally;
}

struct shard_store_tally shard_persist_tally_of(const struct shard *shard)
{
    if (!shard->persist)
        return (struct shard_store_tally){0};
    struct store_stats stats;
    store_stats(shard->persist->store, shard->now, &stats);
    struct shard_store_tally tally = shard->persist->tally;
    tally.puts = stats.queue.puts;
    tally.coalesced = stats.queue.coalesced;
    tally.writes = stats.queue.writes;
    tally.erases = stats.queue.erases;
    tally.retries = stats.queue.retries;
    tally.away = stats.away;
    tally.again = stats.again;
    tally.full = stats.queue.full;
    tally.fenced = stats.queue.refused[STORE_FENCED];
    tally.refused = stats.queue.refused[STORE_REFUSED];
    tally.queue = stats.length;
    for (uint32_t i = 0; i < shard_estates_parts(&shard->estates); i++) {
        const struct holding *holding = &shard->persist->holdings[i];
        if (holding->ours && !x4_list_empty(&holding->due))
            tally.queue += holding->due_count; /* there was no room for them yet */
    }
    tally.lag_ms = stats.lag_ms;
    tally.holding = shard_hold_count(shard);
    return tally;
}
