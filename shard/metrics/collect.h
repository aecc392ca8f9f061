/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_COLLECT_H
#define SHARD_METRICS_COLLECT_H

/*
 * Views of the daemon: all shards are asked by letters, and who asked is called back when all have
 * answered, or after METRICS_ANSWER_MS with what there is then: that a shard stalls is just what
 * somebody wants to see. Who asks meanwhile gets the answer of the round that is under way.
 */

#include "shard/hub.h"
#include "shard/metrics/view.h"
#include "x4/misc/list.h"

#define METRICS_ANSWER_MS 2000

/* Somebody who waits for a view. The memory is the asker's until `ready` or forget. */
struct metrics_asker {
    x4s_list waiting;
    void (*ready)(struct metrics_asker *asker, const struct metrics_view *view);
};

struct metrics_collector {
    struct hub *hub;
    const struct metrics_build *build;
    struct hub_timer late;
    uint64_t round; /* the number of the one under way, or of the last */
    bool under_way;
    uint32_t missing; /* answers */
    x4s_list askers;
    const struct hub_config *config; /* held during a round */
    size_t pool_count;
    struct shard_pool_usage pools[METRICS_POOLS_MAX];
    struct metrics_shard *shards; /* of each */
    struct metrics_expiry expiry;
    uint64_t scrapes;
    uint64_t refused;
};

/* False: no memory; call fini then too. */
bool metrics_collector_init(struct metrics_collector *collector, struct hub *hub,
                            const struct metrics_build *build);

/* Answers that are under way find nobody any more: the shards have ended. */
void metrics_collector_fini(struct metrics_collector *collector);

/* `ready` comes later, never within the call. */
void metrics_collect(struct metrics_collector *collector, struct metrics_asker *asker);

/* The asker waits no longer, if it does. */
void metrics_collect_forget(struct metrics_asker *asker);

#endif
