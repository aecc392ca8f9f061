/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_TUNNELS_H
#define BENCH_LOAD_TUNNELS_H

/*
 * The tunnels of one run over one instance of libike: each is a main mode and, when that is
 * complete, one quick mode. A tunnel is up when its quick mode is complete; it has failed when
 * either exchange ends before, and then the other is ended too. Failed tunnels are not tried again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/histogram.h"
#include "bench/load/options.h"
#include "bench/load/wire.h"
#include "x4/ike/charon.h"

struct load_tunnels;

/* What happened so far. Times are microseconds of load_clock_us(). */
struct load_tally {
    uint32_t started;
    uint32_t in_flight; /* started, and neither up nor failed */
    uint32_t up;        /* came up; whatever became of them later */
    uint32_t failed;
    uint32_t lost; /* came up and were ended by the peer or by their lifetime */
    uint32_t failures[x4c_ike_reason_count];
    uint64_t last_up_us;
    struct load_histogram latency_us; /* from the first message to the last */
};

/*
 * Memory for options->count tunnels and an instance of libike. `options` and `wire` outlive it.
 * NULL with a reason in *error.
 */
struct load_tunnels *load_tunnels_new(const struct load_options *options, struct load_wire *wire,
                                      struct load_error *error);

/* Forgets what is left without telling the peer. NULL is ignored. */
void load_tunnels_free(struct load_tunnels *tunnels);

/* Starts the next tunnel. Fewer than `count` were started, fewer than `concurrency` in flight. */
void load_tunnels_start(struct load_tunnels *tunnels);

void load_tunnels_receive(struct load_tunnels *tunnels, const struct ring_datagram *datagram);

/* Does what is due; milliseconds until the next time, or x4c_never. */
x4_msec load_tunnels_tick(struct load_tunnels *tunnels);

/* Tunnel n was started, and is neither up nor failed. */
bool load_tunnels_in_flight(const struct load_tunnels *tunnels, uint32_t n);

/*
 * Ends tunnel n, in whatever state it is; one in flight has failed with x4c_ike_terminated. `tell`:
 * with Deletes. False if nothing was there to end.
 */
bool load_tunnels_end(struct load_tunnels *tunnels, uint32_t n, bool tell);

const struct load_tally *load_tunnels_tally(const struct load_tunnels *tunnels);
const x4s_ike_stats *load_tunnels_stats(const struct load_tunnels *tunnels);

#endif
