/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/persist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/keep/hold.h"
#include "shard/keep/revive.h"
#include "shard/keep/storage.h"
#include "shard/lease.h"
#include "shard/shard.h"
#include "store/record.h"
#include "store/seal.h"

/* Records that one round puts again. */
#define AGAIN_A_ROUND 256

/* A record and where it is. */
struct shard_copy {
    x4s_table_link by_name;
    x4s_list of_shard; /* in `all` or in `due` */
    uint64_t expires_sec;
    struct store_name name;
    uint8_t partition;
    uint32_t len;
    uint8_t bytes[];
};

struct shard_persist {
    struct store *store;
    struct store_user user;
    shard_deliver_fn fenced;
    struct store_sealer *sealer;
    struct store_estate estate;
    x4s_table copies;
    x4s_list all;
    x4s_list due; /* those to be put again */
    struct shard_store_tally tally;
};

uint64_t shard_wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -------------------------------------------------------------------------- copies */

static uint64_t hash_of(const struct shard *shard, const struct store_name *name)
{
    return x4_siphash(shard->hash_key, name->bytes, sizeof(name->bytes));
}

static bval is_name(const x4s_table_link *link, const void *key)
{
    return store_name_is(&x4m_container_const(link, struct shard_copy, by_name)->name, key);
}

static struct shard_copy *find(const struct shard *shard, const struct store_name *name)
{
    x4s_table_link *link =
        x4_table_find(&shard->persist->copies, hash_of(shard, name), is_name, name);
    return link ? x4m_container(link, struct shard_copy, by_name) : NULL;
}

static void copy_free(struct shard_copy *copy)
{
    if (copy)
        x4_free(&x4_libc_allocator, copy, sizeof(*copy) + copy->len);
}

static void enlist(struct shard *shard, struct shard_copy *copy)
{
    x4_table_insert(&shard->persist->copies, &copy->by_name, hash_of(shard, &copy->name));
    x4_list_append(&shard->persist->all, &copy->of_shard);
}

static void delist(struct shard_persist *persist, struct shard_copy *copy)
{
    x4_table_remove(&persist->copies, &copy->by_name);
    x4_list_remove(&copy->of_shard);
}

static void forget(struct shard_persist *persist, struct shard_copy *copy)
{
    if (!copy)
        return;
    delist(persist, copy);
    copy_free(copy);
}

static struct shard_copy *keep(struct shard *shard, const struct store_name *name,
                               uint8_t partition, x4s_chunk bytes, uint64_t expires_sec)
{
    forget(shard->persist, find(shard, name));
    struct shard_copy *copy = malloc(sizeof(*copy) + bytes.len);
    if (!copy) {
        shard->counters.no_memory++;
        return NULL;
    }
    copy->name = *name;
    copy->partition = partition;
    copy->expires_sec = expires_sec;
    copy->len = (uint32_t)bytes.len;
    memcpy(copy->bytes, bytes.data, bytes.len);
    enlist(shard, copy);
    return copy;
}

/* -------------------------------------------------------------------------- into the queue */

/* False: the ticket, if there is one, will not be answered. */
static bool put(struct shard *shard, const struct shard_copy *copy, struct store_ticket *ticket)
{
    struct shard_persist *persist = shard->persist;
    uint8_t sealed[STORE_SEALED_MAX];
    const struct store_place place = {persist->estate.name, copy->partition, copy->name};
    const x4s_chunk record = {copy->bytes, copy->len};
    const size_t len = store_seal(persist->sealer, &place, record, sealed);
    if (len == 0) {
        persist->tally.unsealed++;
        return false;
    }
    const struct store_put what = {
        .estate = &persist->estate,
        .name = copy->name,
        .partition = copy->partition,
        .data = sealed,
        .len = (uint32_t)len,
        .expires_sec = copy->expires_sec,
        .ticket = ticket,
    };
    return store_put(persist->store, &what, shard->now);
}

void shard_persist_erase(struct shard *shard, const struct store_name *name, uint8_t partition)
{
    const struct store_put what = {
        .estate = &shard->persist->estate, .name = *name, .partition = partition};
    (void)store_put(shard->persist->store, &what, shard->now);
}

static void erase_copy(struct shard *shard, const struct store_name *name)
{
    struct shard_copy *copy = find(shard, name);
    if (!copy)
        return;
    shard_persist_erase(shard, name, copy->partition);
    forget(shard->persist, copy);
}

static uint64_t expiry(const struct store_life *life)
{
    return life->life_sec ? life->up_at / 1000 + life->life_sec + 1 : UINT64_MAX;
}

