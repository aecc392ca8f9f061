/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_REVIVE_H
#define SHARD_KEEP_REVIVE_H

/*
 * Records back to SAs, when the daemon starts or takes an estate over. Each shard reads its share
 * of the partitions, opens the records, and sends each to the shard that the SA's initiator cookie
 * steers to now, whatever shard it was before and however many there were. There libike resumes it.
 *
 * Within a partition ISAKMP SAs come before children, and a child has its ISAKMP SA's cookie, so
 * that it arrives after it. When a shard has read its share it says so to all others; who has heard
 * all, and knows of all addresses from pools that they are taken, says so to the control thread
 * (shard/keep/revival.h), which lets all of them serve when it has heard all.
 *
 * The sockets are open meanwhile, and datagrams are kept as they come and received afterwards: an
 * SA that is about to be there must not be refused, a peer's new SA is to find the old ones, and
 * the order of the sockets in their group is not to be disturbed.
 *
 * A record that cannot be gone on with stops no other. It is counted by the reason, and erased
 * where nothing could come of it later: what is expired, or not in the configuration any more. What
 * does not open stays, for a key that comes back.
 */

#include "shard/keep/persist.h"

enum {
    SHARD_REVIVE_KEPT_MAX = 4096, /* datagrams of a shard that wait; more are lost */
};

/*
 * To the control thread: all that is this shard's is there. Times are microseconds of this shard:
 * it waited for the store, opened records, made SAs again.
 */
struct shard_revived {
    struct shard_letter letter;
    uint32_t estate;
    uint64_t isakmp_sas;
    uint64_t children;
    uint64_t refused; /* records that were read and not gone on with */
    uint64_t read_us;
    uint64_t open_us;
    uint64_t resume_us;
};

/*
 * From now on datagrams for the estate are kept, and records of other shards taken. True where it
 * is so already. False: no memory.
 */
bool shard_revive_open(struct shard *shard, uint32_t estate);

/*
 * Begins to read, when all that was to be written is; `done` gets a struct shard_revived in the
 * control thread. What is written from now on carries the token.
 */
void shard_revive_begin(struct shard *shard, uint32_t estate, uint64_t token,
                        shard_deliver_fn done);

/* All have what there was: the estate is served, and what came meanwhile is received. */
void shard_revive_end(struct shard *shard, uint32_t estate);

/* The store closes. */
void shard_revive_stop(struct shard *shard, uint32_t estate);

/* True: the datagram was kept, or lost, or is for another node. */
bool shard_revive_keep(struct shard *shard, const struct ring_datagram *datagram);

/* What the store reads. */
void shard_revive_loaded(struct shard *shard, const struct shard_record *record, x4s_chunk sealed);
void shard_revive_load_end(struct shard *shard, uint32_t estate, unsigned partition,
                           enum store_result result);

#endif
