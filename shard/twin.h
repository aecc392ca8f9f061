/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_TWIN_H
#define SHARD_TWIN_H

/*
 * Twins: SAs for the same that both sides began at once, because both were told to start, or both
 * found that the time to replace an old one had come. IKEv1 does not say which of them stays; left
 * alone both would, and be replaced again and again, and if each side ended the one that came up
 * first there, none might be left.
 *
 * So the one stays that both sides can tell: of ISAKMP SAs the one with the greater cookies, of
 * children the one with the greater SPIs. Who began the other one ends it; where the peer does not
 * know this rule, we do so somewhat later.
 *
 * Twins have opposite roles, and each was begun before the other was complete. What the peer begins
 * when ours is there is no twin: it replaces ours, or has a reason of its own.
 */

#include "shard/news.h"

bool shard_twin_is(const struct shard_sa *a, const struct shard_sa *b);

/* The same where the other one is another shard's; whether it is this one that ends. */
bool shard_twin_is_abroad(const struct shard_sa *sa, const struct shard_sa_name *name);
bool shard_twin_loses(const struct shard_sa *sa, const struct shard_sa_name *name);

/* It is: it ends when what is still on its way under it has come. */
void shard_twin_end_later(struct shard_sa *loser);

/* An ISAKMP SA is complete: of it and its twin one gets its end, and the children go over. */
void shard_twin_settle(struct shard_sa *sa);

/* A child is complete. */
void shard_twin_settle_child(struct shard_child *child);

/* One that was to stay is gone, by the peer's wish: its twin, if it is still there, stays. */
void shard_twin_revive(const struct shard_sa *gone);
void shard_twin_revive_abroad(struct shard_peer *peer, const struct shard_sa_name *gone);
void shard_twin_revive_child(const struct shard_child *gone);

#endif
