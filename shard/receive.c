/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/receive.h"

#include "shard/endpoint.h"

void shard_receive(struct shard *shard, const struct ring_datagram *datagram)
{
    const bool marker = shard->daemon->port_nat_t && datagram->socket % 2;
    const x4s_net_link link = shard_link_of(datagram, marker);
    x4_charon_recv(shard->charon, &link, datagram->data, datagram->size);
}
