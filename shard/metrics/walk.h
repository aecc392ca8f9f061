/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_WALK_H
#define SHARD_METRICS_WALK_H

/*
 * A walk over SAs of all shards, piece by piece (shard/listing.h), that ends with a text. What it
 * costs is bounded, whatever the number of SAs is: by the SAs that are wanted, and by the pieces
 * that are looked at for them.
 */

#include "shard/config/settings.h"
#include "shard/hub.h"
#include "shard/listing.h"
#include "shard/metrics/text.h"
#include "x4/misc/list.h"

/* What becomes of the SAs. */
struct metrics_teller {
    /* NULL: no memory. */
    void *(*begin)(void);

    void (*each)(void *told, const struct shard_sa_record *record, uint32_t shard);

    /* Releases it. `more`: there are SAs that were not told. `text` NULL: nobody waits any more. */
    void (*end)(void *told, bool more, struct metrics_text *text);

    bool traffic; /* the kernel is asked what children have carried */
};

/* What is wanted. */
struct metrics_wish {
    const struct metrics_teller *teller;
    const char *connection; /* SAs of this name only; "": all */
    size_t sas_max;
    size_t pieces_max;

    /* Comes later, once; the text's memory is the callee's then. */
    void (*ready)(void *context, struct metrics_text *text);
    void *context;
};

struct metrics_walk {
    struct hub *hub;
    x4s_list of_metrics;
    const struct metrics_teller *teller;
    void *told;
    size_t sas_left;
    size_t pieces_left;
    bool cut;       /* a piece had more than was wanted */
    uint32_t shard; /* that is asked */
    char connection[SETTINGS_NAME_MAX + 1];
    void (*ready)(void *context, struct metrics_text *text); /* NULL: nobody waits any more */
    void *context;
};

/* `walks` has those under way. NULL: no memory. */
struct metrics_walk *metrics_walk_begin(struct hub *hub, x4s_list *walks,
                                        const struct metrics_wish *wish);

/* Nobody waits for it any more. */
void metrics_walk_forget(struct metrics_walk *walk);

/* The shards have ended. */
void metrics_walk_free(struct metrics_walk *walk);

#endif
