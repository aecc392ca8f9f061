/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/network.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"

static struct sim_datagram *datagram_new(const x4s_net_addr *from, const x4s_net_addr *to,
                                         const void *data, size_t len)
{
    struct sim_datagram *datagram = calloc(1, sizeof(*datagram) + len);
    sim_check(datagram, "%zu bytes", len);
    datagram->from = *from;
    datagram->to = *to;
    datagram->len = len;
    memcpy(datagram->data, data, len);
    return datagram;
}

struct sim_datagram *sim_datagram_copy(const struct sim_datagram *datagram)
{
    return datagram_new(&datagram->from, &datagram->to, datagram->data, datagram->len);
}

static void enqueue(struct sim_network *network, x4_msec now, struct sim_datagram *datagram)
{
    x4_msec spread = network->delay_max_ms - network->delay_min_ms;
    datagram->due = now + network->delay_min_ms + sim_random_below(&network->random, spread + 1);
    struct sim_datagram **at = &network->queue;
    while (*at && (*at)->due <= datagram->due)
        at = &(*at)->next;
    datagram->next = *at;
    *at = datagram;
}

void sim_network_send(struct sim_network *network, x4_msec now, const x4s_net_addr *from,
                      const x4s_net_addr *to, const void *data, size_t len)
{
    struct sim_datagram *datagram = datagram_new(from, to, data, len);
    network->sent++;
    bool swallowed = network->tap && !network->tap(network->tap_context, datagram);
    if (swallowed || sim_random_chance(&network->random, network->loss_pct)) {
        network->lost++;
        free(datagram);
        return;
    }
    if (sim_random_chance(&network->random, network->duplicate_pct))
        enqueue(network, now, sim_datagram_copy(datagram));
    enqueue(network, now, datagram);
}

x4_msec sim_network_next(const struct sim_network *network)
{
    return network->queue ? network->queue->due : x4c_never;
}

struct sim_datagram *sim_network_take(struct sim_network *network, x4_msec now)
{
    struct sim_datagram *datagram = network->queue;
    if (!datagram || datagram->due > now)
        return NULL;
    network->queue = datagram->next;
    return datagram;
}

void sim_network_clear(struct sim_network *network)
{
    struct sim_datagram *datagram;
    while ((datagram = sim_network_take(network, x4c_never)))
        free(datagram);
}
