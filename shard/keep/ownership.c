/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/ownership.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "shard/hub_state.h"
#include "shard/keep/persist.h"
#include "shard/state.h"

/* After another has the estate, until it is claimed again. */
#define CLAIM_AGAIN_MS 200

/* How long giving the estate up may take. */
#define RELEASE_MS 1000

struct hub_ownership {
    const struct hub_storage *storage;
    struct hub_log *log;
    struct store *store;
    struct store_user user;
    struct estate_host host;
    int epoll; /* what the store watches */
    struct hub *hub;
    struct hub_watch watch;
    struct hub_timer timer;
    x4_msec claim_at; /* of the one estate; 0: it is not to be claimed */
    bool waiting;     /* and that was told */
    bool several;     /* estates: they are taken and left while the daemon runs */
    uint32_t count;
    struct possession possessions[]; /* of one estate only its lease */
};

static struct possession *possession_of(struct estate *lease)
{
    return x4m_container(lease, struct possession, lease);
}

/* The lease of the one that there is. */
static struct estate *lease_of(struct hub_ownership *ownership)
{
    return &ownership->possessions[0].lease;
}

static void tell(const struct hub_ownership *ownership, x4e_trace_level level, const char *event,
                 const char *holder)
{
    if (!hub_log_begin(ownership->log, level, event))
        return;
    hub_log_text(ownership->log, "estate", ownership->possessions[0].lease.held.name);
    if (holder && *holder)
        hub_log_text(ownership->log, "holder", holder);
    hub_log_end(ownership->log);
    hub_log_flush(ownership->log);
}

/* -------------------------------------------------------------------------- the estate's host */

static void on_claim(void *context, const char *estate, uint64_t at_least, bool force)
{
    const struct hub_ownership *ownership = context;
    store_claim(ownership->store, estate, at_least, force);
}

static void on_renew(void *context, const struct store_estate *estate)
{
    const struct hub_ownership *ownership = context;
    store_renew(ownership->store, estate);
}

static void on_release(void *context, const struct store_estate *estate)
{
    const struct hub_ownership *ownership = context;
    store_release(ownership->store, estate);
}

static void on_taken(void *context, struct estate *estate)
{
    const struct hub_ownership *ownership = context;
    if (ownership->several)
        possession_taken(possession_of(estate));
    else
        tell(context, x4c_trace_notice, "estate-taken", NULL);
}

static void on_lost(void *context, struct estate *estate, const char *holder)
{
    struct hub_ownership *ownership = context;
    if (ownership->several) {
        possession_lost(possession_of(estate), holder);
        return;
    }
    if (ownership->hub) {
        tell(ownership, x4c_trace_error, "estate-lost", holder);
        hub_fall_silent(ownership->hub);
        return;
    }
    if (!ownership->waiting)
        tell(ownership, x4c_trace_notice, "standby", holder);
    ownership->waiting = true;
    ownership->claim_at = shard_clock() + CLAIM_AGAIN_MS;
}

static void on_isolated(void *context, struct estate *estate, bool isolated)
{
    const struct hub_ownership *ownership = context;
    if (ownership->several) {
        possession_isolated(possession_of(estate), isolated);
        return;
    }
    tell(ownership, x4c_trace_error, isolated ? "estate-isolated" : "estate-reached", NULL);
    if (isolated && ownership->hub && ownership->storage->copy.store.isolated_stop)
        hub_fall_silent(ownership->hub);
}

static void on_released(void *context, struct estate *estate)
{
    const struct hub_ownership *ownership = context;
    if (ownership->several)
        possession_released(possession_of(estate));
    else
        tell(ownership, x4c_trace_notice, "estate-released", NULL);
}

/* -------------------------------------------------------------------------- the store's user */

