/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_VIEW_H
#define SHARD_METRICS_VIEW_H

/*
 * The daemon at one moment, as metrics and status page show it. Nothing in it was counted for it by
 * walking SAs: shards keep their counts, and a view copies them.
 */

#include "shard/metrics/expiry.h"
#include "shard/pool_usage.h"
#include "shard/statistics.h"

/* Pools that are told of by name; others are not. */
#define METRICS_POOLS_MAX 256

struct metrics_shard {
    bool answered; /* in time; else all is zero */
    struct shard_tally tally;
};

/* What does not change while the daemon runs. */
struct metrics_build {
    const char *version;
    const char *modp;    /* what Diffie-Hellman of MODP groups is done with */
    const char *backend; /* of the rings */
    const char *kernel;  /* where IPsec SAs go */
    uint64_t started_ms; /* wall clock */
};

struct metrics_view {
    const struct metrics_build *build;
    struct hub *hub;
    uint32_t count;
    const struct metrics_shard *shards;
    struct shard_tally sum;
    const struct hub_config *config;
    const struct shard_pool_usage *pools; /* of the first pools of the configuration */
    size_t pool_count;
    const struct metrics_expiry *expiry;
    uint64_t scrapes;
    uint64_t refused; /* requests that were not answered with 200 */
};

/* All shards have answered. */
bool metrics_view_is_whole(const struct metrics_view *view);

/* Datagrams that were lost or nobody could use; keepalives are not. */
uint64_t metrics_drops_of(const struct shard_tally *tally);

#endif
