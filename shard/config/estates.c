/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

/* ikehub.store.estates.NAME, as it is written. */
struct raw_estate {
    struct hub_addr_list addresses;
};

static const struct hub_option options[] = {
    {"addresses", hub_read_addr_list, offsetof(struct raw_estate, addresses), NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

struct estate_list {
    struct hub_estate *items;
    size_t count;
};

static bool has_address(const struct estate_list *list, const x4s_net_addr *address)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < list->items[i].address_count; k++)
            if (x4_net_addr_same_ip(&list->items[i].addresses[k], address))
                return true;
    return false;
}

static void add_addresses(struct hub_build *build, const struct settings_section *section,
                          struct estate_list *list, const struct hub_addr_list *addresses)
{
    struct hub_estate *estate = &list->items[list->count];
    if (addresses->count > HUB_ESTATE_ADDRESSES_MAX) {
        hub_schema_error(build, section, "addresses", "expected up to %d addresses",
                         HUB_ESTATE_ADDRESSES_MAX);
        return;
    }
    for (size_t i = 0; i < addresses->count; i++) {
        if (has_address(list, &addresses->list[i]))
            hub_schema_error(build, section, "addresses",
                             "expected addresses that no other estate has");
        estate->addresses[estate->address_count++] = addresses->list[i];
    }
}

static void read_estate(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct estate_list *list = target;
    struct raw_estate raw = {0};
    hub_schema_read(build, &schema, section, &raw);
    if (!hub_config_is_node(section->name) || list->count == HUB_ESTATES_MAX) {
        hub_schema_error(build, section, "estates",
                         "expected up to %d names of up to %d letters, digits and characters of "
                         "-_.",
                         HUB_ESTATES_MAX, STORE_ESTATE_MAX);
        return;
    }
    struct hub_estate *estate = &list->items[list->count];
    snprintf(estate->name, sizeof(estate->name), "%s", section->name);
    add_addresses(build, section, list, &raw.addresses);
    list->count++;
}

static const struct hub_subsection sections[] = {{"*", read_estate, NULL}};

static const struct hub_schema list_schema = {
    .sections = sections,
    .section_count = x4m_countof(sections),
};

static bool find_home(const struct estate_list *list, struct hub_store *store)
{
    for (store->home = 0; store->home < list->count; store->home++)
        if (strcmp(list->items[store->home].name, store->node) == 0)
            return true;
    store->home = 0;
    return false;
}

void hub_config_read_estates(struct hub_build *build, const struct settings_section *section,
                             struct hub_store *store)
{
    struct estate_list list = {
        .items = hub_arena_array(build->arena, HUB_ESTATES_MAX, sizeof(*list.items)),
    };
    if (!list.items)
        return;
    hub_schema_read(build, &list_schema, section, &list);
    if (!find_home(&list, store))
        hub_schema_error(build, section, "estates", "expected one that is called %s, as this node",
                         store->node);
    store->estates = list.items;
    store->estate_count = list.count;
}
