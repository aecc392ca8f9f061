/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shard/log.h"
#include "shard/privilege/grant.h"
#include "shard/privilege/kernel_process.h"
#include "shard/privilege/key_process.h"
#include "shard/privilege/process.h"
#include "shard/privilege/wire.h"
#include "shard/running.h"

/* Who ends more often than that within a minute is not started again before the minute is over. */
#define STARTS_A_MINUTE 5

struct helper {
    pid_t pid; /* 0: it does not run */
    int wire;
    unsigned starts; /* in the minute from `since` */
    time_t since;
};

struct state {
    struct hub_config *config; /* of which nothing stays here */
    struct hub_running running;
    struct hub_charter charter;
    struct hub_grant grant;
    struct helper helpers[HUB_HELPERS];
    struct hub_log log;
    int wire;
    int children; /* a signalfd: one has ended */
};

static bool has_kernel(const struct hub_daemon *daemon)
{
    return daemon->kernel != HUB_KERNEL_CHOICE_NULL;
}

static const struct {
    const char *name;
    const char *process;
    hub_process_fn run;
    bool (*wanted)(const struct hub_daemon *daemon); /* NULL: in any case */
} kinds[HUB_HELPERS] = {
    [HUB_HELPER_KERNEL] = {"kernel", "ikehubd-kernel", hub_kernel_process_run, has_kernel},
    [HUB_HELPER_KEYS] = {"keys", "ikehubd-keys", key_process_run, NULL},
};

/* -------------------------------------------------------------------------- helpers */

static bool may_start(struct helper *helper)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - helper->since >= 60 || !helper->starts) {
        helper->since = now.tv_sec;
        helper->starts = 0;
    }
    return helper->starts++ < STARTS_A_MINUTE;
}

static bool is_wanted(const struct state *state, size_t which)
{
    return !kinds[which].wanted || kinds[which].wanted(state->charter.daemon);
}

static void start(struct state *state, size_t which)
{
    struct helper *helper = &state->helpers[which];
    if (helper->pid || !is_wanted(state, which) || !may_start(helper))
        return;
    const pid_t pid = hub_process_start(kinds[which].process, kinds[which].run, &state->charter,
                                        HUB_PROCESS_LOG, &helper->wire);
    helper->pid = pid > 0 ? pid : 0;
}

static void tell_ended(struct state *state, size_t which, int status)
{
    struct hub_log *log = &state->log;
    if (!hub_log_begin(log, x4c_trace_error, "process-ended"))
        return;
    hub_log_text(log, "process", kinds[which].name);
    if (WIFSIGNALED(status))
        hub_log_text(log, "signal", sigabbrev_np(WTERMSIG(status)));
    else
        hub_log_number(log, "status", (uint64_t)WEXITSTATUS(status));
    hub_log_end(log);
}

static void tell_started(struct state *state, size_t which)
{
    struct hub_log *log = &state->log;
    const struct helper *helper = &state->helpers[which];
    if (!hub_log_begin(log, x4c_trace_notice, "process-started"))
        return;
    hub_log_text(log, "process", kinds[which].name);
    hub_log_number(log, "pid", (uint64_t)helper->pid);
    hub_log_end(log);
}

static void tell_missing(struct state *state, size_t which)
{
    struct hub_log *log = &state->log;
    if (!hub_log_begin(log, x4c_trace_error, "process-missing"))
        return;
    hub_log_text(log, "process", kinds[which].name);
    hub_log_text(log, "text", "it ends too often: it is not started before a minute is over");
    hub_log_end(log);
}

static void lost(struct state *state, size_t which, int status)
{
    struct helper *helper = &state->helpers[which];
    close(helper->wire);
    helper->pid = 0;
    tell_ended(state, which, status);
    start(state, which);
    if (helper->pid)
        tell_started(state, which);
    else
        tell_missing(state, which);
    hub_log_flush(&state->log);
}

/* Those who looked for hosts end as well. */
static void reap(struct state *state)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;
    (void)!read(state->children, &info, sizeof(info));
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < HUB_HELPERS; i++) {
            if (state->helpers[i].pid == pid)
                lost(state, i, status);
        }
    }
}