static bool on_watch(void *context, int fd)
{
    const struct hub_ownership *ownership = context;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(ownership->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void on_unwatch(void *context, int fd)
{
    const struct hub_ownership *ownership = context;
    (void)epoll_ctl(ownership->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void on_owned(void *context, const char *estate, uint64_t token, const char *holder,
                     enum store_result result)
{
    struct hub_ownership *ownership = context;
    for (uint32_t i = 0; i < ownership->count; i++) {
        struct estate *lease = &ownership->possessions[i].lease;
        if (strcmp(lease->held.name, estate) == 0)
            estate_answered(lease, token, holder, result, shard_clock());
    }
}

static void on_trouble(void *context, const char *why)
{
    const struct hub_ownership *ownership = context;
    if (!hub_log_begin(ownership->log, x4c_trace_error, "store-trouble"))
        return;
    hub_log_text(ownership->log, "text", why);
    hub_log_end(ownership->log);
    hub_log_flush(ownership->log);
}

/* -------------------------------------------------------------------------- the loop */

static void take_ready(const struct hub_ownership *ownership)
{
    struct epoll_event events[8];
    const int count = epoll_wait(ownership->epoll, events, x4m_countof(events), 0);
    for (int i = 0; i < count; i++)
        store_ready(ownership->store, events[i].data.fd, shard_clock());
}

static x4_msec serve_the_one(struct hub_ownership *ownership, x4_msec now)
{
    if (ownership->claim_at && now >= ownership->claim_at) {
        ownership->claim_at = 0;
        estate_claim(lease_of(ownership), false, now);
    }
    const x4_msec wait = estate_tick(lease_of(ownership), now);
    return ownership->claim_at ? x4m_min(wait, ownership->claim_at - now) : wait;
}

static x4_msec serve_several(struct hub_ownership *ownership, x4_msec now)
{
    x4_msec wait = x4c_never;
    for (uint32_t i = 0; i < ownership->count; i++)
        wait = x4m_min(wait, possession_tick(&ownership->possessions[i], now));
    return wait;
}

static x4_msec serve_leases(struct hub_ownership *ownership, x4_msec now)
{
    return ownership->several ? serve_several(ownership, now) : serve_the_one(ownership, now);
}

/* What is due; milliseconds until something is. What the store answers may be followed by more. */
static x4_msec serve(struct hub_ownership *ownership)
{
    const x4_msec now = shard_clock();
    (void)serve_leases(ownership, now);
    const x4_msec wait = store_tick(ownership->store, now);
    return x4m_min(wait, serve_leases(ownership, now));
}

static bool is_readable(const struct hub_ownership *ownership, int stop, x4_msec wait)
{
    struct pollfd fds[] = {{.fd = ownership->epoll, .events = POLLIN},
                           {.fd = stop, .events = POLLIN}};
    const int timeout = wait == x4c_never ? -1 : (int)x4m_min(wait, (x4_msec)INT_MAX);
    (void)poll(fds, stop < 0 ? 1 : x4m_countof(fds), timeout);
    take_ready(ownership);
    return stop >= 0 && (fds[1].revents & POLLIN);
}

bool hub_ownership_await(struct hub_ownership *ownership, int stop, struct hub_notify *notify,
                         uint64_t *token)
{
    if (ownership->several)
        return true;
    ownership->claim_at = 1;
    hub_notify_ready(notify, "Waiting for the estate");
    while (lease_of(ownership)->state != ESTATE_OURS) {
        const x4_msec alive = hub_notify_alive(notify, shard_clock());
        if (is_readable(ownership, stop, x4m_min(serve(ownership), alive)))
            return false;
    }
    *token = lease_of(ownership)->held.token;
    return true;
}

static void go_on(struct hub_ownership *ownership)
{
    take_ready(ownership);
    const x4_msec wait = serve(ownership);
    if (wait != x4c_never)
        hub_timer_set(ownership->hub, &ownership->timer, wait);
}

static void on_timer(struct hub *hub, struct hub_timer *timer)
{
    (void)hub;
    go_on(x4m_container(timer, struct hub_ownership, timer));
}

static void on_ready(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    (void)hub;
    (void)events;
    go_on(x4m_container(watch, struct hub_ownership, watch));
}

void hub_ownership_fenced(void *member, struct shard_letter *letter)
{
    const struct hub *hub = member;
    const uint32_t estate = x4m_container(letter, struct shard_fenced, letter)->estate;
    free(letter);
    if (!hub->ownership)
        return;
    estate_fenced(&hub->ownership->possessions[estate].lease, shard_clock());
    go_on(hub->ownership);
}

void hub_ownership_go_on(struct hub *hub)
{
    hub_timer_set(hub, &hub->ownership->timer, 0);
}

struct possession *hub_ownership_possession(struct hub *hub, uint32_t number)
{
    struct hub_ownership *ownership = hub->ownership;
    return ownership && ownership->several && number < ownership->count
               ? &ownership->possessions[number]
               : NULL;
}

struct possession *hub_ownership_named(struct hub *hub, const char *estate)
{
    struct possession *possession;
    for (uint32_t i = 0; (possession = hub_ownership_possession(hub, i)); i++)
        if (strcmp(possession->lease.held.name, estate) == 0)
            return possession;
    return NULL;
}

bool hub_ownership_attach(struct hub_ownership *ownership, struct hub *hub)
{
    ownership->hub = hub;
    hub->ownership = ownership;
    ownership->timer.fire = on_timer;
    ownership->watch = (struct hub_watch){ownership->epoll, on_ready};
    for (uint32_t i = 0; ownership->several && i < ownership->count; i++)
        possession_begin(&ownership->possessions[i], hub);
    hub_timer_set(hub, &ownership->timer, 0);
    return hub_watch_add(hub, &ownership->watch, EPOLLIN);
}

/* -------------------------------------------------------------------------- open and close */

struct hub_ownership *hub_ownership_open(const struct hub_storage *storage, uint32_t lease_ms,
                                         struct hub_log *log, struct store_error *error)
{
    const uint32_t several = (uint32_t)storage->copy.store.estate_count;
    const uint32_t count = several ? several : 1;
    struct hub_ownership *ownership =
        calloc(1, sizeof(*ownership) + count * sizeof(ownership->possessions[0]));
    uint8_t key[x4c_siphash_key];
    *error = (struct store_error){.text = "out of memory"};
    if (!ownership || getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        free(ownership);
        return NULL;
    }
    ownership->storage = storage;
    ownership->log = log;
    ownership->several = several != 0;
    ownership->count = count;
    ownership->epoll = epoll_create1(EPOLL_CLOEXEC);
    ownership->user = (struct store_user){
        .context = ownership,
        .watch = on_watch,
        .unwatch = on_unwatch,
        .owned = on_owned,
        .trouble = on_trouble,
    };
    ownership->host = (struct estate_host){
        .context = ownership,
        .claim = on_claim,
        .renew = on_renew,
        .release = on_release,
        .taken = on_taken,
        .lost = on_lost,
        .isolated = on_isolated,
        .released = on_released,
    };
    for (uint32_t i = 0; i < count; i++) {
        struct possession *possession = &ownership->possessions[i];
        possession_init(possession, storage, i);
        estate_init(&possession->lease, &ownership->host, hub_storage_estate(storage, i), lease_ms);
    }
    ownership->store = store_open(storage->ops, &storage->options, &ownership->user, key, error);
    if (ownership->store)
        return ownership;
    close(ownership->epoll);
    free(ownership);
    return NULL;
}

/*
 * Of several nodes that serve each goes on with its own when it is started again: leases run out by
 * themselves, and then others take over.
 */
static void give_up(struct hub_ownership *ownership)
{
    const x4_msec deadline = shard_clock() + RELEASE_MS;
    if (ownership->several)
        return;
    estate_release(lease_of(ownership), shard_clock());
    while (lease_of(ownership)->state == ESTATE_GIVEN_UP && shard_clock() < deadline)
        (void)is_readable(ownership, -1, x4m_min(serve(ownership), (x4_msec)RELEASE_MS));
}

void hub_ownership_close(struct hub_ownership *ownership)
{
    if (!ownership)
        return;
    ownership->hub = NULL;
    give_up(ownership);
    store_close(ownership->store);
    close(ownership->epoll);
    free(ownership);
}
