/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/run.h"

#include <stdio.h>

#include "bench/load/arrival.h"
#include "bench/load/attack.h"
#include "bench/load/clock.h"
#include "bench/load/cpu.h"
#include "bench/load/hold.h"
#include "bench/load/loop.h"
#include "bench/load/pace.h"
#include "bench/load/report.h"

#define SECOND_US UINT64_C(1000000)

/* Starts and ends between two looks at what has arrived. */
#define STARTS_PER_TURN 32

/* The responder has finished when it used no CPU for so long; it is not waited for longer than. */
#define QUIET_US     (SECOND_US / 20)
#define QUIET_US_MAX SECOND_US

struct run {
    const struct load_options *options;
    struct load_loop loop;
    const struct load_tally *tally;
    struct load_attack *attack; /* or NULL */
    struct load_result result;
};

/* ------------------------------------------------------------------ bring up */

static const struct load_outcome *starts(const struct run *run)
{
    return &run->tally->outcomes[LOAD_START];
}

static bool may_start(const struct run *run)
{
    return starts(run)->begun < run->options->count && load_tunnels_room(run->loop.tunnels) > 0;
}

static void start_some(struct run *run, struct load_arrival *arrival, uint64_t now_us)
{
    for (int i = 0; i < STARTS_PER_TURN && may_start(run); i++) {
        uint64_t begin_us = load_arrival_next_us(arrival, now_us);
        if (begin_us > now_us)
            return;
        load_tunnels_start(run->loop.tunnels, begin_us);
        load_arrival_take(arrival);
    }
}

static enum load_ending bring_up(struct run *run)
{
    const struct load_options *options = run->options;
    uint64_t now_us = load_clock_us();
    uint64_t deadline_us =
        options->timeout_sec ? now_us + options->timeout_sec * SECOND_US : UINT64_MAX;
    struct load_arrival arrival;
    load_arrival_init(&arrival, &options->arrival, options->seed, now_us);

    while (starts(run)->done + starts(run)->failed < options->count) {
        if (load_loop_stopped(&run->loop))
            return LOAD_INTERRUPTED;
        if (now_us >= deadline_us)
            return LOAD_TIMED_OUT;
        start_some(run, &arrival, now_us);
        uint64_t until_us = may_start(run) ? load_arrival_next_us(&arrival, now_us) : UINT64_MAX;
        load_loop_turn(&run->loop, x4m_min(until_us, deadline_us));
        now_us = load_clock_us();
    }
    return LOAD_FINISHED;
}

/* What is still in flight fails now. */
static void give_up(struct run *run)
{
    for (uint32_t n = 0; run->tally->in_flight > 0 && n < starts(run)->begun; n++)
        if (load_tunnels_in_flight(run->loop.tunnels, n))
            (void)load_tunnels_end(run->loop.tunnels, n, true);
}

/* ------------------------------------------------------------------ what it cost */

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
    while (known && *ns != before && load_clock_us() < end_us && !run->loop.broken) {
        before = *ns;
        for (uint64_t until_us = load_clock_us() + QUIET_US; load_clock_us() < until_us;)
            load_loop_turn(&run->loop, until_us);
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
    uint64_t own_ns = load_cpu_thread_ns();
    uint64_t begin_us = load_clock_us();

    result->ending = bring_up(run);
    result->retransmissions = load_tunnels_stats(run->loop.tunnels)->resends;
    result->own_cpu_ns = load_cpu_thread_ns() - own_ns;
    if (run->attack)
        load_attack_stop(run->attack, &result->attacked);
    result->responder_known = known && responder_cpu_quiet(run, &after_ns);
    result->responder_cpu_ns = after_ns - before_ns;
    if (starts(run)->done)
        result->elapsed_us = starts(run)->last_us - begin_us;
    result->resident_bytes = load_cpu_resident_bytes();
}

/* ------------------------------------------------------------------ take down */

static void take_down(struct run *run)
{
    unsigned signals = run->loop.signals;
    struct load_pace pace;
    load_pace_init(&pace, run->options->delete_rate, load_clock_us());
    for (uint32_t n = 0;
         n < starts(run)->begun && !run->loop.broken && run->loop.signals == signals;) {
        uint64_t now_us = load_clock_us();
        uint32_t allowed = load_pace_allowed(&pace, now_us);
        uint32_t ended = 0;
        while (n < starts(run)->begun && ended < x4m_min(allowed, STARTS_PER_TURN))
            ended += load_tunnels_end(run->loop.tunnels, n++, true);
        load_pace_take(&pace, ended);
        load_loop_turn(&run->loop, now_us + load_pace_wait_us(&pace));
    }
}

/* ------------------------------------------------------------------ the run */

static void report(struct run *run)
{
    (run->options->json ? load_report_json : load_report_text)(stdout, &run->result);
    fflush(stdout);
}

static bool begin_attack(struct run *run)
{
    char error[LOAD_ERROR_TEXT_MAX];
    if (run->options->attack.kind == LOAD_ATTACK_NONE)
        return true;
    run->attack =
        load_attack_start(&run->options->attack, &run->options->target, error, sizeof(error));
    if (!run->attack)
        fprintf(stderr, "ikeload: %s\n", error);
    return run->attack != NULL;
}

/* What is done while tunnels are held is reported with the rest; else nobody waits for it. */
static void hold(struct run *run)
{
    bool works = load_hold_works(run->options);
    bool holds = run->options->hold && run->result.ending == LOAD_FINISHED;
    if (!holds || !works)
        report(run);
    if (holds)
        load_hold(&run->loop);
    run->result.silence_us = run->loop.silence_us;
    if (holds && works)
        report(run);
}

static bool write_histogram(const struct run *run)
{
    if (!run->options->histogram)
        return true;
    FILE *out = fopen(run->options->histogram, "we");
    if (out) {
        load_histogram_print(&starts(run)->latency_us, out);
        fclose(out);
    } else {
        fprintf(stderr, "ikeload: %s cannot be written\n", run->options->histogram);
    }
    return out != NULL;
}

int load_run(const struct load_options *options)
{
    struct run run = {.options = options};
    if (!load_loop_open(&run.loop, options))
        return 1;
    run.tally = load_tunnels_tally(run.loop.tunnels);
    run.result.options = options;
    run.result.backend = ring_backend_name(run.loop.wire.ring);
    run.result.tally = run.tally;
    if (!begin_attack(&run)) {
        load_loop_close(&run.loop);
        return 1;
    }

    measure(&run);
    load_progress_end(&run.loop.progress);
    give_up(&run);
    bool good = write_histogram(&run);
    hold(&run);
    if (!options->leave)
        take_down(&run);
    good = good && starts(&run)->done == options->count;
    load_loop_close(&run.loop);
    return good ? 0 : 1;
}
