/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "shard/announce.h"
#include "shard/control/control.h"
#include "shard/endpoint.h"
#include "shard/hub.h"
#include "shard/keep/ownership.h"
#include "shard/keep/storage.h"
#include "shard/kernel/xfrm.h"
#include "shard/metrics/metrics.h"
#include "shard/privilege/confine.h"
#include "shard/privilege/kernel_process.h"
#include "shard/privilege/keys.h"
#include "shard/privilege/open.h"
#include "shard/privilege/supervisor.h"
#include "shard/reload.h"
#include "shard/statistics.h"
#include "shard/survey.h"

static const int stop_signals[] = {SIGTERM, SIGINT};

/* Memory of ours holds keys: it shall not be left behind in a core, or read by a debugger. */
static void harden(const struct hub_daemon *daemon)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (!daemon->log_keys)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* -------------------------------------------------------------------------- signals */

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < x4m_countof(stop_signals); i++)
        sigaddset(&set, stop_signals[i]);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

struct attendant {
    struct hub_watch watch;
    struct hub_watch supervisor; /* its wire; -1: there is none */
    bool alone;                  /* it has ended */
    struct hub_announcer announcer;
};

static void stop(struct hub *hub, const struct attendant *attendant, uint32_t number)
{
    struct hub_log *log = hub_log(hub);
    if (hub_log_begin(log, x4c_trace_notice, "stopping")) {
        hub_log_text(log, "signal", sigabbrev_np((int)number));
        hub_log_end(log);
    }
    hub_announce_stop(&attendant->announcer);
    hub_stop(hub);
}

static void on_signal(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct attendant *attendant = x4m_container(watch, struct attendant, watch);
    struct signalfd_siginfo info;
    (void)events;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGUSR1)
            hub_survey(hub, "statistics");
        else if (info.ssi_signo == SIGHUP)
            hub_announce_reload(&attendant->announcer);
        else
            stop(hub, attendant, info.ssi_signo);
    }
}

/* -------------------------------------------------------------------------- lines */

#define ADDRESSES_MAX (RING_SOCKETS_MAX * RING_ADDR_TEXT_MAX)

/* The bound addresses of every `step`th socket from `first`, with commas between. */
static void put_addresses(struct hub_log *log, const char *key, const struct ring *ring,
                          uint32_t first, uint32_t step, size_t count)
{
    char text[ADDRESSES_MAX] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        char one[RING_ADDR_TEXT_MAX];
        const struct ring_addr addr = ring_socket_addr(ring, first + i * step);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "," : "",
                                 ring_addr_format(&addr, one, sizeof(one)));
    }
    hub_log_text(log, key, text);
}

static void tell_ready(struct hub *hub, const struct hub_daemon *daemon)
{
    struct hub_log *log = hub_log(hub);
    const struct ring *ring = hub_ring(hub);
    const uint32_t step = daemon->port_nat_t ? 2 : 1;
    const char *backend = strcmp(ring_backend_name(ring), "epoll") == 0 ? "epoll" : "uring";
    if (!hub_log_begin(log, x4c_trace_notice, "ready"))
        return;
    hub_log_number(log, "pid", (uint64_t)getpid());
    put_addresses(log, "listen", ring, 0, step, daemon->listen_count);
    if (daemon->port_nat_t)
        put_addresses(log, "listen_nat_t", ring, 1, step, daemon->listen_count);
    hub_log_text(log, "backend", backend);
    hub_log_number(log, "shards", hub_shard_count(hub));
    hub_log_number(log, "connections", hub_config_now(hub)->connection_count);
    hub_log_text(log, "version", IKEHUB_VERSION);
    hub_log_end(log);
}

static void tell_text(struct hub_log *log, x4e_trace_level level, const char *event,
                      const char *text)
{
    if (!hub_log_begin(log, level, event))
        return;
    hub_log_text(log, "text", text);
    hub_log_end(log);
}

/* What protects packets; `why` it is not the kernel, or "". */
static void tell_kernel(struct hub_log *log, const struct hub_kernel_backend *kernel,
                        const char *why)
{
    if (!hub_log_begin(log, x4c_trace_notice, "kernel"))
        return;
    hub_log_text(log, "backend", kernel->name);
    hub_log_text(log, "text", kernel->summary);
    if (*why)
        hub_log_text(log, "reason", why);
    hub_log_end(log);
}

