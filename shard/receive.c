/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/receive.h"

#include <stdlib.h>
#include <string.h>

#include "shard/endpoint.h"
#include "shard/event.h"
#include "shard/keep/revive.h"
#include "shard/lease.h"

struct ring_datagram *shard_datagram_copy(const struct ring_datagram *datagram)
{
    struct ring_datagram *copy = malloc(sizeof(*copy) + datagram->size);
    if (!copy)
        return NULL;
    *copy = *datagram;
    copy->data = memcpy(copy + 1, datagram->data, datagram->size);
    return copy;
}

void shard_take(struct shard *shard, const struct ring_datagram *datagram)
{
    if (!shard_revive_keep(shard, datagram))
        shard_receive(shard, datagram);
}

void shard_receive(struct shard *shard, const struct ring_datagram *datagram)
{
    const bool marker = shard->daemon->port_nat_t && datagram->socket % 2;
    const x4s_net_link link = shard_link_of(datagram, marker);
    shard_residence_arrive(&shard->residence, datagram);
    shard_event_datagram(shard, &link, datagram->data, datagram->size);
    if (x4_charon_recv(shard->charon, &link, datagram->data, datagram->size) ==
        x4c_ike_config_later)
        shard_lease_wait(shard, datagram);
    shard_residence_settle(&shard->residence, datagram);
}
