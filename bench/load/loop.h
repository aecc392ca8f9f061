/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_LOOP_H
#define BENCH_LOAD_LOOP_H

/*
 * One turn after the other: what is due is done, then datagrams are waited for and taken in. It is
 * interrupted by SIGINT and SIGTERM, which the process has blocked.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/credentials.h"
#include "bench/load/impair.h"
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/series.h"
#include "bench/load/tunnels.h"
#include "bench/load/wire.h"

struct load_loop {
    const struct load_options *options;
    struct load_wire wire;
    struct load_impair impair;
    struct load_credentials *credentials;
    struct load_tunnels *tunnels;
    struct load_progress progress;
    struct load_series series;
    uint64_t second_us;  /* when the next line is told */
    uint64_t heard_us;   /* when datagrams last came */
    uint64_t silence_us; /* the longest time without one since the caller set it to 0 */
    int signal_fd;
    unsigned signals; /* that came */
    bool broken;      /* the ring does not work any more */
};

/* False, with nothing open and a line on stderr. */
bool load_loop_open(struct load_loop *loop, const struct load_options *options);
void load_loop_close(struct load_loop *loop);

/* Returns at `until_us` at the latest. */
void load_loop_turn(struct load_loop *loop, uint64_t until_us);

/* No use in going on. */
bool load_loop_stopped(const struct load_loop *loop);

#endif
