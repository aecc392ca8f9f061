/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_ROSTER_H
#define SHARD_METRICS_ROSTER_H

/*
 * Some of the SAs, for people to look at: the first METRICS_ROSTER_MAX that are found in up to
 * METRICS_ROSTER_PIECES pieces of the shards' lists (shard/listing.h), whatever their number is.
 */

#include <jansson.h>

#include "shard/config/settings.h"
#include "shard/hub.h"
#include "x4/misc/list.h"

#define METRICS_ROSTER_MAX    100
#define METRICS_ROSTER_PIECES 32

struct metrics_roster {
    struct hub *hub;
    x4s_list of_metrics;
    uint32_t shard; /* that is asked */
    uint32_t pieces;
    char connection[SETTINGS_NAME_MAX + 1]; /* of this name only; empty: all */
    json_t *sas;
    bool more; /* not all were looked at */

    /* NULL: nobody waits any more. `roster` is gone after it. */
    void (*ready)(void *context, json_t *found);
    void *context;
};

/* `rosters` has those under way. `ready` comes later. NULL: no memory. */
struct metrics_roster *metrics_roster_begin(struct hub *hub, x4s_list *rosters,
                                            const char *connection,
                                            void (*ready)(void *context, json_t *found),
                                            void *context);

/* Nobody waits for it any more. */
void metrics_roster_forget(struct metrics_roster *roster);

/* The shards have ended. */
void metrics_roster_free(struct metrics_roster *roster);

#endif
