/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RETIRE_H
#define SHARD_RETIRE_H

/*
 * The snapshots that exist, and when one is needed no more. For the control thread.
 *
 * Each shard counts how often it took a use of a snapshot and how often it let go
 * (shard/snapshot.h). Every second all are asked, while there is more than one snapshot. A use that
 * one shard takes another may drop, and the answers are of different moments; but both counts only
 * grow, and a use is only taken from one that there is. So when as many uses have been taken by the
 * end of one survey as had been dropped by the end of the survey before, there was none in between,
 * and there will be none any more. Then the shards forget what they keep for the snapshot itself,
 * and it is freed.
 */

#include "shard/hub.h"

struct hub_numbers;

/* A snapshot that exists. Of a free slot all is zero. */
struct hub_snapshot {
    struct hub_config *config;
    struct hub_daemon daemon; /* its, as far as it can be had */
    uint64_t number;          /* of the loads */
    uint64_t taken;           /* by the control thread */
    uint64_t dropped;

    /* The survey that is under way: sums of those that have answered. */
    bool surveyed;
    uint64_t sum_taken;
    uint64_t sum_dropped;
    uint64_t sum_sas;

    /* The one before. */
    bool known;
    uint64_t known_dropped;
    uint64_t sas;

    bool leaving;
    uint32_t missing; /* shards that have not forgotten it */
    uint32_t *pools;  /* numbers of pools that only it had */
    size_t pool_count;
};

struct hub_retire {
    struct hub_numbers *numbers;
    struct hub_snapshot slots[HUB_SNAPSHOTS_MAX];
    struct hub_snapshot *now; /* the newest that is in use */
    struct hub_timer timer;
    uint32_t missing; /* answers to the survey */
    bool incomplete;  /* not all shards were asked */
};

/* False: no memory; call fini then too. */
bool hub_retire_init(struct hub *hub);

/* Frees all snapshots. The shards have ended. */
void hub_retire_fini(struct hub *hub);

/* A slot for a snapshot, which is numbered and the slot's then. NULL: no memory. */
struct hub_snapshot *hub_retire_enter(struct hub *hub, struct hub_config *config);

/* Whether there is a slot. */
bool hub_retire_has_room(const struct hub *hub);

/* It was never used: frees it. */
void hub_retire_discard(struct hub *hub, struct hub_snapshot *snapshot);

/* From now on it is the newest. The one before is let go, and looked after until it is gone. */
void hub_retire_succeed(struct hub *hub, struct hub_snapshot *snapshot);

/* How many exist, and the ISAKMP SAs of all but the newest, as of the last survey. */
uint32_t hub_retire_count(const struct hub *hub);
uint64_t hub_retire_old_sas(const struct hub *hub);

#endif
