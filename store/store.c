/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"

#include <stdlib.h>

struct store {
    const struct store_backend_ops *ops;
    struct store_backend *backend;
    const struct store_user *user;
    struct store_host host;
    struct store_queue queue;
    x4_msec now;
    x4_msec retry_at; /* not before, after the store was away */
    x4_msec retry_ms;
    size_t flights;
    bool awaited;   /* somebody waits for what was put */
    bool overflown; /* there was something that the queue did not take */
    bool doubted;   /* the store may have lost something */
    bool closing;
    uint64_t away;
    uint64_t again;
};

/* -------------------------------------------------------------------------- as the host */

static bool on_watch(void *context, int fd)
{
    const struct store *store = context;
    return store->user->watch(store->user->context, fd);
}

static void on_unwatch(void *context, int fd)
{
    const struct store *store = context;
    store->user->unwatch(store->user->context, fd);
}

static void on_loaded(void *context, const char *estate, unsigned partition,
                      const struct store_name *name, const uint8_t *data, size_t len)
{
    const struct store *store = context;
    if (store->user->loaded)
        store->user->loaded(store->user->context, estate, partition, name, data, len);
}

static void on_load_end(void *context, const char *estate, unsigned partition,
                        enum store_result result)
{
    const struct store *store = context;
    if (store->user->load_end)
        store->user->load_end(store->user->context, estate, partition, result);
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    const struct store *store = context;
    if (store->user->owned)
        store->user->owned(store->user->context, estate, token, holder, result);
}

static void on_doubtful(void *context)
{
    struct store *store = context;
    store->doubted = true;
}

static void on_trouble(void *context, const char *why)
{
    const struct store *store = context;
    if (store->user->trouble)
        store->user->trouble(store->user->context, why);
}

/* The estate of the first write that has that result, or NULL. */
static const struct store_estate *estate_with(const struct store_batch *batch,
                                              enum store_result result)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->writes[i].result == result)
            return batch->writes[i].estate;
    return NULL;
}

static void back_off(struct store *store)
{
    store->away++;
    store->retry_ms =
        store->retry_ms ? x4m_min(2 * store->retry_ms, STORE_RETRY_MAX_MS) : STORE_RETRY_MS;
    store->retry_at = store->now + store->retry_ms;
}

static bool give_batch(struct store *store)
{
    struct store_batch *batch = store_queue_take(&store->queue, STORE_BATCH_MAX);
    if (!batch)
        return false;
    store->flights++;
    store->ops->write(store->backend, batch);
    return true;
}

static void give_all(struct store *store)
{
    while (give_batch(store))
        continue;
}

/* While it is closed, what was put beside the batch follows it, unless the store is away. */
static void on_wrote(void *context, struct store_batch *batch)
{
    struct store *store = context;
    const bool away = estate_with(batch, STORE_AWAY) != NULL;
    store->flights--;
    if (away)
        back_off(store);
    else
        store->retry_at = store->retry_ms = 0;
    const struct store_estate *fenced = estate_with(batch, STORE_FENCED);
    store_queue_answered(&store->queue, batch);
    if (store->closing && !away)
        give_all(store);
    if (fenced && store->user->fenced && !store->closing)
        store->user->fenced(store->user->context, fenced);
}

/* -------------------------------------------------------------------------- opening and closing */

struct store *store_open(const struct store_backend_ops *ops, const struct store_options *options,
                         const struct store_user *user, const uint8_t hash_key[x4c_siphash_key],
                         struct store_error *error)
{
    struct store *store = calloc(1, sizeof(*store));
    const size_t queue = options->queue ? options->queue : STORE_QUEUE_DEFAULT;
    *error = (struct store_error){.text = "no memory"};
    if (!store || !store_queue_init(&store->queue, queue, hash_key)) {
        free(store);
        return NULL;
    }
    store->ops = ops;
    store->user = user;
    store->host = (struct store_host){
        .context = store,
        .watch = on_watch,
        .unwatch = on_unwatch,
        .wrote = on_wrote,
        .loaded = on_loaded,
        .load_end = on_load_end,
        .owned = on_owned,
        .doubtful = on_doubtful,
        .trouble = on_trouble,
    };
    store->backend = ops->open(options, &store->host, error);
    if (!store->backend) {
        store_queue_fini(&store->queue);
        free(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store->closing = true;
    give_all(store);
    store->ops->close(store->backend);
    store_queue_fini(&store->queue);
    free(store);
}

/* -------------------------------------------------------------------------- writing */

bool store_put(struct store *store, const struct store_put *put, x4_msec now)
{
    store->awaited |= put->ticket != NULL;
    if (store_queue_put(&store->queue, put, now))
        return true;
    store->overflown = true;
    return false;
}

size_t store_room(const struct store *store)
{
    const size_t half = (store->queue.items_max + 1) / 2;
    const size_t length = store_queue_length(&store->queue);
    return half > length ? half - length : 0;
}

/* More may come that can go with it. */
static bool gathers(const struct store *store, x4_msec now)
{
    return !store->awaited && store->queue.length < STORE_GATHER &&
           store_queue_age(&store->queue, now) < STORE_GATHER_MS;
}

void store_flush(struct store *store, x4_msec now)
{
    store->now = now;
    if (now < store->retry_at || gathers(store, now))
        return;
    store->awaited = false;
    while (store->flights < STORE_FLIGHTS_MAX && give_batch(store))
        continue;
}

/* Putting everything again is for when there is room for it. */
static void ask_again(struct store *store)
{
    if (!store->doubted && !(store->overflown && store_room(store)))
        return;
    store->doubted = store->overflown = false;
    store->again++;
    if (store->user->again)
        store->user->again(store->user->context);
}

void store_ready(struct store *store, int fd, x4_msec now)
{
    store->now = now;
    store->ops->ready(store->backend, fd);
    ask_again(store);
}

x4_msec store_tick(struct store *store, x4_msec now)
{
    store->now = now;
    const x4_msec due = store->ops->tick(store->backend, now);
    ask_again(store);
    store_flush(store, now);
    if (!store_queue_length(&store->queue))
        return due;
    if (now < store->retry_at)
        return x4m_min(due, store->retry_at - now);
    return store->queue.length && gathers(store, now) ? x4m_min(due, (x4_msec)STORE_GATHER_MS)
                                                      : due;
}

bool store_has(const struct store *store, const struct store_estate *estate)
{
    return store->overflown || store->doubted || store_queue_has(&store->queue, estate);
}

void store_forget(struct store *store, const struct store_estate *estate)
{
    store_queue_forget(&store->queue, estate);
}

/* -------------------------------------------------------------------------- passed on */

void store_load(struct store *store, const char *estate, unsigned partition)
{
    store->ops->load(store->backend, estate, partition);
}

void store_claim(struct store *store, const char *estate, uint64_t at_least, bool force)
{
    store->ops->claim(store->backend, estate, at_least, force);
}

void store_renew(struct store *store, const struct store_estate *estate)
{
    store->ops->renew(store->backend, estate);
}

void store_release(struct store *store, const struct store_estate *estate)
{
    store->ops->release(store->backend, estate);
}

void store_stats(const struct store *store, x4_msec now, struct store_stats *stats)
{
    *stats = (struct store_stats){
        .queue = store->queue.stats,
        .length = store_queue_length(&store->queue),
        .lag_ms = store_queue_lag(&store->queue, now),
        .away = store->away,
        .again = store->again,
    };
}
