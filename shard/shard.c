/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/shard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ioring/error.h"
#include "shard/connection.h"
#include "shard/endpoint.h"
#include "shard/handover.h"
#include "shard/initiate.h"
#include "shard/keep/persist.h"
#include "shard/keep/revive.h"
#include "shard/limits.h"
#include "shard/mend.h"
#include "shard/order.h"
#include "shard/peer.h"
#include "shard/phase1.h"
#include "shard/phase2.h"
#include "shard/privilege/open.h"
#include "shard/proof.h"
#include "shard/receive.h"
#include "shard/signer.h"
#include "shard/state.h"
#include "shard/thin.h"
#include "shard/transmit.h"
#include "shard/trap.h"

/* How long a port in use is waited for at start, and how often it is tried. */
#define BIND_WAIT_MS  2000
#define BIND_RETRY_MS 20

/* Timers that one round serves: a great many due at once shall not keep datagrams waiting. */
#define TIMERS_A_ROUND 32

/* ISAKMP SAs whose peers are told in one go before the ring is served again. */
#define FAREWELLS_A_ROUND 32

/* -------------------------------------------------------------------------- libike's instance */

static x4_msec on_clock(void *userdata)
{
    (void)userdata;
    return shard_clock();
}

static void on_send(void *userdata, const x4s_net_link *link, const void *data, size_t len)
{
    shard_transmit(userdata, link, data, len);
}

static void on_trace(void *userdata, const x4s_trace_event *event)
{
    struct shard *shard = userdata;
    hub_log_trace(&shard->log, event, shard->now);
}

static void set_adjustable(const struct shard *shard, x4s_charon_config *config)
{
    const struct hub_daemon *daemon = shard->daemon;
    config->trace_level = x4m_max(daemon->log_level, shard->log.tap_level);
    config->timing = daemon->timing;
    config->keys_ahead = daemon->keys_ahead;
    config->limits = shard_limits_share(&daemon->limits, shard->steer.count);
}

static const x4s_charon_config *on_adjust(void *userdata)
{
    struct shard *shard = userdata;
    if (!shard->adjust)
        return NULL;
    shard->adjust = false;
    set_adjustable(shard, &shard->adjusted);
    return &shard->adjusted;
}

static bool open_charon(struct shard *shard, const struct shard_options *options,
                        struct ring_error *error)
{
    x4s_charon_config config = {
        .userdata = shard,
        .calls1 = &shard_calls1,
        .calls2 = &shard_calls2,
        .stats = &shard->stats,
        .clock = on_clock,
        .send = on_send,
        .cookie = shard->steer.count > 1 ? shard_handover_cookie : NULL,
        .trace = on_trace,
        .adjust = on_adjust,
        .modp = options->modp,
        .certs = shard_proof_certs(shard),
    };
    set_adjustable(shard, &config);
    const char *why = "";
    shard->charon = x4_charon_init(&config, &why);
    if (!shard->charon)
        snprintf(error->text, sizeof(error->text), "libike: %s", why);
    return shard->charon != NULL;
}

/* -------------------------------------------------------------------------- open and close */

static bool open_ring(struct shard *shard, const struct shard_options *options,
                      struct ring_error *error)
{
    static const enum ring_backend backends[] = {
        [HUB_BACKEND_AUTO] = RING_BACKEND_AUTO,
        [HUB_BACKEND_URING] = RING_BACKEND_URING,
        [HUB_BACKEND_EPOLL] = RING_BACKEND_EPOLL,
    };
    struct shard_sockets sockets;
    if (!shard_sockets_make(options->daemon, options->kernel->carries, &sockets)) {
        snprintf(error->text, sizeof(error->text), "more than %d sockets to listen on",
                 RING_SOCKETS_MAX);
        return false;
    }
    const struct ring_options ring = {
        .backend = backends[options->daemon->backend],
        .sockets = sockets.sockets,
        .socket_count = sockets.count,
        .steer = &shard->steer,
        .stamp = true,
        .open = hub_open_ring_socket,
    };
    /*
     * The kernel closes the sockets of a killed process a moment after its end, when the last
     * request of its ring is cancelled: who starts it again waits for that.
     */
    const struct timespec pause = {.tv_nsec = BIND_RETRY_MS * 1000000L};
    for (unsigned tries = BIND_WAIT_MS / BIND_RETRY_MS;; tries--) {
        shard->ring = ring_open(&ring, error);
        if (shard->ring || error->code != EADDRINUSE || tries == 0)
            return shard->ring != NULL;
        nanosleep(&pause, NULL);
    }
}