/* `bytes` are the record's, wiped here. */
static bool write_record(struct shard *shard, const struct store_name *name, uint8_t partition,
                         uint8_t bytes[STORE_RECORD_MAX], size_t len, const struct store_life *life,
                         struct store_ticket *ticket)
{
    struct shard_copy *copy =
        len ? keep(shard, name, partition, (x4s_chunk){bytes, len}, expiry(life)) : NULL;
    x4_wipe(bytes, len);
    if (copy)
        return put(shard, copy, ticket);
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

static x4s_net_addr inner_of(const struct shard_sa *sa)
{
    const bool given = sa->lease && sa->lease->state == SHARD_LEASE_GIVEN;
    return given ? sa->lease->addr : (x4s_net_addr){0};
}

static uint8_t partition_of(const struct shard_sa *sa)
{
    const x4s_ike_id peer = shard_peer_id(sa->peer);
    return (uint8_t)store_partition(&sa->connection->phase1.id, &peer);
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
        .inner = inner_of(sa),
        .replaced = sa->replaced,
    };
    record.keys.link = sa->link;
    uint8_t bytes[STORE_RECORD_MAX];
    const struct store_name name = name1(sa);
    const size_t len = store_isakmp_write(&record, bytes);
    x4_wipe(&record.keys, sizeof(record.keys));
    return write_record(shard, &name, partition_of(sa), bytes, len, &record.life, ticket);
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
    const struct shard_copy *copy = find(sa->shard, &name);
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
    erase_copy(shard, &name);
}

void shard_persist_agreed1(struct shard_sa *sa)
{
    if (sa->shard->persist && sa->connection->acked)
        shard_hold_begin(sa->shard, sa, NULL);
}

/* -------------------------------------------------------------------------- children */

static bool write2(const struct shard_child *child, const x4s_ike_keys2 *keys,
                   const struct store_life *life, struct store_ticket *ticket)
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
        .inner = inner_of(sa),
        .replaced = child->replaced,
        .adopted = child->adopted,
    };
    memcpy(record.cookie_i, sa->cookie_i, sizeof(record.cookie_i));
    memcpy(record.cookie_r, sa->cookie_r, sizeof(record.cookie_r));
    uint8_t bytes[STORE_RECORD_MAX];
    const struct store_name name = store_name_child(keys->in.spi);
    const size_t len = store_child_write(&record, bytes);
    x4_wipe(&record.keys, sizeof(record.keys));
    return write_record(sa->shard, &name, partition_of(sa), bytes, len, life, ticket);
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
    if (!write2(child, keys, &life, shard_hold_ticket(shard, child)))
        shard_hold_fail(shard, child);
}

void shard_persist_up2(struct shard_child *child, const x4s_ike_keys2 *keys)
{
    struct shard *shard = child->sa->shard;
    if (!shard->persist)
        return;
    shard_hold_completed(shard, child);
    const struct store_name name = store_name_child(child->spi_in);
    if (find(shard, &name))
        return; /* it was written when it was agreed on */
    const struct store_life life = life_of(shard, child->up_at, child->soft_sec, child->life_sec);
    (void)write2(child, keys, &life, NULL);
}

static void write2_again(const struct shard_child *child, const struct shard_copy *copy)
{
    uint8_t bytes[STORE_RECORD_MAX];
    struct store_child record;
    const size_t len = copy->len;
    memcpy(bytes, copy->bytes, len);
    const struct store_life life =
        life_of(child->sa->shard, child->up_at, child->soft_sec, child->life_sec);
    if (store_child_read((x4s_chunk){bytes, len}, shard_wall_clock(), &record) == STORE_none)
        (void)write2(child, &record.keys, &life, NULL);
    x4_wipe(&record, sizeof(record));
    x4_wipe(bytes, len);
}

void shard_persist_changed2(const struct shard_child *child)
{
    if (!child->sa->shard->persist || !child->up || !child->sa->peer)
        return;
    const struct store_name name = store_name_child(child->spi_in);
    const struct shard_copy *copy = find(child->sa->shard, &name);
    if (copy)
        write2_again(child, copy);
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
    erase_copy(shard, &name);
}

/* The record stays: the other shard writes it again. */
struct shard_copy *shard_persist_take(const struct shard_child *child)
{
    struct shard *shard = child->sa->shard;
    if (!shard->persist)
        return NULL;
    const struct store_name name = store_name_child(child->spi_in);
    struct shard_copy *copy = find(shard, &name);
    if (copy)
        delist(shard->persist, copy);
    return copy;
}

void shard_persist_give(const struct shard_child *child, struct shard_copy *copy)
{
    struct shard *shard = child->sa->shard;
    if (copy && shard->persist) {
        enlist(shard, copy);
        shard_persist_changed2(child);
    } else {
        copy_free(copy);
    }
}

