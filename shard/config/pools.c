/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

#define POOL_MAX (UINT32_C(1) << 24)
#define ITEMS_MAX                                                                                  \
    (x4c_ike_cfg_max / 2)  /* attributes of a pool; an answer has addresses as well                \
                            */
#define SUBNET_SIZE_MAX 17 /* an IPv6 address and the length of a prefix */
#define SPLIT_SIZE                                                                                 \
    14 /* address, mask, and six bytes that some clients take for protocol and ports */

/* pools.NAME, as it is written. */
struct raw_pool {
    struct hub_addresses addrs;
    struct hub_static_lease *statics;
    size_t static_count;
    x4s_ike_cfg_item items[ITEMS_MAX];
    size_t count;
};

/* ------------------------------------------------------------------ attributes */

/* Attribute types for IPv4 and IPv6; 0: there is none. */
struct attribute {
    uint16_t ip4;
    uint16_t ip6;
};

static const struct attribute dns = {x4c_ike_cfg_ip4_dns, x4c_ike_cfg_ip6_dns};
static const struct attribute nbns = {x4c_ike_cfg_ip4_nbns, x4c_ike_cfg_ip6_nbns};
static const struct attribute dhcp = {x4c_ike_cfg_ip4_dhcp, x4c_ike_cfg_ip6_dhcp};
static const struct attribute netmask = {x4c_ike_cfg_ip4_netmask, x4c_ike_cfg_ip6_netmask};
static const struct attribute server = {x4c_ike_cfg_ip4_server, x4c_ike_cfg_ip6_server};
static const struct attribute subnet = {x4c_ike_cfg_ip4_subnet, x4c_ike_cfg_ip6_subnet};
static const struct attribute split_include = {x4c_ike_cfg_unity_split_include, 0};
static const struct attribute split_exclude = {x4c_ike_cfg_unity_split_exclude, 0};

/* Copies the value. */
static bool add_item(struct hub_reading *reading, struct raw_pool *raw, uint16_t type,
                     const void *value, size_t len)
{
    const char *copy = hub_arena_text(reading->arena, value, len);
    if (!copy)
        return false;
    if (raw->count == ITEMS_MAX)
        return hub_expected(reading, "expected at most %d attributes of a pool", ITEMS_MAX);
    raw->items[raw->count++] = (x4s_ike_cfg_item){
        .type = type,
        .value = {(const uint8_t *)copy, len},
    };
    return true;
}

