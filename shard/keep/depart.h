/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_DEPART_H
#define SHARD_KEEP_DEPART_H

/*
 * A shard gives an estate up: it falls silent about its SAs, has what was to be written of them
 * written, and forgets them, without a word to the peers, who talk to another node from now on.
 *
 * The control thread (shard/keep/possession.h) says when. Each step is answered by a struct
 * shard_departed.
 */

#include "shard/state.h"

/* To the control thread: the step is done. */
struct shard_departed {
    struct shard_letter letter;
    uint32_t estate;
    uint32_t round; /* as it was ordered */
};

/*
 * Nothing is answered any more; `done` when all that was to be written is. What is not complete is
 * lost, and the peers begin it anew with the other node.
 */
void shard_depart_begin(struct shard *shard, uint32_t estate, uint32_t round,
                        shard_deliver_fn done);

/* Nobody took it: it is served again. */
void shard_depart_cancel(struct shard *shard, uint32_t estate);

/*
 * The SAs go, in pieces; `done` when all have. `forgotten`: what waits to be written goes with them
 * (shard_persist_disown).
 */
void shard_depart_end(struct shard *shard, uint32_t estate, uint32_t round, bool forgotten,
                      shard_deliver_fn done);

/* The shard closes. */
void shard_depart_stop(struct shard *shard, uint32_t estate);

#endif