void shard_persist_lose(struct shard *shard, struct shard_copy *copy)
{
    if (copy && shard->persist)
        shard_persist_erase(shard, &copy->name, copy->partition);
    copy_free(copy);
}

/* -------------------------------------------------------------------------- what was read */

void shard_persist_know(struct shard *shard, const struct store_name *name, uint8_t partition,
                        x4s_chunk bytes, const struct store_life *life)
{
    (void)keep(shard, name, partition, bytes, expiry(life));
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

void shard_persist_refuse(struct shard *shard, const struct store_name *name, uint8_t partition,
                          enum store_reason reason)
{
    shard->persist->tally.refused_records[reason]++;
    if (reason == STORE_expired)
        shard_persist_erase(shard, name, partition);
    else
        report_refused(shard, name, reason);
}

enum store_reason shard_persist_unseal(const struct shard *shard, const struct store_place *place,
                                       x4s_chunk sealed, uint8_t record[STORE_RECORD_MAX],
                                       size_t *len)
{
    return store_unseal(shard->persist->sealer, place, sealed, record, len);
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
static void tell_fenced(struct shard *shard)
{
    struct shard_letter *letter = calloc(1, sizeof(*letter));
    if (!letter) {
        shard->counters.no_memory++; /* it finds out all the same, when it renews the lease */
        return;
    }
    letter->deliver = shard->persist->fenced;
    shard_post_send(&shard->post, shard_post_control(&shard->post), letter);
}

static void on_fenced(void *context, const struct store_estate *estate)
{
    struct shard *shard = context;
    if (shard->persist->fenced)
        tell_fenced(shard);
    if (!hub_log_begin(&shard->log, x4c_trace_error, "store-fenced"))
        return;
    hub_log_text(&shard->log, "estate", estate->name);
    hub_log_end(&shard->log);
}

/* A part of it at a time, in put_again. */
static void on_again(void *context)
{
    struct shard *shard = context;
    for (x4s_list *link; (link = x4_list_pop(&shard->persist->all));)
        x4_list_append(&shard->persist->due, link);
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
    const struct store_place place = {estate, partition, *name};
    shard_revive_loaded(context, &place, (x4s_chunk){data, len});
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    shard_revive_load_end(context, estate, partition, result);
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

bool shard_persist_open(struct shard *shard, const struct shard_options *options,
                        struct ring_error *error)
{
    if (!options->storage)
        return true;
    struct shard_persist *persist = calloc(1, sizeof(*persist));
    if (!persist)
        return false;
    shard->persist = persist;
    x4_list_init(&persist->all);
    x4_list_init(&persist->due);
    snprintf(persist->estate.name, sizeof(persist->estate.name), "%s", options->storage->estate);
    persist->estate.token = options->storage->token;
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
    return shard_hold_open(shard) && shard_revive_open(shard) &&
           open_persist(shard, options->storage, error);
}

void shard_persist_close(struct shard *shard)
{
    struct shard_persist *persist = shard->persist;
    if (!persist)
        return;
    shard_revive_stop(shard);
    shard_hold_close(shard);
    if (persist->store && shard->silent)
        store_forget(persist->store, &persist->estate);
    store_close(persist->store);
    store_sealer_free(persist->sealer);
    x4s_table_link *link;
    while (persist->copies.buckets && (link = x4_table_any(&persist->copies)))
        forget(persist, x4m_container(link, struct shard_copy, by_name));
    if (persist->copies.buckets)
        x4_table_fini(&persist->copies);
    free(persist);
    shard->persist = NULL;
}

/* -------------------------------------------------------------------------- the loop */

static void put_again(struct shard *shard)
{
    struct shard_persist *persist = shard->persist;
    const size_t most = x4m_min(store_room(persist->store), (size_t)AGAIN_A_ROUND);
    for (size_t i = 0; i < most; i++) {
        x4s_list *link = x4_list_pop(&persist->due);
        if (!link)
            return;
        const struct shard_copy *copy = x4m_container(link, struct shard_copy, of_shard);
        x4_list_append(&persist->all, link);
        if (!put(shard, copy, NULL))
            return; /* the store will ask again */
    }
}

x4_msec shard_persist_serve(struct shard *shard)
{
    struct shard_persist *persist = shard->persist;
    if (!persist)
        return x4c_never;
    put_again(shard);
    const x4_msec wait = store_tick(persist->store, shard->now);
    return x4_list_empty(&persist->due) || !store_room(persist->store) ? wait : 0;
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
    tally.lag_ms = stats.lag_ms;
    tally.holding = shard_hold_count(shard);
    return tally;
}
