/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RELOCATE_H
#define SHARD_RELOCATE_H

/*
 * Children that go to another shard, to an ISAKMP SA of the same peer. The pair of IPsec SAs stays
 * where it is in the kernel; libike here forgets it without a word to the peer, and libike there
 * resumes it.
 */

#include "shard/news.h"

/*
 * Sends the completed children of an ISAKMP SA or of an orphaned one to `heir`; those that are just
 * being replaced stay. The SA may be freed.
 */
void shard_relocate_children(struct shard_sa *sa, const struct shard_sa_name *heir);

/*
 * Both sides may begin a child for the same traffic at different shards, so that neither is known
 * where the other is begun. A child is complete, or has come: of it and such another one, which is
 * no twin by the times, the older ends.
 */
void shard_relocate_settle(struct shard_child *child);

#endif
