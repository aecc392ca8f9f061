/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/run.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bench/load/clock.h"
#include "bench/load/cpu.h"
#include "bench/load/pace.h"
#include "bench/load/report.h"
#include "bench/load/tunnels.h"
#include "bench/load/wire.h"

#define SECOND_US UINT64_C(1000000)

/* Starts between two looks at what has arrived. */
#define STARTS_PER_TURN 32

/* Nobody acknowledges a Delete, so they must not overflow the peer's receive queue. */
#define ENDS_PER_SECOND 10000

/* The responder has finished when it used no CPU for so long; it is not waited for longer than. */
#define QUIET_US     (SECOND_US / 20)
#define QUIET_US_MAX SECOND_US

struct run {
    const struct load_options *options;
    struct load_wire wire;
    struct load_tunnels *tunnels;
    struct load_progress progress;
    struct load_result result;
    uint64_t progress_us; /* when to show it next */
    int signal_fd;
    unsigned signals;
    bool broken; /* the ring does not work any more */
};

/* ------------------------------------------------------------------ one turn of the loop */

static void signal_ready(void *user, int fd)
{
    struct run *run = user;
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        run->signals++;
}

/* Milliseconds until a time, rounded up. */
static int timeout_ms(uint64_t now_us, uint64_t until_us, x4_msec tick_ms)
{
    uint64_t ms = until_us > now_us ? (until_us - now_us + 999) / 1000 : 0;
    ms = x4m_min(ms, tick_ms);
    return (int)x4m_min(ms, (uint64_t)INT_MAX);
}

/* Does what is due, then waits for datagrams until `until_us` at most and takes them in. */
static void turn(struct run *run, uint64_t until_us)
{
    x4_msec tick_ms = load_tunnels_tick(run->tunnels);
    const struct ring_datagram *batch;
    int count = ring_wait(run->wire.ring, timeout_ms(load_clock_us(), until_us, tick_ms), &batch);
    if (count < 0) {
        fprintf(stderr, "ikeload: cannot wait for datagrams: %s\n", strerror(-count));
        run->broken = true;
    }
    for (int i = 0; i < count; i++)
        load_tunnels_receive(run->tunnels, &batch[i]);
}

static void show_progress(struct run *run, uint64_t now_us)
{
    if (now_us < run->progress_us)
        return;
    load_progress_show(&run->progress, load_tunnels_tally(run->tunnels), now_us);
    run->progress_us = now_us + SECOND_US;
}

/* ------------------------------------------------------------------ bring up */

static void start_some(struct run *run, struct load_pace *pace, uint64_t now_us)
{
    const struct load_tally *tally = load_tunnels_tally(run->tunnels);
    uint32_t room = run->options->concurrency - tally->in_flight;
    uint32_t left = run->options->count - tally->started;
    uint32_t count = x4m_min(load_pace_allowed(pace, now_us), x4m_min(room, left));
    count = x4m_min(count, STARTS_PER_TURN);
    for (uint32_t i = 0; i < count; i++)
        load_tunnels_start(run->tunnels);
    load_pace_take(pace, count);
}

/* When there will be something to start if no datagram comes before. */
static uint64_t next_start_us(const struct run *run, const struct load_pace *pace, uint64_t now_us)
{
    const struct load_tally *tally = load_tunnels_tally(run->tunnels);
    if (tally->started == run->options->count || tally->in_flight == run->options->concurrency)
        return UINT64_MAX;
    return now_us + load_pace_wait_us(pace);
}

static enum load_ending bring_up(struct run *run)
{
    const struct load_tally *tally = load_tunnels_tally(run->tunnels);
    uint64_t now_us = load_clock_us();
    uint64_t deadline_us =
        run->options->timeout_sec ? now_us + run->options->timeout_sec * SECOND_US : UINT64_MAX;
    struct load_pace pace;
    load_pace_init(&pace, run->options->rate, now_us);

    while (tally->up + tally->failed < run->options->count) {
        if (run->signals || run->broken)
            return LOAD_INTERRUPTED;
        if (now_us >= deadline_us)
            return LOAD_TIMED_OUT;
        start_some(run, &pace, now_us);
        uint64_t until_us = x4m_min(next_start_us(run, &pace, now_us), run->progress_us);
        turn(run, x4m_min(until_us, deadline_us));
        now_us = load_clock_us();
        show_progress(run, now_us);
    }
    return LOAD_FINISHED;
}

/* What is still in flight fails now; the tunnels are in the order of their start. */
static void give_up(struct run *run)
{
    const struct load_tally *tally = load_tunnels_tally(run->tunnels);
    if (tally->in_flight == 0)
        return;
    for (uint32_t n = 0; n < tally->started; n++)
        if (load_tunnels_in_flight(run->tunnels, n))
            (void)load_tunnels_end(run->tunnels, n, true);
}

/* ------------------------------------------------------------------ CPU time */

static bool responder_cpu(const struct run *run, uint64_t *ns)
{
    return run->options->responder_pid &&
           load_cpu_process_ns((pid_t)run->options->responder_pid, ns);
}

