/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_THIN_H
#define SHARD_THIN_H

/*
 * When more comes than a shard can receive, first messages are thinned out by the kernel.
 *
 * The sockets' queues are full then, everything in them is old, and what the kernel drops is
 * anybody's: messages of established SAs as well as strangers'. So where all datagrams have been
 * late for a tenth of a second the share of first messages that are let in (ring_thin) goes down by
 * a quarter, and again so until they are not late any more; from then on it goes up by a quarter
 * every half second. Each step is judged by what came after it.
 *
 * What was queued before is got rid of as fast as it can be received: a first message that has
 * waited for long is not looked at. Its peer has sent it again by then, or will.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ioring/ring.h"

#define SHARD_THIN_ALL 1000 /* as of ring_thin */

/* Nanoseconds: how old a datagram is that is late, how long such have to come, a step upwards. */
#define SHARD_THIN_LATE_NS UINT64_C(20000000)
#define SHARD_THIN_WAIT_NS UINT64_C(100000000)
#define SHARD_THIN_STEP_NS UINT64_C(500000000)

/* A first message that waited longer is not looked at: clients repeat theirs after a second. */
#define SHARD_THIN_STALE_NS UINT64_C(500000000)

struct shard;

/* All zero but for the share at first. Times are of CLOCK_REALTIME. */
struct shard_thin {
    uint32_t permille;   /* SHARD_THIN_ALL: all first messages are let in */
    uint64_t late_ns;    /* since when all have been late, or the last step; 0: the last was not */
    uint64_t changed_ns; /* when the last step was made */
    uint64_t now_ns;     /* when the batch came that is looked at */
};

/*
 * The first datagram of a batch came at `arrived_ns`, 0 if that is not known, and is looked at now.
 * True: the share has changed.
 */
bool shard_thin_judge(struct shard_thin *thin, uint64_t arrived_ns, uint64_t now_ns);

/* Does so for a batch that is not empty, and what follows from it. */
void shard_thin_batch(struct shard *shard, const struct ring_datagram *first);

/* Whether a datagram of that batch is a first message that waited for too long; counts it. */
bool shard_thin_stale(struct shard *shard, const struct ring_datagram *datagram);

#endif
