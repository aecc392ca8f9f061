/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_STRAY_H
#define SHARD_STRAY_H

/*
 * Deletes that stray: a peer deletes an SA under an ISAKMP SA of a shard that does not have it.
 * Children go to where the peer's newest ISAKMP SA is (shard/relocate.h), and what the peer has
 * sent before it knew that one comes to where they were, or to where they have not come yet.
 *
 * Where a child has left its trail the Delete follows it; letters stay in order, so that it comes
 * after the child. Else, while the ISAKMP SA is young enough for children to be on their way to it,
 * all shards are asked. An ISAKMP SA that is deleted under another one is looked for where its
 * cookie steers to.
 *
 * A trail is eight bytes of a table of fixed size, made when the first child leaves; a newer trail
 * may take the place of an older one.
 */

#include <stdint.h>

#include "shard/peer.h"

/* A child that the peer receives on with `spi_out` went to the shard `to`, or came from another. */
void shard_stray_left(struct shard *shard, uint32_t spi_out, uint32_t to);
void shard_stray_came(struct shard *shard, uint32_t spi_out);

/* The peer of the ISAKMP SA deletes what is not here: arguments as of ph1_missed. */
void shard_stray_delete(struct shard_sa *sa, uint8_t protocol, x4s_chunk spi);

void shard_stray_fini(struct shard *shard);

#endif
