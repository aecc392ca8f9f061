/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/view.h"

bool metrics_view_is_whole(const struct metrics_view *view)
{
    bool whole = true;
    for (uint32_t i = 0; i < view->count; i++)
        whole = whole && view->shards[i].answered;
    return whole;
}

uint64_t metrics_drops_of(const struct shard_tally *tally)
{
    const struct ring_counters *ring = &tally->ring;
    return ring->dropped_kernel + ring->dropped_short + ring->dropped_truncated +
           ring->dropped_no_marker + ring->dropped_malformed + ring->dropped_no_slot +
           tally->shard.stale + tally->shard.handover_lost;
}