static bool read_servers(struct hub_reading *reading, void *field)
{
    const struct attribute *attribute = reading->about;
    struct hub_addr_list list;
    if (!hub_read_addr_list(reading, &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        const x4s_net_addr *addr = &list.list[i];
        const bool ip4 = addr->family == x4c_net_ipv4;
        if (!add_item(reading, field, ip4 ? attribute->ip4 : attribute->ip6, addr->ip,
                      x4_net_addr_size(addr->family)))
            return false;
    }
    return true;
}

/* The prefix of a subnet, or -1 where the range is none. */
static int prefix_of(const x4s_net_selector *range)
{
    x4s_net_addr addr = {.family = range->family};
    const unsigned bits = (unsigned)x4_net_addr_size(range->family) * 8;
    memcpy(addr.ip, range->from, sizeof(addr.ip));
    for (unsigned prefix = 0; prefix <= bits; prefix++) {
        x4s_net_selector block;
        if (x4_net_selector_from_prefix(&addr, prefix, &block) &&
            !memcmp(block.from, range->from, sizeof(block.from)) &&
            !memcmp(block.to, range->to, sizeof(block.to)))
            return (int)prefix;
    }
    return -1;
}

/* Address and mask of an IPv4 subnet, or address and prefix length: how long it is. */
static size_t write_subnet(const x4s_net_selector *range, int prefix, uint8_t out[SUBNET_SIZE_MAX])
{
    const size_t len = x4_net_addr_size(range->family);
    memcpy(out, range->from, len);
    if (range->family == x4c_net_ipv6) {
        out[len] = (uint8_t)prefix;
        return len + 1;
    }
    for (size_t i = 0; i < len; i++)
        out[len + i] = (uint8_t) ~(range->from[i] ^ range->to[i]);
    return 2 * len;
}

static bool read_subnets(struct hub_reading *reading, void *field)
{
    const struct attribute *attribute = reading->about;
    struct hub_addresses list;
    if (!hub_read_addresses(reading, &list))
        return false;
    for (size_t i = 0; i < list.range_count; i++) {
        const x4s_net_selector *range = &list.ranges[i];
        const bool ip4 = range->family == x4c_net_ipv4;
        const int prefix = prefix_of(range);
        uint8_t value[SUBNET_SIZE_MAX];
        if (prefix < 0)
            return hub_expected(reading, "expected subnets");
        if (!add_item(reading, field, ip4 ? attribute->ip4 : attribute->ip6, value,
                      write_subnet(range, prefix, value)))
            return false;
    }
    return true;
}

/* Cisco's clients take one attribute with all of them. */
static bool read_split(struct hub_reading *reading, void *field)
{
    const struct attribute *attribute = reading->about;
    struct hub_addresses list;
    if (!hub_read_addresses(reading, &list))
        return false;
    uint8_t *value = hub_arena_alloc(reading->arena, list.range_count * SPLIT_SIZE);
    if (!value)
        return false;
    for (size_t i = 0; i < list.range_count; i++) {
        uint8_t entry[SUBNET_SIZE_MAX] = {0};
        const int prefix = prefix_of(&list.ranges[i]);
        if (list.ranges[i].family != x4c_net_ipv4 || prefix < 0)
            return hub_expected(reading, "expected IPv4 subnets");
        write_subnet(&list.ranges[i], prefix, entry);
        memcpy(value + i * SPLIT_SIZE, entry, SPLIT_SIZE);
    }
    return !list.range_count ||
           add_item(reading, field, attribute->ip4, value, list.range_count * SPLIT_SIZE);
}

/* The option's name is the type: addresses, or else a text as it is. */
static bool read_numbered(struct hub_reading *reading, void *field)
{
    const unsigned long type = strtoul(reading->name, NULL, 10);
    const struct attribute attribute = {(uint16_t)type, (uint16_t)type};
    struct hub_reading addresses = *reading;
    struct hub_addr_list list;
    addresses.about = &attribute;
    if (type < 1 || type > INT16_MAX || strlen(reading->name) > 5)
        return hub_expected(reading, "expected the type of an attribute, from 1 to %d", INT16_MAX);
    if (hub_read_addr_list(&addresses, &list))
        return read_servers(&addresses, field);
    return add_item(reading, field, (uint16_t)type, reading->text, strlen(reading->text));
}

static const struct hub_option options[] = {
    {"addrs", hub_read_addresses, offsetof(struct raw_pool, addrs), NULL},
    {"dns", read_servers, 0, &dns},
    {"nbns", read_servers, 0, &nbns},
    {"dhcp", read_servers, 0, &dhcp},
    {"netmask", read_servers, 0, &netmask},
    {"server", read_servers, 0, &server},
    {"subnet", read_subnets, 0, &subnet},
    {"split_include", read_split, 0, &split_include},
    {"split_exclude", read_split, 0, &split_exclude},
    {"#", read_numbered, 0, NULL},
};

/* ------------------------------------------------------------------ static leases */

/* static.NAME, as it is written. */
struct raw_static {
    struct hub_identity id;
    struct hub_addr_list addr;
};

static const struct hub_option static_options[] = {
    {"id", hub_read_identity, offsetof(struct raw_static, id), NULL},
    {"addr", hub_read_addr_list, offsetof(struct raw_static, addr), NULL},
};

static const struct hub_schema static_schema = {
    .options = static_options,
    .option_count = x4m_countof(static_options),
};

static void read_static(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct raw_pool *pool = target;
    struct raw_static raw = {0};
    hub_schema_read(build, &static_schema, section, &raw);
    if (raw.id.kind != HUB_IDENTITY_EXACT)
        hub_schema_error(build, section, "id", "expected one identity");
    if (raw.addr.count != 1)
        hub_schema_error(build, section, "addr", "expected one address");
    if (raw.id.kind != HUB_IDENTITY_EXACT || raw.addr.count != 1)
        return;
    pool->statics[pool->static_count++] = (struct hub_static_lease){
        .owner = raw.id.id.data,
        .addr = raw.addr.list[0],
    };
}

static const struct hub_subsection each_static[] = {{"*", read_static, NULL}};

static const struct hub_schema statics_schema = {
    .sections = each_static,
    .section_count = x4m_countof(each_static),
};

static void read_statics(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    struct raw_pool *raw = target;
    raw->statics = hub_arena_array(build->arena, hub_schema_count(section), sizeof(*raw->statics));
    if (raw->statics)
        hub_schema_read(build, &statics_schema, section, raw);
}

static int compare_chunks(x4s_chunk a, x4s_chunk b)
{
    const int order = memcmp(a.data, b.data, x4m_min(a.len, b.len));
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_statics(const void *a, const void *b)
{
    const struct hub_static_lease *first = a;
    const struct hub_static_lease *second = b;
    return compare_chunks(first->owner, second->owner);
}

static void set_statics(struct hub_build *build, const struct settings_section *section,
                        const struct raw_pool *raw, struct hub_pool *pool)
{
    for (size_t i = 0; i < raw->static_count; i++) {
        const x4s_net_addr *addr = &raw->statics[i].addr;
        if (addr->family != pool->range.family || x4_net_selector_has_addr(&pool->range, addr))
            hub_schema_error(build, section, "addrs",
                             "expected the addresses of section static to be of the same kind and "
                             "outside of these");
    }
    if (raw->static_count)
        qsort(raw->statics, raw->static_count, sizeof(*raw->statics), compare_statics);
    for (size_t i = 1; i < raw->static_count; i++)
        if (!compare_statics(&raw->statics[i - 1], &raw->statics[i]))
            hub_schema_error(build, section, "static", "expected each identity once");
    pool->statics = raw->statics;
    pool->static_count = raw->static_count;
}

const x4s_net_addr *hub_pool_static(const struct hub_pool *pool, x4s_chunk owner)
{
    const struct hub_static_lease wanted = {.owner = owner};
    const struct hub_static_lease *found = pool->static_count
                                               ? bsearch(&wanted, pool->statics, pool->static_count,
                                                         sizeof(*pool->statics), compare_statics)
                                               : NULL;
    return found ? &found->addr : NULL;
}

/* ------------------------------------------------------------------ the section */

static const struct hub_subsection pool_sections[] = {{"static", read_statics, NULL}};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = pool_sections,
    .section_count = x4m_countof(pool_sections),
};

static x4s_ike_cfg attributes_of(struct hub_build *build, const struct raw_pool *raw)
{
    x4s_ike_cfg_item *items = hub_arena_array(build->arena, raw->count, sizeof(*items));
    if (!items)
        return (x4s_ike_cfg){0};
    memcpy(items, raw->items, raw->count * sizeof(*items));
    return (x4s_ike_cfg){items, raw->count};
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
    const bool spare = range->family == x4c_net_ipv4 && prefix_of(range) >= 0 && size_of(range) > 2;
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
    set_statics(build, section, &raw, pool);
    pool->attributes = attributes_of(build, &raw);
}

static const struct hub_subsection sections[] = {{"*", read_pool, NULL}};

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