/* Lets the responder finish the last messages; its CPU time by then. */
static bool responder_cpu_quiet(struct run *run, uint64_t *ns)
{
    uint64_t end_us = load_clock_us() + QUIET_US_MAX;
    uint64_t before = 0;
    bool known = responder_cpu(run, ns);
    while (known && *ns != before && load_clock_us() < end_us && !run->broken) {
        before = *ns;
        for (uint64_t until_us = load_clock_us() + QUIET_US; load_clock_us() < until_us;)
            turn(run, until_us);
        known = responder_cpu(run, ns);
    }
    return known;
}

static void measure(struct run *run)
{
    struct load_result *result = &run->result;
    uint64_t before_ns = 0;
    uint64_t after_ns = 0;
    bool known = responder_cpu(run, &before_ns);
    uint64_t own_ns = load_cpu_own_ns();
    uint64_t begin_us = load_clock_us();

    result->ending = bring_up(run);
    result->retransmissions = load_tunnels_stats(run->tunnels)->resends;
    result->own_cpu_ns = load_cpu_own_ns() - own_ns;
    result->responder_known = known && responder_cpu_quiet(run, &after_ns);
    result->responder_cpu_ns = after_ns - before_ns;
    if (result->tally->up)
        result->elapsed_us = result->tally->last_up_us - begin_us;
}

/* ------------------------------------------------------------------ hold and take down */

static void hold(struct run *run)
{
    uint64_t end_us =
        run->options->hold_sec ? load_clock_us() + run->options->hold_sec * SECOND_US : UINT64_MAX;
    fprintf(stderr, "holding %" PRIu32 " tunnels\n", run->result.tally->up);
    while (!run->signals && !run->broken && load_clock_us() < end_us)
        turn(run, end_us);
    if (run->result.tally->lost)
        fprintf(stderr, "%" PRIu32 " tunnels were lost while held\n", run->result.tally->lost);
}

static void take_down(struct run *run)
{
    const struct load_tally *tally = load_tunnels_tally(run->tunnels);
    unsigned signals = run->signals;
    struct load_pace pace;
    load_pace_init(&pace, ENDS_PER_SECOND, load_clock_us());
    for (uint32_t n = 0; n < tally->started && !run->broken && run->signals == signals;) {
        uint64_t now_us = load_clock_us();
        uint32_t allowed = load_pace_allowed(&pace, now_us);
        uint32_t ended = 0;
        while (n < tally->started && ended < x4m_min(allowed, STARTS_PER_TURN))
            ended += load_tunnels_end(run->tunnels, n++, true);
        load_pace_take(&pace, ended);
        turn(run, now_us + load_pace_wait_us(&pace));
    }
}

/* ------------------------------------------------------------------ the run */

static bool watch_signals(struct run *run)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    run->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (run->signal_fd < 0) {
        fprintf(stderr, "ikeload: signalfd: %s\n", strerror(errno));
        return false;
    }
    int status = ring_watch_add(run->wire.ring, run->signal_fd, signal_ready, run);
    if (status < 0)
        fprintf(stderr, "ikeload: cannot watch for signals: %s\n", strerror(-status));
    return status == 0;
}

static void close_run(struct run *run)
{
    load_tunnels_free(run->tunnels);
    if (run->signal_fd >= 0) {
        ring_watch_remove(run->wire.ring, run->signal_fd);
        close(run->signal_fd);
    }
    load_wire_close(&run->wire);
}

static bool open_run(struct run *run)
{
    const struct load_options *options = run->options;
    struct ring_error ring_error;
    if (!load_wire_open(&run->wire, options->backend, &options->source, &options->target,
                        &ring_error)) {
        fprintf(stderr, "ikeload: %s\n", ring_error.text);
        return false;
    }
    struct load_error error;
    run->tunnels = load_tunnels_new(options, &run->wire, &error);
    if (!run->tunnels)
        fprintf(stderr, "ikeload: %s\n", error.text);
    if (!run->tunnels || !watch_signals(run)) {
        close_run(run);
        return false;
    }
    return true;
}

int load_run(const struct load_options *options)
{
    struct run run = {.options = options, .signal_fd = -1};
    if (!open_run(&run))
        return 1;

    uint64_t begin_us = load_clock_us();
    load_progress_init(&run.progress, stderr, begin_us);
    run.progress_us = begin_us + SECOND_US;
    run.result.asked = options->count;
    run.result.backend = ring_backend_name(run.wire.ring);
    run.result.tally = load_tunnels_tally(run.tunnels);

    measure(&run);
    load_progress_end(&run.progress);
    give_up(&run);
    (options->json ? load_report_json : load_report_text)(stdout, &run.result);
    fflush(stdout);

    if (options->hold && run.result.ending == LOAD_FINISHED)
        hold(&run);
    if (!options->leave)
        take_down(&run);
    bool all = run.result.tally->up == options->count;
    close_run(&run);
    return all ? 0 : 1;
}
