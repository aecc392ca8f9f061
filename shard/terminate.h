/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_TERMINATE_H
#define SHARD_TERMINATE_H

/*
 * SAs that somebody wants to end, in pieces as of shard/listing.h: one ends up to
 * SHARD_TERMINATE_ROUND ISAKMP SAs, or children of as many. The peers are told. Or, in the same
 * way, SAs that somebody wants to be made anew before their time.
 */

#include "shard/config/settings.h"
#include "shard/peer.h"

#define SHARD_TERMINATE_ROUND  32
#define SHARD_TERMINATE_LOOKED 512

struct shard_termination {
    /* Where the piece before ended; NULL: begin. What is left of it has to be ended (shard/walk.h).
     */
    struct shard_roll_walk *walk;
    bool rekey; /* do not end SAs, but make others in their place */

    /* Which; what is empty or 0 does not count. */
    char connection[SETTINGS_NAME_MAX + 1];
    char child[SETTINGS_NAME_MAX + 1]; /* children of that name; empty: ISAKMP SAs with theirs */
    uint32_t number;                   /* of an ISAKMP SA */
    uint32_t spi_in;                   /* of a child */

    /* The answer. */
    uint32_t sas_ended; /* by this piece, or to be made anew */
    uint32_t children_ended;
    bool more; /* there is a walk to go on with */
    bool no_memory;
};

void shard_terminate(struct shard *shard, struct shard_termination *termination);

#endif
