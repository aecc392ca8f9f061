/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_RESUME_H
#define SHARD_KEEP_RESUME_H

/*
 * An SA of this shard is made again from its record: in libike, in the shard's lists, in the kernel
 * back end. No packet is sent, and nothing is done to other SAs of the peer but what was to be done
 * anyway. What cannot be gone on with is counted (struct shard_store_tally).
 */

#include "shard/keep/persist.h"
#include "shard/lease.h"

/* `answered` is called once, at once or when the address from a pool is known to be the peer's. */
void shard_resume_isakmp(struct shard *shard, const struct shard_record *place, x4s_chunk record,
                         shard_resumed_fn answered);

/*
 * The ISAKMP SAs of its partition were made again before. A child that finds none of its peer has
 * outlived its own, and is made again without: the next one of the peer adopts it.
 */
void shard_resume_child(struct shard *shard, const struct shard_record *place, x4s_chunk record,
                        shard_resumed_fn answered);

#endif
