/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LISTING_H
#define SHARD_LISTING_H

/*
 * The ISAKMP SAs of a shard as records, told in pieces: the control thread asks for a piece when it
 * has use for it, and between two of them the shard serves its peers.
 *
 * A piece costs the shard some 100 us at most: it looks at up to SHARD_LISTING_LOOKED SAs, of which
 * it tells up to SHARD_LISTING_TOLD, fewer when they have many children.
 */

#include "shard/config/settings.h"
#include "shard/sa_record.h"

#define SHARD_LISTING_LOOKED 512
#define SHARD_LISTING_TOLD   64 /* SAs and children; the SA that is the last is told with all */

struct shard_listing {
    /* Where the piece before ended; NULL: begin. What is left of it has to be ended (shard/walk.h).
     */
    struct shard_roll_walk *walk;

    char connection[SETTINGS_NAME_MAX + 1]; /* of this name only; empty: all */
    uint32_t number;                        /* this one only, if it is of the connection; 0: all */

    /* The answer. */
    struct shard_sa_record *records; /* the asker's to free() */
    bool more;                       /* there is a walk to go on with */
    bool no_memory;                  /* something was not told */
};

/* Tells a piece. */
void shard_listing_tell(struct shard *shard, struct shard_listing *listing);

/* Releases the records. */
void shard_listing_free(struct shard_sa_record *records);

#endif
