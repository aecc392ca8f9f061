/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_PERSIST_H
#define SHARD_KEEP_PERSIST_H

/*
 * What of a shard's SAs outlives the process: when records of them are written and erased. Without
 * a store in the configuration all of this does nothing.
 *
 * An ISAKMP SA is written when it is complete, which is when its peer is authenticated, and again
 * when the peer moved or got an address; a child when it is complete, and again when another ISAKMP
 * SA adopts it. Both are erased when they end. All of it is put into the store's queue and leaves
 * at the end of the round.
 *
 * Where the connection says `durability = acked` the message that makes the peer believe in an SA
 * is held back until the store has the record (shard/keep/hold.h).
 *
 * The shard keeps a copy of each record, because libike tells keys but once, and a record may have
 * to be written again: that is the memory that a store costs.
 */

#include "shard/peer.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/store.h"

/* Which record. */
struct shard_record {
    struct store_name name;
    uint32_t estate;
    uint32_t partition;
};

/* To the control thread: what was written for an estate was refused. */
struct shard_fenced {
    struct shard_letter letter;
    uint32_t estate;
};

struct shard_persist;
struct shard_options;
struct shard_copy;
struct ring_error;

/* Counters, and gauges at the end; of all shards they are added up, but lag_ms: the longest. */
struct shard_store_tally {
    uint64_t puts;
    uint64_t coalesced;
    uint64_t writes;
    uint64_t erases;
    uint64_t retries;
    uint64_t away;
    uint64_t again;
    uint64_t full;
    uint64_t fenced;
    uint64_t refused;
    uint64_t unsealed;  /* records that could not be made: no random bytes, or no memory */
    uint64_t held;      /* messages that were held back */
    uint64_t held_lost; /* SAs that ended because the store did not have them in time */
    uint64_t revived1;
    uint64_t revived2;
    uint64_t refused_records[STORE_REASON_COUNT]; /* not taken when they were read */
    uint64_t orphaned;      /* of revived2, those whose ISAKMP SA is not there */
    uint64_t no_connection; /* records of what the configuration does not have any more */
    uint64_t not_resumed;   /* records that could not be gone on with */
    uint64_t kept_waiting;  /* datagrams that came before all records were read */
    uint64_t foreign;       /* and that came for estates of other nodes */
    uint64_t queue;
    uint64_t holding;
    uint64_t lag_ms;
};

/* When the ring is open. True where there is no store to be opened. */
bool shard_persist_open(struct shard *shard, const struct shard_options *options,
                        struct ring_error *error);

/* Writes what is left, which takes as long as the back end says; from then on nothing is. */
void shard_persist_close(struct shard *shard);

/* At the end of a round; milliseconds until it is to be called again. */
x4_msec shard_persist_serve(struct shard *shard);

/* The ISAKMP SA is complete. */
void shard_persist_up1(struct shard_sa *sa, const x4s_ike_keys1 *keys);

/* Its link, its lifetime or its peer's address is another. */
void shard_persist_changed1(const struct shard_sa *sa);

/* Its exchange is gone. */
void shard_persist_down1(const struct shard_sa *sa);

/* The next message makes the peer believe in it. */
void shard_persist_agreed1(struct shard_sa *sa);

/* The same for children. A child that is agreed on and not complete has its SPI in `keys` only. */
void shard_persist_agreed2(struct shard_child *child, const x4s_ike_keys2 *keys);
void shard_persist_up2(struct shard_child *child, const x4s_ike_keys2 *keys);
void shard_persist_changed2(const struct shard_child *child);
void shard_persist_down2(const struct shard_child *child);

/* What is sent under it is up to this number; the record says that it may be a good deal more. */
void shard_persist_sequence2(const struct shard_child *child, uint64_t out_sequence);

/* A child goes to another shard, and its copy with it: NULL, there is none. */
struct shard_copy *shard_persist_take(const struct shard_child *child);
void shard_persist_give(const struct shard_child *child, struct shard_copy *copy);

/* The child did not arrive: its record is erased. */
void shard_persist_lose(struct shard *shard, struct shard_copy *copy);

/* A record that was read is one of an SA of this shard now; `bytes` are copied. */
void shard_persist_know(struct shard *shard, const struct shard_record *record, x4s_chunk bytes,
                        const struct store_life *life);

/*
 * What was read is not gone on with. It is counted and logged; an SA that is over is
 * erased, everything else stays for people to look at, or for a key that comes back.
 */
void shard_persist_refuse(struct shard *shard, const struct shard_record *record,
                          enum store_reason reason);

/* It is of no use any more. */
void shard_persist_erase(struct shard *shard, const struct shard_record *record);

/* The store, for reading; NULL: there is none. And its counters, which others count in as well. */
struct store *shard_persist_store(const struct shard *shard);
struct shard_store_tally *shard_persist_tally(const struct shard *shard);
struct shard_store_tally shard_persist_tally_of(const struct shard *shard);

/* Opens what was read. As of store_unseal(). */
enum store_reason shard_persist_unseal(const struct shard *shard, const struct shard_record *record,
                                       x4s_chunk sealed, uint8_t bytes[STORE_RECORD_MAX],
                                       size_t *len);

/*
 * An estate is this node's from now on, and what is written carries the token. Then it is not any
 * more: nothing is written of it, and what waits to be is `forgotten`, or still written if the
 * store takes it.
 */
void shard_persist_own(struct shard *shard, uint32_t estate, uint64_t token);
void shard_persist_disown(struct shard *shard, uint32_t estate, bool forgotten);
bool shard_persist_owns(const struct shard *shard, uint32_t estate);

/* Whether the store has all that there was to be written of the estate. */
bool shard_persist_is_written(const struct shard *shard, uint32_t estate);

/* Its name. */
const char *shard_persist_estate(const struct shard *shard, uint32_t estate);

/* Milliseconds of the wall clock. */
uint64_t shard_wall_clock(void);

#endif
