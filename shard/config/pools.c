/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

#define SPLIT_SIZE                                                                                 \
    14 /* address, mask, and six bytes that some clients take for protocol and ports */
#define POOL_MAX (UINT32_C(1) << 24)

/* pools.NAME, as it is written. */
struct raw_pool {
    struct hub_addresses addrs;
    struct hub_addr_list dns;
    struct hub_addr_list nbns;
    struct hub_addresses split_include;
    struct hub_addresses split_exclude;
};

#define FIELD(member) offsetof(struct raw_pool, member)

static const struct hub_option options[] = {
    {"addrs", hub_read_addresses, FIELD(addrs), NULL},
    {"dns", hub_read_addr_list, FIELD(dns), NULL},
    {"nbns", hub_read_addr_list, FIELD(nbns), NULL},
    {"split_include", hub_read_addresses, FIELD(split_include), NULL},
    {"split_exclude", hub_read_addresses, FIELD(split_exclude), NULL},
    {"dhcp", NULL, 0, NULL},
    {"netmask", NULL, 0, NULL},
    {"server", NULL, 0, NULL},
    {"subnet", NULL, 0, NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

/* ------------------------------------------------------------------ attributes */

struct item_list {
    x4s_ike_cfg_item *items;
    size_t count;
};

static void add_servers(struct item_list *list, const struct hub_addr_list *servers, uint16_t ip4,
                        uint16_t ip6)
{
    for (size_t i = 0; i < servers->count; i++) {
        const x4s_net_addr *addr = &servers->list[i];
        list->items[list->count++] = (x4s_ike_cfg_item){
            .type = addr->family == x4c_net_ipv4 ? ip4 : ip6,
            .value = {addr->ip, x4_net_addr_size(addr->family)},
        };
    }
}

static bool is_subnet(const x4s_net_selector *range)
{
    x4s_net_addr addr = {.family = range->family};
    memcpy(addr.ip, range->from, sizeof(addr.ip));
    for (unsigned prefix = 0; prefix <= 32; prefix++) {
        x4s_net_selector block;
        if (x4_net_selector_from_prefix(&addr, prefix, &block) &&
            !memcmp(block.from, range->from, 4) && !memcmp(block.to, range->to, 4))
            return true;
    }
    return false;
}

static void add_split(struct hub_build *build, const struct settings_section *section,
                      struct item_list *list, const char *option,
                      const struct hub_addresses *subnets, uint16_t type)
{
    if (!subnets->range_count)
        return;
    uint8_t *value = hub_arena_alloc(build->arena, subnets->range_count * SPLIT_SIZE);
    if (!value)
        return;
    for (size_t i = 0; i < subnets->range_count; i++) {
        const x4s_net_selector *range = &subnets->ranges[i];
        uint8_t *entry = value + i * SPLIT_SIZE;
        if (range->family != x4c_net_ipv4 || !is_subnet(range)) {
            hub_schema_error(build, section, option, "expected IPv4 subnets");
            return;
        }
        memcpy(entry, range->from, 4);
        for (size_t k = 0; k < 4; k++)
            entry[4 + k] = (uint8_t) ~(range->from[k] ^ range->to[k]);
    }
    list->items[list->count++] =
        (x4s_ike_cfg_item){.type = type, .value = {value, subnets->range_count * SPLIT_SIZE}};
}

static x4s_ike_cfg attributes_of(struct hub_build *build, const struct settings_section *section,
                                 const struct raw_pool *raw)
{
    const size_t most = raw->dns.count + raw->nbns.count + 2;
    struct item_list list = {
        .items = hub_arena_array(build->arena, most, sizeof(*list.items)),
    };
    if (most > x4c_ike_cfg_max / 2)
        hub_schema_error(build, section, "dns", "expected fewer servers");
    else if (list.items) {
        add_servers(&list, &raw->dns, x4c_ike_cfg_ip4_dns, x4c_ike_cfg_ip6_dns);
        add_servers(&list, &raw->nbns, x4c_ike_cfg_ip4_nbns, x4c_ike_cfg_ip6_nbns);
        add_split(build, section, &list, "split_include", &raw->split_include,
                  x4c_ike_cfg_unity_split_include);
        add_split(build, section, &list, "split_exclude", &raw->split_exclude,
                  x4c_ike_cfg_unity_split_exclude);
    }
    return (x4s_ike_cfg){list.items, list.count};
}

/* ------------------------------------------------------------------ addresses */

/* How many addresses there are, or 0 for too many; of IPv6 the last four bytes count. */
static uint32_t size_of(const x4s_net_selector *range)
{
    const size_t len = range->family == x4c_net_ipv4 ? 4 : 16;
    uint32_t from = 0;
    uint32_t to = 0;
    if (memcmp(range->from, range->to, len - 4) != 0)
        return 0;
    for (size_t i = len - 4; i < len; i++) {
        from = from << 8 | range->from[i];
        to = to << 8 | range->to[i];
    }
    return to - from < POOL_MAX ? to - from + 1 : 0;
}

/* A subnet's own address and its broadcast address are no host's. */
static void set_addresses(struct hub_build *build, const struct settings_section *section,
                          const struct raw_pool *raw, struct hub_pool *pool)
{
    const struct hub_addresses *addrs = &raw->addrs;
    const x4s_net_selector *range = addrs->ranges;
    if (addrs->any || addrs->range_count != 1 || !size_of(range)) {
        hub_schema_error(build, section, "addrs",
                         "expected one subnet or range of at most 16,777,216 addresses");
        return;
    }
    const bool spare = range->family == x4c_net_ipv4 && is_subnet(range) && size_of(range) > 2;
    pool->range = *range;
    pool->first = spare ? 1 : 0;
    pool->size = size_of(range) - (spare ? 2 : 0);
}

/* ------------------------------------------------------------------ reading */

struct pool_list {
    struct hub_pool *items;
    size_t count;
};

static void read_pool(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct pool_list *list = target;
    struct raw_pool raw = {0};
    hub_schema_read(build, &schema, section, &raw);
    struct hub_pool *pool = &list->items[list->count];
    *pool = (struct hub_pool){
        .name = hub_arena_text(build->arena, section->name, strlen(section->name)),
        .config = build->config,
        .index = list->count++,
    };
    set_addresses(build, section, &raw, pool);
    pool->attributes = attributes_of(build, section, &raw);
}

static const struct hub_subsection sections[] = {{"*", read_pool}};

static const struct hub_schema pools_schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

void hub_config_read_pools(struct hub_build *build, const struct settings_section *pools)
{
    if (!pools)
        return;
    struct pool_list list = {
        .items = hub_arena_array(build->arena, hub_schema_count(pools), sizeof(*list.items)),
    };
    if (!list.items)
        return;
    hub_schema_read(build, &pools_schema, pools, &list);
    build->config->pools = list.items;
    build->config->pool_count = list.count;
}

const struct hub_pool *hub_config_pool(const struct hub_config *config, const char *name)
{
    for (size_t i = 0; i < config->pool_count; i++)
        if (!strcmp(config->pools[i].name, name))
            return &config->pools[i];
    return NULL;
}
