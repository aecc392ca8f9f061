/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEPALIVE_H
#define SHARD_KEEPALIVE_H

/*
 * NAT keepalives (RFC 3948 4): while a NAT lies before us one byte goes to the peer at intervals,
 * so that the NAT does not forget where its packets belong. They go on for as long as there are
 * children, whose packets need the mapping as well.
 */

#include "shard/peer.h"

/* Does nothing where the configuration wants none, or when they are being sent already. */
void shard_keepalive_start(struct shard_sa *sa);

/* The SA's memory goes. */
void shard_keepalive_stop(struct shard_sa *sa);

#endif
