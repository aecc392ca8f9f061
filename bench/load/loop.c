/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/load/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bench/load/clock.h"

#define SECOND_US UINT64_C(1000000)

/* ------------------------------------------------------------------ one turn */

static void signal_ready(void *user, int fd)
{
    struct load_loop *loop = user;
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        loop->signals++;
}

/* Milliseconds until a time, rounded up. */
static int timeout_ms(uint64_t now_us, uint64_t until_us, x4_msec tick_ms)
{
    uint64_t ms = until_us > now_us ? (until_us - now_us + 999) / 1000 : 0;
    ms = x4m_min(ms, tick_ms);
    return (int)x4m_min(ms, (uint64_t)INT_MAX);
}

static void note_silence(struct load_loop *loop, uint64_t now_us)
{
    uint64_t silence_us = now_us - loop->heard_us;
    loop->silence_us = x4m_max(loop->silence_us, silence_us);
}

static void take_in(struct load_loop *loop, const struct ring_datagram *datagram, uint64_t now_us)
{
    x4s_net_link link = load_wire_link(&loop->wire, datagram);
    if (!load_impair_take(&loop->impair, LOAD_IN, &link, datagram->data, datagram->size, now_us))
        load_tunnels_receive(loop->tunnels, &link, datagram->data, datagram->size);
}

static void pass_on_kept(struct load_loop *loop, uint64_t now_us)
{
    for (struct load_kept *kept; (kept = load_impair_due(&loop->impair, now_us)); free(kept)) {
        if (kept->direction == LOAD_OUT)
            (void)load_wire_send(&loop->wire, &kept->link, kept->data, kept->len);
        else
            load_tunnels_receive(loop->tunnels, &kept->link, kept->data, kept->len);
    }
}

/* The line tells what was so far; one second without a line is not made up for. */
static void tell_second(struct load_loop *loop, uint64_t now_us)
{
    if (now_us < loop->second_us)
        return;
    const struct load_tally *tally = load_tunnels_tally(loop->tunnels);
    load_progress_show(&loop->progress, tally, now_us);
    load_series_add(&loop->series, tally, now_us);
    loop->second_us = now_us + SECOND_US;
}

void load_loop_turn(struct load_loop *loop, uint64_t until_us)
{
    x4_msec tick_ms = load_tunnels_tick(loop->tunnels);
    until_us = x4m_min(until_us, load_impair_next_us(&loop->impair));
    until_us = x4m_min(until_us, loop->second_us);
    const struct ring_datagram *batch;
    int count = ring_wait(loop->wire.ring, timeout_ms(load_clock_us(), until_us, tick_ms), &batch);
    uint64_t now_us = load_clock_us();
    if (count < 0) {
        fprintf(stderr, "ikeload: cannot wait for datagrams: %s\n", strerror(-count));
        loop->broken = true;
    }
    for (int i = 0; i < count; i++)
        take_in(loop, &batch[i], now_us);
    note_silence(loop, now_us);
    if (count > 0)
        loop->heard_us = now_us;
    pass_on_kept(loop, now_us);
    tell_second(loop, now_us);
}

bool load_loop_stopped(const struct load_loop *loop)
{
    return loop->signals > 0 || loop->broken;
}

/* ------------------------------------------------------------------ opening and closing */

static bool watch_signals(struct load_loop *loop)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->signal_fd < 0) {
        fprintf(stderr, "ikeload: signalfd: %s\n", strerror(errno));
        return false;
    }
    int status = ring_watch_add(loop->wire.ring, loop->signal_fd, signal_ready, loop);
    if (status < 0)
        fprintf(stderr, "ikeload: cannot watch for signals: %s\n", strerror(-status));
    return status == 0;
}

static bool open_credentials(struct load_loop *loop)
{
    const struct load_options *options = loop->options;
    char error[LOAD_CREDENTIAL_ERROR] = "certificates cannot be issued";
    uint32_t count = x4m_min(options->certificates, options->count);
    loop->credentials = load_credentials_new(&options->credentials, count, error);
    if (loop->credentials && load_credentials_prepare(loop->credentials, options->id_prefix, count))
        return true;
    fprintf(stderr, "ikeload: %s\n", error);
    return false;
}

static bool open_wire(struct load_loop *loop)
{
    const struct load_options *options = loop->options;
    struct ring_error error;
    if (load_wire_open(&loop->wire, options->backend, &options->source, &options->target, &error))
        return true;
    fprintf(stderr, "ikeload: %s\n", error.text);
    return false;
}

static bool open_tunnels(struct load_loop *loop)
{
    struct load_error error;
    loop->tunnels =
        load_tunnels_new(loop->options, &loop->wire, &loop->impair, loop->credentials, &error);
    if (!loop->tunnels)
        fprintf(stderr, "ikeload: %s\n", error.text);
    return loop->tunnels != NULL;
}

bool load_loop_open(struct load_loop *loop, const struct load_options *options)
{
    uint64_t now_us = load_clock_us();
    *loop = (struct load_loop){
        .options = options,
        .signal_fd = -1,
        .second_us = now_us + SECOND_US,
        .heard_us = now_us,
    };
    load_impair_init(&loop->impair, &options->impairment, options->seed);
    load_progress_init(&loop->progress, stderr, now_us);
    if (load_series_open(&loop->series, options->series, now_us) && open_credentials(loop) &&
        open_wire(loop) && open_tunnels(loop) && watch_signals(loop))
        return true;
    load_loop_close(loop);
    return false;
}

void load_loop_close(struct load_loop *loop)
{
    load_tunnels_free(loop->tunnels);
    if (loop->signal_fd >= 0) {
        ring_watch_remove(loop->wire.ring, loop->signal_fd);
        close(loop->signal_fd);
    }
    load_wire_close(&loop->wire);
    load_credentials_free(loop->credentials);
    load_impair_fini(&loop->impair);
    load_series_close(&loop->series);
}
