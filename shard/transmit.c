/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/transmit.h"

#include "shard/endpoint.h"

void shard_transmit(struct shard *shard, const x4s_net_link *link, const void *data, size_t len)
{
    if (shard->mute || !shard_estates_speak(&shard->estates, &link->local))
        return;
    const struct ring_addr local = shard_addr_to_ring(&link->local);
    const struct ring_addr remote = shard_addr_to_ring(&link->remote);
    shard_residence_answer(&shard->residence, data);
    (void)ring_send(shard->ring, link->socket, &local, &remote, data, len);
}

void shard_transmit_keepalive(struct shard *shard, const x4s_net_link *link)
{
    if (shard->mute || !shard_estates_speak(&shard->estates, &link->local))
        return;
    const struct ring_addr local = shard_addr_to_ring(&link->local);
    const struct ring_addr remote = shard_addr_to_ring(&link->remote);
    (void)ring_send_keepalive(shard->ring, link->socket, &local, &remote); /* req 3948-2.3-1 */
}