static void on_letters(void *user, int fd)
{
    struct shard *shard = user;
    (void)fd;
    shard_post_drain(&shard->post);
}

static bool open_post(struct shard *shard, struct ring_error *error)
{
    const int result = ring_watch_add(shard->ring, shard_post_fd(&shard->post), on_letters, shard);
    if (result == 0)
        return true;
    error->code = -result;
    snprintf(error->text, sizeof(error->text), "letters: %s", strerror(-result));
    return false;
}

static bool open_kernel(struct shard *shard, const struct shard_options *options,
                        struct ring_error *error)
{
    const struct hub_kernel_user user = {shard, shard_phase2_kernel_done, shard_phase2_kernel_told};
    shard->kernel = options->kernel->open(options->kernel, &user);
    return shard->kernel || ring_error_set(error, "the kernel's IPsec", errno);
}

static void on_kernel(void *user, int fd)
{
    struct shard *shard = user;
    (void)fd;
    hub_kernel_ready(shard->kernel);
}

/* What is watched follows what the kernel is behind by now. 0, or a negative errno. */
static int watch_kernel(struct shard *shard)
{
    int fds[HUB_KERNEL_FDS];
    int result = 0;
    const size_t count = hub_kernel_fds(shard->kernel, fds);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (fds[i] == shard->kernel_fds[i])
            continue;
        ring_watch_remove(shard->ring, shard->kernel_fds[i]);
        shard->kernel_fds[i] = fds[i];
        if (fds[i] >= 0)
            result = ring_watch_add(shard->ring, fds[i], on_kernel, shard);
    }
    return result;
}

/* What has no descriptor will not wake the shard: it is tried again. */
static x4_msec kernel_wait(const struct shard *shard)
{
    int fds[HUB_KERNEL_FDS];
    const size_t count = hub_kernel_fds(shard->kernel, fds);
    for (size_t i = 0; i < count; i++)
        if (shard->kernel_fds[i] < 0)
            return HUB_KERNEL_AGAIN_MS;
    return x4c_never;
}

static bool begin_watching_kernel(struct shard *shard, struct ring_error *error)
{
    for (size_t i = 0; i < HUB_KERNEL_FDS; i++)
        shard->kernel_fds[i] = -1;
    const int result = watch_kernel(shard);
    return result == 0 || ring_error_set(error, "the kernel's IPsec", -result);
}

struct shard *shard_open(const struct shard_options *options, struct ring_error *error)
{
    struct shard *shard = calloc(1, sizeof(*shard));
    snprintf(error->text, sizeof(error->text), "out of memory");
    if (!shard)
        return NULL;
    if (shard_state_init(shard, options) && open_kernel(shard, options, error) &&
        open_ring(shard, options, error) && open_post(shard, error) &&
        begin_watching_kernel(shard, error) && shard_signer_open(shard, error) &&
        open_charon(shard, options, error) && shard_persist_open(shard, options, error))
        return shard;
    shard_close(shard);
    return NULL;
}

void shard_begin(struct shard *shard)
{
    shard_initiate_all(shard, NULL);
}

/* With a store the SAs go on when the daemon is started again. */
static bool is_to_tell(const struct shard *shard)
{
    return !shard->silent && (!shard->persist || shard->daemon->store.farewell);
}

void shard_close(struct shard *shard)
{
    const bool keeps = shard->persist && !is_to_tell(shard);
    shard->mute = true;
    /* From here on SAs end in memory alone, or all at once. */
    shard->kernel_leaves = keeps && !shard->silent;
    if (keeps)
        hub_log_mute(&shard->log);
    if (keeps || shard->counters.untold)
        shard_persist_close(shard);
    if (shard->counters.untold) {
        hub_kernel_close(shard->kernel, false);
        ring_close(shard->ring);
        hub_log_flush(&shard->log);
        return;
    }
    if (shard->charon)
        x4_charon_term(shard->charon);
    shard_signer_close(shard);
    shard_persist_close(shard);
    shard_order_fini(shard);
    shard_initiate_fini(shard);
    shard_trap_fini(shard);
    shard_proof_fini(shard);
    ring_close(shard->ring);
    if (shard->kernel)
        hub_kernel_close(shard->kernel, shard->kernel_leaves);
    shard_state_fini(shard);
    free(shard);
}

/* -------------------------------------------------------------------------- the loop */

static void serve_timers(struct shard *shard)
{
    x4_wheel_advance(&shard->wheel, shard->now);
    for (int i = 0; i < TIMERS_A_ROUND; i++) {
        x4s_timer *timer = x4_wheel_pop(&shard->wheel);
        if (!timer)
            return;
        struct shard_timer *mine = x4m_container(timer, struct shard_timer, timer);
        mine->fire(shard, mine);
    }
}

