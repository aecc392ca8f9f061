/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RESIDENCE_H
#define SHARD_RESIDENCE_H

/*
 * How long messages stay in the server: from the moment at which the kernel received a datagram
 * (ring_options.stamp) to the end of the round of the loop in which the answer to it was given to
 * ring_send(), when the next thing is the system call that sends it. So the time in the socket's
 * queue is in it, and that in the queue of public-key work.
 *
 * An answer is what libike sends while it looks at a message, or later the next message with the
 * same initiator cookie and message ID. Messages without an answer are not counted: what is refused
 * in silence, the last one of an exchange. Neither is an answer that waits for public-key work when
 * a newer message has taken its place in the table below, which is possible from two at a time on.
 *
 * No allocation; the clock is read once a round, and only if there was an answer.
 */

#include <stddef.h>
#include <stdint.h>

#include "ioring/ring.h"

/* Buckets for each doubling: a quantile is above the value by one part in so many at most. */
#define SHARD_RESIDENCE_PARTS 8

/* Microseconds; longer is counted as this: 2^26 - 1, 67 s. */
#define SHARD_RESIDENCE_MAX_US ((UINT64_C(1) << 26) - 1)

/* Values below 2 * PARTS have a bucket each; then come 22 doublings. */
#define SHARD_RESIDENCE_BUCKETS (SHARD_RESIDENCE_PARTS * 24)

/* Answers of one round; more are not counted. */
#define SHARD_RESIDENCE_ANSWERS 256

/* Messages that wait for public-key work; a power of two. */
#define SHARD_RESIDENCE_WAITING 1024

/* Counters only, so that they can be added up. */
struct shard_residence_counts {
    uint64_t buckets[SHARD_RESIDENCE_BUCKETS];
};

struct shard_resident {
    uint8_t cookie[8]; /* the initiator's */
    uint32_t message_id;
    uint64_t arrived_ns; /* 0: none */
};

/* Zeroed is a good start. */
struct shard_residence {
    struct shard_residence_counts counts;
    uint64_t arrived_ns; /* of the message that is looked at; 0: none, or it has been answered */
    uint32_t answered_count;
    uint64_t answered_ns[SHARD_RESIDENCE_ANSWERS]; /* when what was answered had arrived */
    struct shard_resident waiting[SHARD_RESIDENCE_WAITING];
};

/* Before libike looks at a datagram, and after it has. */
void shard_residence_arrive(struct shard_residence *residence,
                            const struct ring_datagram *datagram);
void shard_residence_settle(struct shard_residence *residence,
                            const struct ring_datagram *datagram);

/* Libike sends a message, which begins with the 28 bytes of its header. */
void shard_residence_answer(struct shard_residence *residence, const void *message);

/* The time in nanoseconds of CLOCK_REALTIME. */
void shard_residence_end_round(struct shard_residence *residence, uint64_t now_ns);

uint64_t shard_residence_count(const struct shard_residence_counts *counts);

/*
 * The least number of microseconds that `per_mille` thousandths of all do not exceed, rounded up
 * within its bucket. 0 if nothing was counted. per_mille: 0 to 1000.
 */
uint64_t shard_residence_quantile(const struct shard_residence_counts *counts, unsigned per_mille);

/*
 * The same in coarser buckets: `bounds` are the greatest values of each, in rising order, each of
 * them the last one of a bucket here, and one more bucket is for what is longer. Returns the sum of
 * all, each rounded up within its bucket.
 */
uint64_t shard_residence_gather(const struct shard_residence_counts *counts, const uint32_t *bounds,
                                size_t bound_count, uint64_t *buckets);

#endif