static void tell_start(struct hub *hub, const struct hub_options *options, const char *why)
{
    const struct hub_daemon *daemon = options->daemon;
    struct hub_log *log = hub_log(hub);
    const struct ring *ring = hub_ring(hub);
    tell_kernel(log, options->kernel, why);
    if (hub_log_begin(log, x4c_trace_notice, "crypto")) {
        hub_log_text(log, "modp", hub_modp_method(hub));
        if (*hub_modp_reason(hub))
            hub_log_text(log, "text", hub_modp_reason(hub));
        hub_log_end(log);
    }
    if (*ring_fallback_reason(ring))
        tell_text(log, x4c_trace_notice, "backend-fallback", ring_fallback_reason(ring));
    if (daemon->log_keys)
        tell_text(log, x4c_trace_notice, "keys-are-logged",
                  "WARNING: keying material is written to this log; for tests only");
    if (options->confine && hub_confine_missing())
        tell_text(log, x4c_trace_notice, "not-confined", hub_confine_missing());
    tell_ready(hub, daemon);
}

/* -------------------------------------------------------------------------- life */

static int fail(const char *what)
{
    hub_log_sink_say(x4c_trace_error, "ikehubd: ", what);
    return 1;
}

/* Where nobody chose the socket, another daemon may well have it. */
static bool open_control(struct hub *hub, const struct hub_daemon *daemon, struct control **control,
                         struct ring_error *error)
{
    *control = daemon->socket ? control_open(hub, daemon, error) : NULL;
    if (*control || !daemon->socket)
        return true;
    if (daemon->socket_default)
        tell_text(hub_log(hub), x4c_trace_notice, "no-control-socket", error->text);
    return daemon->socket_default;
}

static void tell_metrics(struct hub_log *log, const struct metrics *metrics)
{
    char text[RING_ADDR_TEXT_MAX];
    if (!hub_log_begin(log, x4c_trace_notice, "metrics"))
        return;
    hub_log_text(log, "listen", ring_addr_format(metrics_addr(metrics), text, sizeof(text)));
    hub_log_end(log);
}

/* True where the configuration does not ask for it: there is none then. */
static bool listen_for_metrics(const struct hub_daemon *daemon, struct metrics_socket *socket,
                               struct ring_error *error)
{
    const struct ring_addr addr = shard_addr_to_ring(&daemon->metrics.listen);
    socket->fd = -1;
    return daemon->metrics.listen.family == x4c_net_none ||
           metrics_socket_open(socket, &addr, error);
}

/* Likewise. */
static bool open_metrics(struct hub *hub, const struct hub_options *options,
                         struct metrics_socket *socket, struct metrics **metrics,
                         struct ring_error *error)
{
    if (socket->fd < 0)
        return true;
    *metrics = metrics_open(hub, socket, &options->daemon->metrics, options->kernel->name, error);
    if (*metrics)
        tell_metrics(hub_log(hub), *metrics);
    return *metrics != NULL;
}

/* Whoever has the daemon run starts all of it again. */
static void on_supervisor(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct attendant *attendant = x4m_container(watch, struct attendant, supervisor);
    (void)events;
    hub_watch_remove(hub, watch);
    attendant->alone = true;
    tell_text(hub_log(hub), x4c_trace_error, "supervisor-ended",
              "nothing can be opened any more: the daemon ends");
    hub_announce_stop(&attendant->announcer);
    hub_stop(hub);
}

static bool watch_all(struct hub *hub, struct attendant *attendant)
{
    return hub_watch_add(hub, &attendant->watch, EPOLLIN) &&
           (attendant->supervisor.fd < 0 || hub_watch_add(hub, &attendant->supervisor, EPOLLIN));
}

static int serve(struct hub *hub, int signals, struct hub_notify *notify)
{
    struct attendant attendant = {
        .watch = {signals, on_signal},
        .supervisor = {hub_open_wire(), on_supervisor},
    };
    if (!watch_all(hub, &attendant))
        return fail(strerror(errno));
    hub_announce_begin(&attendant.announcer, hub, notify);
    bool works = hub_run(hub);
    hub_survey(hub, "stopped");
    return works && !attendant.alone ? 0 : 1;
}

/* With its estate, if it has one. */
static int run(const struct hub_options *options, int signals, struct hub_ownership *ownership,
               const char *no_kernel)
{
    struct ring_error error;
    struct metrics_socket socket;
    if (!listen_for_metrics(options->daemon, &socket, &error)) {
        hub_config_free(options->config);
        return fail(error.text);
    }
    struct hub *hub = hub_open(options, &error);
    if (!hub) {
        metrics_socket_close(&socket);
        return fail(error.text);
    }
    struct control *control = NULL;
    struct metrics *metrics = NULL;
    int status = 1;
    if (ownership && !hub_ownership_attach(ownership, hub)) {
        fail(strerror(errno));
        hub_stop(hub);
        (void)hub_run(hub);
    } else if (open_control(hub, options->daemon, &control, &error) &&
               open_metrics(hub, options, &socket, &metrics, &error)) {
        tell_start(hub, options, no_kernel);
        status = serve(hub, signals, options->notify);
    } else {
        fail(error.text);
        hub_stop(hub);
        (void)hub_run(hub);
    }
    metrics_socket_close(&socket);
    metrics_close(metrics);
    control_close(control);
    hub_close(hub);
    return status;
}

