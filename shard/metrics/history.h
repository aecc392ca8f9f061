/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_HISTORY_H
#define SHARD_METRICS_HISTORY_H

/*
 * The last hour in numbers, for the status page: one sample every ten seconds, taken while there is
 * somebody who may ask for it.
 */

#include "shard/metrics/collect.h"

#define METRICS_SAMPLE_MS 10000
#define METRICS_SAMPLES   360

/* Counters are since the daemon began: what came between two samples is their difference. */
struct metrics_sample {
    uint64_t at_ms;      /* wall clock */
    uint64_t completed1; /* handshakes of phase 1 */
    uint64_t failed1;
    uint64_t completed2;
    uint64_t isakmp_sas;
    uint64_t child_sas;
    uint64_t half_open; /* those that have not authenticated, too */
    uint64_t received;  /* datagrams */
    uint64_t sent;
    uint64_t dropped;
    uint64_t cpu_us; /* of all shards */
    uint64_t store_queue;
    uint64_t store_lag_ms;
};

struct metrics_history {
    struct metrics_collector *collector;
    struct hub_timer timer;
    struct metrics_asker asker;
    size_t count;
    size_t next; /* where the next sample goes */
    struct metrics_sample samples[METRICS_SAMPLES];
};

/* The first sample is taken soon. */
void metrics_history_begin(struct metrics_history *history, struct metrics_collector *collector);
void metrics_history_end(struct metrics_history *history);

struct metrics_sample metrics_sample_of(const struct metrics_view *view);

/* The oldest is number 0. */
const struct metrics_sample *metrics_history_sample(const struct metrics_history *history,
                                                    size_t number);

#endif
