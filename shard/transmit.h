/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_TRANSMIT_H
#define SHARD_TRANSMIT_H

/*
 * Datagrams of libike's onto the ring. One that finds no room is lost, which the ring counts and
 * retransmission makes good.
 */

#include "shard/state.h"

void shard_transmit(struct shard *shard, const x4s_net_link *link, const void *data, size_t len);

/* A NAT keepalive, to keep the mapping of a NAT before us (RFC 3948 2.3). */
void shard_transmit_keepalive(struct shard *shard, const x4s_net_link *link);

#endif
