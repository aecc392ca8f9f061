/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_STATISTICS_H
#define SHARD_STATISTICS_H

/*
 * The counters of a shard, copied in its thread, and those of all shards as one log line. A counter
 * that is zero is left out; names are stable.
 */

#include "shard/keep/persist.h"
#include "shard/state.h"

/* 64-bit counters and nothing else, so that they can be added up. */
struct shard_tally {
    x4s_ike_stats ike;
    struct ring_counters ring;
    struct shard_counters shard;
    struct shard_handshakes handshakes;
    struct shard_residence_counts residence;
    struct shard_store_tally store;
    uint64_t kernel_pairs;
    uint64_t cpu_us; /* of the shard's thread */
};

/* In the shard's thread. */
void shard_tally_take(struct shard *shard, struct shard_tally *tally);

void shard_tally_add(struct shard_tally *sum, const struct shard_tally *tally);

/* What came since `base`; of what comes and goes the difference means nothing. */
void shard_tally_subtract(struct shard_tally *tally, const struct shard_tally *base);

/* What the process has used: `tally->cpu_us` of all its threads, and its resident memory. */
uint64_t hub_process_cpu_us(void);
uint64_t hub_process_rss_kb(void);

/* What only grows, and what comes and goes. */
enum hub_counter_kind {
    HUB_COUNTER,
    HUB_GAUGE,
};

/*
 * What hub_statistics_put() writes, a call for each. Names are static, or valid for the call.
 */
typedef void (*hub_counter_fn)(void *user, const char *name, enum hub_counter_kind kind,
                               uint64_t value);
void hub_statistics_each(const struct shard_tally *tally, hub_counter_fn fn, void *user);

/*
 * The fields of a line that was begun. Always: handshakes (quick modes completed), isakmp_sas,
 * children, kernel_pairs, cpu_us; then what is not zero: residence_count answers, and of how long
 * what they answered stayed here (shard/residence.h) residence_p50_us, _p99_us, _max_us. Libike's
 * reasons come as refused_REASON, ph1_down_REASON and ph2_down_REASON.
 */
void hub_statistics_put(struct hub_log *log, const struct shard_tally *tally);

#endif
