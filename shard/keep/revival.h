/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_REVIVAL_H
#define SHARD_KEEP_REVIVAL_H

/*
 * The control thread's part in making SAs again from records (shard/keep/revive.h): it has all
 * shards read an estate, hears that all have, and then lets them serve it.
 */

#include "shard/keep/revive.h"

struct hub;

/* All shards have read it. */
typedef void (*hub_revived_fn)(struct hub *hub, uint32_t estate);

/* The reading of an estate. */
struct hub_revival {
    hub_revived_fn done;
    uint32_t missing; /* shards that have not told yet that their records are read */
    x4_msec since;
    x4_msec took_ms;
    struct shard_revived sum; /* what they told; of times the longest */
};

/* Has it read; `done` then. What is written for it from now on carries the token. */
void hub_revive(struct hub *hub, uint32_t estate, uint64_t token, hub_revived_fn done);

/* Has it served, and what the configuration says to start begun there. */
void hub_serve(struct hub *hub, uint32_t estate);

#endif
