/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RECEIVE_H
#define SHARD_RECEIVE_H

/*
 * A datagram's way from the ring into libike.
 */

#include "shard/state.h"

/* A copy in one allocation (malloc) with its data, or NULL. */
struct ring_datagram *shard_datagram_copy(const struct ring_datagram *datagram);

/* Feeds a datagram that is this shard's. */
void shard_receive(struct shard *shard, const struct ring_datagram *datagram);

/* The same, but while records are read the datagram waits (shard/keep/revive.h). */
void shard_take(struct shard *shard, const struct ring_datagram *datagram);

#endif