static x4_msec until(const struct shard *shard, x4_msec when)
{
    if (when == x4c_never)
        return x4c_never;
    return when > shard->now ? when - shard->now : 0;
}

/* What was answered leaves with the next wait. */
static void end_round(struct shard *shard)
{
    struct timespec now;
    if (shard->residence.answered_count == 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    shard_residence_end_round(&shard->residence,
                              (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

/* What is due, and how long to wait for the next thing that is. */
static x4_msec serve(struct shard *shard)
{
    serve_timers(shard);
    x4_msec wait = shard_post_serve(&shard->post, shard);
    wait = x4m_min(wait, x4_charon_tick(shard->charon));
    hub_kernel_poll(shard->kernel);
    (void)watch_kernel(shard);
    wait = x4m_min(wait, kernel_wait(shard));
    wait = x4m_min(wait, shard_persist_serve(shard));
    wait = x4m_min(wait, until(shard, x4_wheel_next(&shard->wheel)));
    wait = x4m_min(wait, until(shard, hub_log_tell_suppressed(&shard->log, shard->now)));
    wait = x4m_min(wait, shard_post_wake(&shard->post, shard->now));
    wait = x4m_min(wait, until(shard, hub_log_serve(&shard->log, shard->now)));
    end_round(shard);
    return shard->stopping ? 0 : wait;
}

static bool wait_for_batch(struct shard *shard, x4_msec wait)
{
    const struct ring_datagram *batch;
    int timeout = wait == x4c_never ? -1 : (int)x4m_min(wait, (x4_msec)INT_MAX);
    int count = ring_wait(shard->ring, timeout, &batch);
    shard_post_awake(&shard->post);
    shard->now = shard_clock();
    if (count > 0)
        shard_thin_batch(shard, &batch[0]);
    for (int i = 0; i < count; i++)
        if (!shard_thin_stale(shard, &batch[i]) && !shard_handover_pass(shard, &batch[i]))
            shard_take(shard, &batch[i]);
    return count >= 0 || shard_mend_ring(shard, count);
}

/* -------------------------------------------------------------------------- the farewell */

static bool end_one(struct shard *shard, uint32_t *connection)
{
    for (; *connection < shard_connections_limit(shard); (*connection)++) {
        x4s_list *sas = &shard_connection_numbered(shard, *connection)->sas;
        if (x4_list_empty(sas))
            continue;
        shard_sa_end(x4m_container(sas->next, struct shard_sa, of_connection), SHARD_END_shut_down,
                     true);
        return true;
    }
    return false;
}

static void count_untold(struct shard *shard)
{
    for (uint32_t i = 0; i < shard_connections_limit(shard); i++) {
        x4m_list_each(link, &shard_connection_numbered(shard, i)->sas)
        {
            (void)link;
            shard->counters.untold++;
        }
    }
}

/* In rounds, so that the ring can send what is said; a million farewells take their time. */
static void say_farewell(struct shard *shard)
{
    const x4_msec deadline = shard_clock() + SHARD_FAREWELL_MS;
    const struct ring_datagram *batch;
    uint32_t connection = 0;
    bool more = true;
    while (more && shard_clock() < deadline) {
        for (int i = 0; more && i < FAREWELLS_A_ROUND; i++)
            more = end_one(shard, &connection);
        hub_kernel_poll(shard->kernel);
        hub_log_flush(&shard->log);
        if (ring_wait(shard->ring, 0, &batch) < 0)
            break;
    }
    count_untold(shard);
    shard->mute = true;
}

bool shard_run(struct shard *shard)
{
    bool works = true;
    while (works && !shard->stopping)
        works = wait_for_batch(shard, serve(shard));
    if (works && is_to_tell(shard))
        say_farewell(shard);
    hub_log_flush(&shard->log);
    return works;
}

void shard_fall_silent(struct shard *shard)
{
    shard->mute = shard->silent = true;
    shard_stop(shard);
}

void shard_stop(struct shard *shard)
{
    shard->stopping = true;
}

/* -------------------------------------------------------------------------- for the process */

int shard_watch(struct shard *shard, int fd, ring_watch_fn fn, void *user)
{
    return ring_watch_add(shard->ring, fd, fn, user);
}

struct hub_log *shard_log(struct shard *shard)
{
    return &shard->log;
}

const struct ring *shard_ring(const struct shard *shard)
{
    return shard->ring;
}