/* -------------------------------------------------------------------------- questions */

/* What cannot be passed on ends, as the helper's end would have it. */
static void pass_on(struct state *state, const struct hub_ask_helper *ask, int fd)
{
    if (ask->helper >= HUB_HELPERS)
        return;
    start(state, ask->helper);
    const struct helper *helper = &state->helpers[ask->helper];
    if (helper->pid)
        (void)hub_wire_send(helper->wire, &ask->what, sizeof(ask->what), fd);
}

/* False: the packet process is gone. */
static bool answer(struct state *state)
{
    struct hub_ask ask;
    int passed;
    const ssize_t size = hub_wire_receive(state->wire, &ask, sizeof(ask), &passed);
    if (size == 0 || (size < 0 && errno != EMSGSIZE))
        return false;
    if (size == (ssize_t)sizeof(ask) && passed >= 0) {
        if (ask.kind == HUB_ASK_HELPER)
            pass_on(state, &ask.helper, passed);
        else
            hub_grant_answer(&state->grant, &ask, passed);
    }
    if (passed >= 0)
        close(passed);
    return true;
}

/* -------------------------------------------------------------------------- life */

static int watch_children(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void serve(struct state *state)
{
    enum { QUESTIONS, CHILDREN };
    struct pollfd fds[] = {
        [QUESTIONS] = {.fd = state->wire, .events = POLLIN},
        [CHILDREN] = {.fd = state->children, .events = POLLIN},
    };
    for (;;) {
        if (poll(fds, x4m_countof(fds), -1) < 0)
            continue;
        if (fds[CHILDREN].revents)
            reap(state);
        if (fds[QUESTIONS].revents && !answer(state))
            return;
    }
}

static void stop_helpers(struct state *state)
{
    for (size_t i = 0; i < HUB_HELPERS; i++) {
        if (!state->helpers[i].pid)
            continue;
        close(state->helpers[i].wire);
        (void)waitpid(state->helpers[i].pid, NULL, 0);
    }
}

/* It has secrets, and none of these processes needs them. False: no memory. */
static bool forget_config(struct state *state)
{
    if (!hub_running_init(&state->running, state->charter.daemon))
        return false;
    state->charter.daemon = &state->running.daemon;
    hub_grant_init(&state->grant, state->charter.daemon, state->charter.rights);
    hub_config_free(state->config);
    return true;
}

static int live(int wire, void *context)
{
    struct state *state = context;
    state->wire = wire;
    state->children = watch_children();
    if (state->children < 0 || !forget_config(state))
        return 1;
    for (size_t i = 0; i < HUB_HELPERS; i++)
        start(state, i);
    serve(state);
    stop_helpers(state);
    return 0;
}

bool hub_supervisor_start(struct hub_supervisor *supervisor, struct hub_config *config,
                          const struct hub_daemon *daemon, const struct hub_rights *rights,
                          int log_fd, struct ring_error *error)
{
    struct state *state = calloc(1, sizeof(*state));
    *supervisor = (struct hub_supervisor){.wire = -1};
    if (!state)
        return ring_error_set(error, "the supervisor", ENOMEM);
    state->charter = (struct hub_charter){daemon, rights};
    state->config = config;
    hub_log_init(&state->log, HUB_PROCESS_LOG, daemon->log_level);
    state->log.format = daemon->log_format;
    const pid_t pid = hub_process_start("ikehubd-super", live, state, log_fd, &supervisor->wire);
    const int code = errno;
    free(state);
    if (pid < 0)
        return ring_error_set(error, "the supervisor", code);
    supervisor->pid = pid;
    hub_open_through(supervisor->wire);
    return true;
}

void hub_supervisor_stop(struct hub_supervisor *supervisor)
{
    if (!supervisor->pid)
        return;
    hub_open_through(-1);
    close(supervisor->wire);
    (void)waitpid(supervisor->pid, NULL, 0);
    *supervisor = (struct hub_supervisor){.wire = -1};
}
