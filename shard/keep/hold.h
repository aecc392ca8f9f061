/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_HOLD_H
#define SHARD_KEEP_HOLD_H

/*
 * Messages that wait for the store: where a connection is `acked`, what makes the peer believe in
 * an SA is kept from libike's agreed callback on until the SA's record is durable, and all that the
 * SA sends after it, in its order. A repetition of what is kept is dropped.
 *
 * Where the store does not answer in time, or refuses, the message is never sent: the SA ends
 * without a word, and the peer, who has nothing yet, gives up or begins anew.
 *
 * An owner is a struct shard_sa, or a struct shard_child, whose messages also wait for those of its
 * ISAKMP SA.
 */

#include "shard/peer.h"
#include "store/store.h"

enum {
    SHARD_HOLDS_MAX = 16384,   /* SAs of a shard that wait at once */
    SHARD_HOLD_DATAGRAMS = 16, /* of one SA; what comes after them is lost */
};

struct shard_holds;

/* False: no memory. */
bool shard_hold_open(struct shard *shard);

/* What is kept is never sent. */
void shard_hold_close(struct shard *shard);

/*
 * Keeps what the SA, or the child (NULL: the SA itself), sends from now on. False: there is no
 * room, and it has ended.
 */
bool shard_hold_begin(struct shard *shard, struct shard_sa *sa, struct shard_child *child);

/* To be given with the record; NULL: nothing is kept for that owner. */
struct store_ticket *shard_hold_ticket(struct shard *shard, const void *owner);

/* The record that was put, of a child that is not complete yet; and that again. False: none. */
void shard_hold_name(struct shard *shard, const void *owner, const struct store_name *name);
bool shard_hold_named(const struct shard *shard, const void *owner, struct store_name *name);

/* The child is complete. */
void shard_hold_completed(struct shard *shard, const struct shard_child *child);

/* The record could not be put: the owner ends. */
void shard_hold_fail(struct shard *shard, const void *owner);

/* The owner has ended. */
void shard_hold_end(struct shard *shard, const void *owner);

/* True: it is kept, or was to be lost. `child` is NULL for messages of the ISAKMP SA. */
bool shard_hold_take(struct shard *shard, const struct shard_sa *sa,
                     const struct shard_child *child, const x4s_net_link *link, const void *data,
                     size_t len);

/* SAs whose messages wait. */
uint64_t shard_hold_count(const struct shard *shard);

#endif
