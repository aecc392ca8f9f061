/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/hub.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "shard/hub_state.h"
#include "shard/keep/storage.h"
#include "shard/radius/desk.h"
#include "shard/stall.h"
#include "shard/state.h"
#include "shard/survey.h"

/* -------------------------------------------------------------------------- descriptors */

bool hub_watch_add(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    return epoll_ctl(hub->epoll, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

void hub_watch_change(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    (void)epoll_ctl(hub->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void hub_watch_remove(struct hub *hub, struct hub_watch *watch)
{
    (void)epoll_ctl(hub->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

/* -------------------------------------------------------------------------- timers */

void hub_timer_set(struct hub *hub, struct hub_timer *timer, x4_msec delay)
{
    x4_wheel_set(&hub->wheel, &timer->timer, hub->now + delay);
}

void hub_timer_cancel(struct hub *hub, struct hub_timer *timer)
{
    x4_wheel_cancel(&hub->wheel, &timer->timer);
}

static void serve_timers(struct hub *hub)
{
    x4s_timer *timer;
    x4_wheel_advance(&hub->wheel, hub->now);
    while ((timer = x4_wheel_pop(&hub->wheel))) {
        struct hub_timer *mine = x4m_container(timer, struct hub_timer, timer);
        mine->fire(hub, mine);
    }
}

/* -------------------------------------------------------------------------- questions */

static void come_back(void *member, struct shard_letter *letter)
{
    struct hub_question *question = x4m_container(letter, struct hub_question, letter);
    question->answered(member, question);
    free(question);
}

/* What the machine does with the core meanwhile is not the question's. */
static uint64_t thread_cpu_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static void be_asked(void *member, struct shard_letter *letter)
{
    struct shard *shard = member;
    struct hub_question *question = x4m_container(letter, struct hub_question, letter);
    const uint64_t begun_us = thread_cpu_us();
    question->ask(shard, question);
    const uint64_t took_us = thread_cpu_us() - begun_us;
    shard->counters.asked_max_us = x4m_max(shard->counters.asked_max_us, took_us);
    if (!question->later)
        hub_answer(shard, question);
}

void hub_answer(struct shard *shard, struct hub_question *question)
{
    question->letter.deliver = come_back;
    shard_post_send(&shard->post, shard_post_control(&shard->post), &question->letter);
}

void hub_ask(struct hub *hub, uint32_t shard, struct hub_question *question)
{
    question->shard = shard;
    question->letter = (struct shard_letter){.deliver = be_asked};
    shard_post_send(&hub->post, shard, &question->letter);
}

/* An order: nothing comes back. */
static void order(struct hub *hub, uint32_t shard, shard_deliver_fn deliver)
{
    struct shard_letter *letter = calloc(1, sizeof(*letter));
    if (!letter) {
        if (hub_log_begin(&hub->log, x4c_trace_error, "no-memory"))
            hub_log_end(&hub->log);
        return;
    }
    letter->deliver = deliver;
    shard_post_send(&hub->post, shard, letter);
}

/* -------------------------------------------------------------------------- open and close */

static uint32_t shards_wanted(const struct hub_daemon *daemon)
{
    cpu_set_t allowed;
    if (daemon->shards)
        return daemon->shards;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return 1;
    return x4m_min((uint32_t)CPU_COUNT(&allowed), (uint32_t)HUB_SHARDS_MAX);
}

static void on_letters(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    shard_post_drain(&hub->post);
}

static bool fail(struct ring_error *error, const char *what)
{
    error->code = errno;
    snprintf(error->text, sizeof(error->text), "%s: %s", what, strerror(errno));
    return false;
}

static bool open_control(struct hub *hub, struct ring_error *error)
{
    hub->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (hub->epoll < 0)
        return fail(error, "epoll");
    hub->mail = ring_mail_new(hub->count + 1);
    if (!hub->mail || !shard_post_init(&hub->post, hub->mail, hub->count, hub->count + 1))
        return fail(error, "letters");
    hub->letters = (struct hub_watch){shard_post_fd(&hub->post), on_letters};
    return hub_watch_add(hub, &hub->letters, EPOLLIN) || fail(error, "epoll");
}

static void on_ended(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct hub_member *member = x4m_container(watch, struct hub_member, ended);
    (void)events;
    hub_watch_remove(hub, watch);
    hub_worker_join(&member->worker);
    member->gone = true;
    hub->gone++;
    if (member->worker.works)
        return;
    hub->works = false;
    hub_stop(hub);
}

static void begin(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_begin(member);
}

void hub_begin(struct hub *hub)
{
    for (uint32_t i = 0; i < hub->count; i++)
        order(hub, i, begin);
}

static void stop(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_stop(member);
}

static bool draw_keys(struct shard_options *options)
{
    return getrandom(options->spi_key, sizeof(options->spi_key), 0) ==
               (ssize_t)sizeof(options->spi_key) &&
           getrandom(options->steer_key, sizeof(options->steer_key), 0) ==
               (ssize_t)sizeof(options->steer_key);
}

/* Where it cannot be had, OpenSSL is as good but for its speed. */
static void open_modp(struct hub *hub, const struct hub_daemon *daemon)
{
    hub->no_modp = "";
    if (daemon->crypto == HUB_CRYPTO_AUTO)
        hub->modp = x4_modp_new(NULL, &hub->no_modp);
}

/* One after another: a socket's index in the group is the order in which it was bound. */
static bool start_shards(struct hub *hub, const struct hub_options *options,
                         struct ring_error *error)
{
    struct shard_options shard = {
        .config = hub->retire.now->config,
        .daemon = &hub->retire.now->daemon,
        .kernel = options->kernel,
        .storage = options->storage,
        .fenced = options->fenced,
        .radius = hub_radius_deliver,
        .log_fd = options->log_fd,
        .count = hub->count,
        .mail = hub->mail,
        .cpis = &hub->cpis,
        .taken = options->storage ? &hub->taken : NULL,
        .modp = hub->modp,
    };
    if (!draw_keys(&shard))
        return fail(error, "random numbers");
    for (uint32_t i = 0; i < hub->count; i++) {
        struct hub_member *member = &hub->members[i];
        shard.index = i;
        if (!hub_worker_start(&member->worker, &shard)) {
            *error = member->worker.error;
            return false;
        }
        member->gone = false;
        hub->gone--;
        member->ended = (struct hub_watch){member->worker.ended, on_ended};
        if (!hub_watch_add(hub, &member->ended, EPOLLIN))
            return fail(error, "epoll");
    }
    return true;
}

/*
 * What the shards may do no more once they are open they cannot do when the first datagram comes.
 * They serve in any case, if only to end.
 */
static bool serve_shards(struct hub *hub, const struct hub_options *options, bool open,
                         struct ring_error *error)
{
    const bool good = open && (!options->confine || options->confine(error));
    for (uint32_t i = 0; i < hub->count; i++) {
        if (!hub->members[i].gone)
            hub_worker_serve(&hub->members[i].worker);
    }
    return good;
}

/* The first of the snapshots. */
static bool take_config(struct hub *hub, const struct hub_options *options)
{
    char needs[HUB_RUNNING_TEXT];
    struct hub_snapshot *first =
        hub_retire_init(hub) ? hub_retire_enter(hub, options->config) : NULL;
    if (!first) {
        hub_config_free(options->config);
        return false;
    }
    first->number = 1;
    first->daemon = *options->daemon;
    hub_retire_succeed(hub, first);
    hub_reload_init(hub);
    hub->adapt = options->adapt;
    if (!hub_running_init(&hub->running, options->daemon))
        return false;
    hub_running_adapt(&hub->running, &first->daemon, needs);
    return true;
}

/* The one that there is; several are taken one by one (shard/keep/possession.h). */
static void begin_estates(struct hub *hub)
{
    if (!hub->storage)
        hub_begin(hub);
    else if (!hub->storage->copy.store.estate_count)
        hub_revive(hub, 0, hub->storage->token, hub_serve);
}

struct hub *hub_open(const struct hub_options *options, struct ring_error *error)
{
    const uint32_t count = shards_wanted(options->daemon);
    struct hub *hub = calloc(1, sizeof(*hub) + count * sizeof(hub->members[0]));
    snprintf(error->text, sizeof(error->text), "out of memory");
    if (!hub) {
        hub_config_free(options->config);
        return NULL;
    }
    hub->epoll = -1;
    hub->count = hub->gone = count;
    for (uint32_t i = 0; i < count; i++)
        hub->members[i].gone = true;
    hub->works = true;
    hub->now = shard_clock();
    hub_log_init(&hub->log, options->log_fd, options->daemon->log_level);
    hub->log.format = options->daemon->log_format;
    open_modp(hub, options->daemon);
    x4_wheel_init(&hub->wheel, hub->now);
    if (take_config(hub, options) && open_control(hub, error) &&
        serve_shards(hub, options, start_shards(hub, options, error), error)) {
        hub->storage = options->storage;
        begin_estates(hub);
        hub_stall_watch(hub);
        hub_radius_change(hub);
        hub_keeper_open(hub);
        return hub;
    }
    hub_stop(hub);
    (void)hub_run(hub);
    hub_close(hub);
    return NULL;
}

void hub_close(struct hub *hub)
{
    hub_log_flush(&hub->log);
    hub_radius_close(hub);
    hub_keeper_close(hub);
    hub_reload_fini(hub);
    shard_post_fini(&hub->post);
    ring_mail_free(hub->mail, free);
    hub_retire_fini(hub);
    hub_running_fini(&hub->running);
    x4_modp_free(hub->modp);
    if (hub->epoll >= 0)
        close(hub->epoll);
    free(hub);
}

/* -------------------------------------------------------------------------- the loop */

static x4_msec serve(struct hub *hub)
{
    serve_timers(hub);
    x4_msec wait = shard_post_serve(&hub->post, hub);
    const x4_msec next = x4_wheel_next(&hub->wheel);
    if (next != x4c_never)
        wait = x4m_min(wait, next > hub->now ? next - hub->now : 0);
    hub_log_flush(&hub->log);
    return wait;
}

/* One at a time: what is called may remove other watches. */
static void wait_for_one(struct hub *hub, x4_msec wait)
{
    struct epoll_event event;
    const int timeout = wait == x4c_never ? -1 : (int)x4m_min(wait, (x4_msec)INT_MAX);
    const int count = epoll_wait(hub->epoll, &event, 1, timeout);
    shard_post_awake(&hub->post);
    hub->now = shard_clock();
    if (count < 1)
        return;
    struct hub_watch *watch = event.data.ptr;
    watch->ready(hub, watch, event.events);
}

bool hub_run(struct hub *hub)
{
    while (hub->gone < hub->count)
        wait_for_one(hub, serve(hub));
    hub_survey_forget(hub);
    (void)shard_post_serve(&hub->post, hub); /* the last words of the shards */
    hub_log_flush(&hub->log);
    return hub->works;
}

static void fall_silent(void *member, struct shard_letter *letter)
{
    free(letter);
    shard_fall_silent(member);
}

void hub_fall_silent(struct hub *hub)
{
    hub->works = false;
    hub->stopping = true;
    for (uint32_t i = 0; i < hub->count; i++)
        if (!hub->members[i].gone)
            order(hub, i, fall_silent);
}

void hub_stop(struct hub *hub)
{
    if (hub->stopping)
        return;
    hub->stopping = true;
    for (uint32_t i = 0; i < hub->count; i++)
        if (!hub->members[i].gone)
            order(hub, i, stop);
}

/* -------------------------------------------------------------------------- for the process */

struct hub_log *hub_log(struct hub *hub)
{
    return &hub->log;
}

uint32_t hub_shard_count(const struct hub *hub)
{
    return hub->count;
}

const char *hub_modp_method(const struct hub *hub)
{
    return hub->modp ? x4c_modp_method : "openssl";
}

const char *hub_modp_reason(const struct hub *hub)
{
    return hub->modp ? "" : hub->no_modp;
}

uint64_t hub_stalls(const struct hub *hub)
{
    return hub->stalls;
}

const struct ring *hub_ring(const struct hub *hub)
{
    return shard_ring(hub->members[0].worker.shard);
}
