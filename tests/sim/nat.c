/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/nat.h"

#include "tests/sim/check.h"

static uint16_t port_for(struct sim_nat *nat, uint16_t inside)
{
    if (nat->forwards)
        return inside;
    for (unsigned i = 0; i < nat->count; i++) {
        if (nat->ports[i].inside == inside)
            return nat->ports[i].outside;
    }
    sim_check(nat->count < SIM_NAT_PORTS_MAX, "port %u", inside);
    nat->ports[nat->count].inside = inside;
    return nat->ports[nat->count++].outside = ++nat->last_port;
}

x4s_net_addr sim_nat_out(struct sim_nat *nat, const x4s_net_addr *source)
{
    sim_check(x4_net_addr_same_ip(source, &nat->inside), "not from inside");
    x4s_net_addr translated = nat->outside;
    translated.port = port_for(nat, source->port);
    return translated;
}

static uint16_t port_of(const struct sim_nat *nat, uint16_t outside)
{
    if (nat->forwards)
        return outside;
    for (unsigned i = 0; i < nat->count; i++) {
        if (nat->ports[i].outside == outside)
            return nat->ports[i].inside;
    }
    return 0;
}

bool sim_nat_in(const struct sim_nat *nat, const x4s_net_addr *destination, x4s_net_addr *inside)
{
    *inside = nat->inside;
    inside->port = port_of(nat, destination->port);
    return inside->port && x4_net_addr_same_ip(destination, &nat->outside);
}

void sim_nat_rebind(struct sim_nat *nat)
{
    nat->count = 0;
}

void sim_nat_move(struct sim_nat *nat)
{
    nat->outside.ip[2]++;
}
