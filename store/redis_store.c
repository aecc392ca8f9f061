/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_store.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/store.h"
#include "x4/core/memory.h"

static struct redis_store *store_of(struct store_backend *backend)
{
    return (struct redis_store *)(void *)backend;
}

void redis_estate_key(const char *estate, char *key, size_t size)
{
    snprintf(key, size, "ikehub:{%s}", estate);
}

void redis_partition_key(const char *estate, unsigned partition, char *key, size_t size)
{
    snprintf(key, size, "ikehub:{%s.%u}", estate, partition);
}

enum store_result redis_word(const redisReply *reply, bool *lost)
{
    const char *word = reply->type == REDIS_REPLY_STRING ? reply->str : "";

    *lost = strcmp(word, "LOST") == 0;
    if (strcmp(word, "DONE") == 0)
        return STORE_DONE;
    if (strcmp(word, "FENCED") == 0 || strcmp(word, "HELD") == 0)
        return STORE_FENCED;
    return STORE_REFUSED;
}

/* That there is no way to a server says more than what the last one refused. */
static const char *trouble(const struct redis_store *store)
{
    const struct redis_route *route = store->client.route;
    const char *why = route->ops->trouble(route);

    return *why ? why : store->client.error;
}

void redis_answered(struct redis_store *store, enum store_result result)
{
    const bool away = result == STORE_AWAY;

    if (away && !store->troubled && !store->closed && store->host->trouble)
        store->host->trouble(store->host->context, trouble(store));
    store->troubled = away;
}

/* -------------------------------------------------------------------------------- witnesses */

/*
 * A server that was restarted may have come back with less than it had, and one that took the place
 * of another may not have heard of the last writes. Slots that move between nodes lose nothing, but
 * look the same from here.
 */
static void compare(struct redis_store *store, struct redis_witness *witness, uint64_t server)
{
    if (witness->server != server)
        store->doubted = true;
    witness->server = server;
}

void redis_witness(struct redis_store *store, uint16_t slot, uint64_t server)
{
    for (size_t i = 0; i < store->witness_count; i++)
        if (store->witnesses[i].slot == slot) {
            compare(store, &store->witnesses[i], server);
            return;
        }
    /* More estates than anybody has: the oldest are watched. */
    if (store->witness_count < REDIS_WITNESSES)
        store->witnesses[store->witness_count++] = (struct redis_witness){slot, server};
}

/* That nothing is written at the moment does not keep servers from changing. */
static void on_changed(void *user, struct redis_link *link)
{
    struct redis_store *store = user;
    struct redis_route *route = store->client.route;

    (void)link;
    for (size_t i = 0; i < store->witness_count; i++) {
        const struct redis_link *now = route->ops->find(route, store->witnesses[i].slot);
        if (now && now->state == REDIS_LINK_READY)
            compare(store, &store->witnesses[i], now->server);
    }
}

/* Not often: it makes the host write all that there is. Milliseconds until it may be told. */
static x4_msec tell_doubt(struct redis_store *store)
{
    const x4_msec now = store->client.poll.now;
    const x4_msec due = store->doubted_ms + REDIS_DOUBT_MS;

    if (!store->doubted)
        return x4c_never;
    if (store->doubted_ms && now < due)
        return due - now;
    store->doubted = false;
    store->doubted_ms = now;
    store->host->doubtful(store->host->context);
    return x4c_never;
}

/* ------------------------------------------------------------------------------- its life */

static void set_default(uint32_t *time_ms, uint32_t value)
{
    if (!*time_ms)
        *time_ms = value;
}

static bool wrong(struct store_error *error, const char *why)
{
    snprintf(error->text, sizeof(error->text), "%s", why);
    return false;
}

