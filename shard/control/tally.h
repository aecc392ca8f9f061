/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_TALLY_H
#define SHARD_CONTROL_TALLY_H

/*
 * The counters of all shards, for commands that answer with them.
 */

#include "shard/control/command.h"
#include "shard/statistics.h"

struct control_tally {
    struct control_command command;
    void (*respond)(struct control_tally *tally);
    uint32_t missing; /* answers */
    uint32_t count;   /* shards */
    struct shard_tally tallies[];
};

/* Asks all shards; `respond` puts the response when all have answered. */
void control_tally_begin(struct control_client *client,
                         void (*respond)(struct control_tally *tally));

struct shard_tally control_tally_sum(const struct control_tally *tally);

#endif