/* What several machines share is served by the one that owns it. */
static int own_and_serve(struct hub_options *options, struct hub_storage *storage, int signals,
                         const char *no_kernel)
{
    const struct hub_store *store = &options->daemon->store;
    if (!options->storage || store->backend == HUB_STORE_EMBEDDED)
        return run(options, signals, NULL, no_kernel);
    struct hub_log log;
    struct store_error error;
    hub_log_init(&log, options->log_fd, options->daemon->log_level);
    log.format = options->daemon->log_format;
    struct hub_ownership *ownership =
        hub_ownership_open(storage, store->redis.lease_ms, &log, &error);
    if (!ownership) {
        hub_config_free(options->config);
        return fail(error.text);
    }
    int status = 0;
    options->fenced = hub_ownership_fenced;
    if (hub_ownership_await(ownership, signals, options->notify, &storage->token))
        status = run(options, signals, ownership, no_kernel);
    else
        hub_config_free(options->config);
    hub_ownership_close(ownership);
    return status;
}

/*
 * What carries out what the shards decide about IPsec SAs. False: nothing does, and *error says
 * why; with `auto` it says why it is not the kernel.
 */
static bool choose_kernel(const struct hub_daemon *daemon, struct xfrm_backend *xfrm,
                          const struct hub_kernel_backend **kernel, struct ring_error *error)
{
    error->text[0] = '\0';
    *kernel = &hub_kernel_null;
    const struct xfrm_sockets *sockets =
        daemon->privileges == HUB_PRIVILEGES_SEPARATE ? &hub_kernel_wires : &xfrm_netlink;
    if (daemon->kernel == HUB_KERNEL_CHOICE_NULL)
        return true;
    if (xfrm_backend_init(xfrm, sockets, error)) {
        *kernel = &xfrm->head;
        return true;
    }
    return daemon->kernel == HUB_KERNEL_CHOICE_AUTO;
}

/* All that serves, in the process that may do no more than that. */
static int serve_all(const struct hub_options *given)
{
    struct hub_options options = *given;
    const struct hub_daemon *daemon = options.daemon;
    struct xfrm_backend xfrm;
    struct ring_error no_kernel;
    struct hub_storage storage;
    struct store_error problem;
    if (!choose_kernel(daemon, &xfrm, &options.kernel, &no_kernel)) {
        hub_config_free(options.config);
        return fail(no_kernel.text);
    }
    int status = 1;
    const int signals = open_signals();
    const bool stored = daemon->store.used && signals >= 0;
    const bool opened = !stored || hub_storage_open(&daemon->store, &storage, &problem);
    if (signals >= 0 && opened) {
        options.storage = stored ? &storage : NULL;
        status = own_and_serve(&options, &storage, signals, no_kernel.text);
    } else {
        hub_config_free(options.config);
        fail(opened ? strerror(errno) : problem.text);
    }
    if (stored)
        hub_storage_close(&storage);
    if (options.kernel->carries)
        xfrm_backend_fini(&xfrm);
    if (signals >= 0)
        close(signals);
    return status;
}

/* Before anything else is begun. False: *error has a text. */
static bool separate(struct hub_options *options, struct hub_supervisor *supervisor,
                     struct ring_error *error)
{
    const struct hub_daemon *daemon = options->daemon;
    struct hub_rights rights;
    *supervisor = (struct hub_supervisor){.pid = 0};
    hub_keys_are(HUB_KEYS_HERE);
    if (daemon->privileges == HUB_PRIVILEGES_NONE)
        return true;
    options->confine = hub_confine;
    hub_keys_are(HUB_KEYS_SUPERVISED);
    return hub_rights_find(daemon->user, &rights, error) &&
           hub_supervisor_start(supervisor, options->config, daemon, &rights, options->log_fd,
                                error) &&
           hub_rights_keep(&rights, -1, error);
}

int hub_service_run(struct hub_config *config, const struct hub_daemon *daemon,
                    const struct hub_adaptation *adapt, int log_fd)
{
    struct hub_notify notify;
    struct hub_options options = {
        .config = config,
        .daemon = daemon,
        .adapt = *adapt,
        .log_fd = log_fd,
        .notify = &notify,
    };
    struct hub_supervisor supervisor;
    struct ring_error error;
    int status = 1;
    harden(daemon);
    (void)hub_process_rss_kb(); /* what it reads is open from now on */
    hub_notify_init(&notify);
    if (separate(&options, &supervisor, &error)) {
        status = serve_all(&options);
    } else {
        hub_config_free(config);
        fail(error.text);
    }
    hub_supervisor_stop(&supervisor);
    hub_notify_fini(&notify);
    return status;
}