bool redis_options_check(struct redis_options *options, struct store_error *error)
{
    set_default(&options->connect_ms, REDIS_CONNECT_MS);
    set_default(&options->answer_ms, REDIS_ANSWER_MS);
    set_default(&options->idle_ms, REDIS_IDLE_MS);
    set_default(&options->look_ms, REDIS_LOOK_MS);
    set_default(&options->give_up_ms, REDIS_GIVE_UP_MS);
    set_default(&options->lease_ms, REDIS_LEASE_MS);
    if (!options->address_count || options->address_count > REDIS_ADDRESSES_MAX)
        return wrong(error, "redis: 1 to 16 addresses are needed");
    if (options->mode == REDIS_STANDALONE && options->address_count > 1)
        return wrong(error, "redis: several addresses are Sentinels' or a cluster's");
    if (options->mode == REDIS_SENTINEL && !options->master)
        return wrong(error, "redis: Sentinels have to be asked for a primary by its name");
    if (options->mode == REDIS_CLUSTER && options->database)
        return wrong(error, "redis: a cluster has database 0 only");
    if (options->user && !options->password)
        return wrong(error, "redis: a user without a password");
    if (options->sentinel_user && !options->sentinel_password)
        return wrong(error, "redis: a user of the Sentinels without a password");
    return true;
}

static struct store_backend *open_store(const struct store_options *options,
                                        const struct store_host *host, struct store_error *error)
{
    struct redis_store *store = redis_alloc(sizeof(*store));

    store->options = *options->redis;
    store->store_options = options;
    store->host = host;
    x4_list_init(&store->complete);
    if (!redis_options_check(&store->options, error)) {
        x4_free(&x4_libc_allocator, store, sizeof(*store));
        return NULL;
    }
    if (!redis_client_open(&store->client, &store->options, store, on_changed)) {
        (void)wrong(error, "redis: no descriptor, or no SHA-1");
        x4_free(&x4_libc_allocator, store, sizeof(*store));
        return NULL;
    }
    if (!host->watch(host->context, store->client.poll.fd)) {
        (void)wrong(error, "redis: its descriptor cannot be watched");
        redis_client_close(&store->client);
        x4_free(&x4_libc_allocator, store, sizeof(*store));
        return NULL;
    }
    return (struct store_backend *)store;
}

static void ready(struct store_backend *backend, int fd)
{
    struct redis_store *store = store_of(backend);

    (void)fd;
    redis_client_ready(&store->client);
    redis_tell(store);
}

static x4_msec tick(struct store_backend *backend, x4_msec now)
{
    struct redis_store *store = store_of(backend);
    const x4_msec client = redis_client_tick(&store->client, now);

    redis_tell(store);
    return x4m_min(client, tell_doubt(store));
}

static x4_msec clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (x4_msec)now.tv_sec * 1000 + (x4_msec)now.tv_nsec / 1000000;
}

/* The one place that waits: the host's thread has nothing else to do any more. */
static void drain(struct redis_store *store)
{
    const x4_msec base = store->client.poll.now;
    const x4_msec begin = clock_ms();
    x4_msec passed = 0;

    while (!redis_client_idle(&store->client) && passed < REDIS_CLOSE_MS) {
        struct pollfd fd = {.fd = store->client.poll.fd, .events = POLLIN};
        const x4_msec due = tick((struct store_backend *)store, base + passed);
        (void)poll(&fd, 1, (int)x4m_min(due, REDIS_CLOSE_MS - passed));
        ready((struct store_backend *)store, fd.fd);
        passed = clock_ms() - begin;
    }
}

static void close_store(struct store_backend *backend)
{
    struct redis_store *store = store_of(backend);

    drain(store);
    store->host->unwatch(store->host->context, store->client.poll.fd);
    store->closed = true;
    redis_client_close(&store->client);
    redis_tell(store);
    x4_free(&x4_libc_allocator, store, sizeof(*store));
}

const struct store_backend_ops redis_store_ops = {
    .name = "redis",
    .open = open_store,
    .close = close_store,
    .write = redis_write,
    .load = redis_load,
    .claim = redis_claim,
    .renew = redis_renew,
    .release = redis_release,
    .ready = ready,
    .tick = tick,
};
