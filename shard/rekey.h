/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_REKEY_H
#define SHARD_REKEY_H

/*
 * New SAs in the place of ageing ones.
 *
 * Both sides see an SA age. The initiator of the old one begins at once; the responder waits a
 * while for that, and begins only if nothing newer came. Who made the new SA deletes the old one,
 * a moment later, so that what is still on its way under it arrives.
 *
 * IKEv1 has no rekeying of ISAKMP SAs: a new one is made from the beginning (reauthentication), and
 * adopts the children.
 */

#include "shard/peer.h"

/* The rekey time of an ISAKMP SA or of a child is over. */
void shard_rekey_aging1(struct shard_sa *sa);
void shard_rekey_aging2(struct shard_child *child);

/* Somebody wants it now, whoever began the old one. */
void shard_rekey_now1(struct shard_sa *sa);
void shard_rekey_now2(struct shard_child *child);

/* An ISAKMP SA is complete: it takes over the children of its predecessor and of orphaned ones. */
void shard_rekey_adopt(struct shard_sa *sa);

/* A newer child is in the place of this one, which ends when what is still on its way has come. */
void shard_rekey_replace(struct shard_child *old);

/* A child is complete: what it replaces has its end. */
void shard_rekey_completed2(struct shard_child *child);

/* An exchange is gone. The ISAKMP SA's children find an heir, if there is one. */
void shard_rekey_disposed1(struct shard_sa *sa);
void shard_rekey_disposed2(struct shard_child *child);

/* The ISAKMP SA of the same peer that is to have the children of this one, or NULL. */
struct shard_sa *shard_rekey_heir(const struct shard_sa *sa);

#endif
