/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

/* ikehub.shared_nets.NAME, as it is written. */
struct raw_net {
    struct hub_addresses addrs;
    uint32_t half_open;
};

#define FIELD(member) offsetof(struct raw_net, member)

static const struct hub_bounds count_bounds = {1, 10000000};

static const struct hub_option options[] = {
    {"addrs", hub_read_addresses, FIELD(addrs), NULL},
    {"init_limit_half_open", hub_read_number, FIELD(half_open), &count_bounds},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

struct net_list {
    x4s_ike_shared_net items[x4c_ike_shared_nets_max];
    size_t count;
};

static void add(struct hub_build *build, const struct settings_section *section,
                const x4s_net_selector *range, uint32_t half_open, struct net_list *list)
{
    const int bits = x4_net_selector_prefix(range);
    if (bits < 0) {
        hub_schema_error(build, section, "addrs", "expected addresses and subnets");
        return;
    }
    if (list->count == x4m_countof(list->items)) {
        hub_schema_error(build, section, "addrs", "expected no more than %zu subnets in all",
                         x4m_countof(list->items));
        return;
    }
    x4s_ike_shared_net *net = &list->items[list->count++];
    net->addr.family = range->family;
    memcpy(net->addr.ip, range->from, sizeof(net->addr.ip));
    net->bits = (uint8_t)bits;
    net->half_open = half_open;
}

static void read_net(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct raw_net raw = {0};
    hub_schema_read(build, &schema, section, &raw);
    if (raw.addrs.any || !hub_schema_value(section, "addrs"))
        hub_schema_error(build, section, "addrs", "expected addresses and subnets");
    if (!hub_schema_value(section, "init_limit_half_open"))
        hub_schema_error(build, section, "init_limit_half_open", "expected a number");
    for (size_t i = 0; i < raw.addrs.range_count; i++)
        add(build, section, &raw.addrs.ranges[i], raw.half_open, target);
}

static const struct hub_subsection sections[] = {{"*", read_net, NULL}};

static const struct hub_schema nets_schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

void hub_config_read_shared_nets(struct hub_build *build, const struct settings_section *nets,
                                 x4s_ike_limits *limits)
{
    struct net_list list = {0};
    hub_schema_read(build, &nets_schema, nets, &list);
    x4s_ike_shared_net *items = hub_arena_array(build->arena, list.count, sizeof(*items));
    if (!items)
        return;
    memcpy(items, list.items, list.count * sizeof(*items));
    limits->shared_nets = items;
    limits->shared_net_count = list.count;
}
