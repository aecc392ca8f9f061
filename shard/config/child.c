/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "shard/config/kernel_options.h"
#include "shard/config/sections.h"
#include "shard/config/value.h"

#define CHILD_REKEY_SEC 3600u /* swanctl.conf's default, 1h */

/* What is written, with the defaults until then. */
struct raw_child {
    struct hub_traffic local;
    struct hub_traffic remote;
    struct hub_transforms2 esp;
    struct hub_transforms2 ah;
    unsigned mode;
    unsigned start;
    unsigned dpd;
    struct hub_time rekey_time;
    struct hub_time life_time;
    struct hub_time rand_time;
    struct hub_bytes rekey_bytes;
    struct hub_bytes life_bytes;
    struct hub_bytes rand_bytes;
    bool sha256_96;
    bool ipcomp;
    struct hub_kernel_raw kernel;
};

struct child_list {
    struct hub_child *items;
    size_t count;
    struct hub_connection *connection;
    const struct hub_interfaces *interfaces;
};

static const struct hub_word modes[] = {
    {"tunnel", x4c_ike_tunnel},
    {"transport", x4c_ike_transport},
    {NULL, 0},
};

enum { START = 1, TRAP = 2 };

static const struct hub_word start_actions[] = {
    {"none", 0}, {"start", START}, {"trap", TRAP}, {"trap|start", START | TRAP}, {NULL, 0},
};

/* "start" is the newer name of "restart". */
static const struct hub_word dpd_actions[] = {
    {"none", 0}, {"clear", 0}, {"restart", 1}, {"start", 1}, {"trap", 0}, {NULL, 0},
};

static bool read_dpd_action(struct hub_reading *reading, void *field)
{
    if (!hub_read_word(reading, field))
        return false;
    if (!strncmp(reading->text, "trap", 4))
        hub_note(reading, "a trap stays when the peer is dead; without start_action = trap there "
                          "is none");
    return true;
}

#define FIELD(member) offsetof(struct raw_child, member)

#define NO_LABEL "IKEv1 negotiates no security labels"

static const struct hub_option options[] = {
    {"local_ts", hub_read_traffic, FIELD(local), NULL},
    {"remote_ts", hub_read_traffic, FIELD(remote), NULL},
    {"esp_proposals", hub_read_esp_proposals, FIELD(esp), NULL},
    {"ah_proposals", hub_read_ah_proposals, FIELD(ah), NULL},
    {"mode", hub_read_word, FIELD(mode), modes},
    {"start_action", hub_read_word, FIELD(start), start_actions},
    {"rekey_time", hub_read_time, FIELD(rekey_time), NULL},
    {"life_time", hub_read_time, FIELD(life_time), NULL},
    {"rand_time", hub_read_time, FIELD(rand_time), NULL},
    {"life_bytes", hub_read_bytes, FIELD(life_bytes), NULL},
    {"close_action", HUB_IGNORE("none|clear", "what the peer ends is not begun again")},
    {"dpd_action", read_dpd_action, FIELD(dpd), dpd_actions},
    {"rekey_bytes", hub_read_bytes, FIELD(rekey_bytes), NULL},
    {"rand_bytes", hub_read_bytes, FIELD(rand_bytes), NULL},
    {"rekey_packets", hub_read_packets, FIELD(kernel.rekey_packets), NULL},
    {"life_packets", hub_read_packets, FIELD(kernel.life_packets), NULL},
    {"rand_packets", hub_read_packets, FIELD(kernel.rand_packets), NULL},
    {"sha256_96", hub_read_flag, FIELD(sha256_96), NULL},
    {"updown", HUB_IGNORE(NULL, "no script is run")},
    {"hostaccess", HUB_IGNORE("no|false|disabled|0", "no script is run")},
    {"policies", hub_read_flag, FIELD(kernel.policies), NULL},
    {"policies_fwd_out", HUB_IGNORE("no|false|disabled|0", "there are no such policies")},
    {"ipcomp", hub_read_flag, FIELD(ipcomp), NULL},
    {"inactivity", HUB_IGNORE("0|0s", "children do not end for want of traffic")},
    {"reqid", hub_read_number, FIELD(kernel.options.reqid), &hub_any_number_bounds},
    {"priority", hub_read_number, FIELD(kernel.options.priority), &hub_any_number_bounds},
    {"interface", HUB_IGNORE(NULL, "policies are of all interfaces; if_id_in and if_id_out bind "
                                   "them to one of XFRM")},
    {"mark_in", hub_read_mark, FIELD(kernel.options.mark_in), NULL},
    {"mark_in_sa", hub_read_flag, FIELD(kernel.options.mark_in_sa), NULL},
    {"mark_out", hub_read_mark, FIELD(kernel.options.mark_out), NULL},
    {"set_mark_in", hub_read_mark, FIELD(kernel.options.set_mark_in), NULL},
    {"set_mark_out", hub_read_mark, FIELD(kernel.options.set_mark_out), NULL},
    {"if_id_in", hub_read_if_id, FIELD(kernel.options.if_id_in), NULL},
    {"if_id_out", hub_read_if_id, FIELD(kernel.options.if_id_out), NULL},
    {"label", HUB_IGNORE(NULL, NO_LABEL)},
    {"label_mode", HUB_IGNORE("system", NO_LABEL)},
    {"tfc_padding", HUB_IGNORE("0", "IKEv1 cannot agree on it")},
    {"replay_window", hub_read_number, FIELD(kernel.options.replay_window),
     &hub_replay_window_bounds},
    {"hw_offload", HUB_IGNORE("no", "packets are not given to network cards to protect")},
    {"copy_df", hub_read_flag, FIELD(kernel.copy_df), NULL},
    {"copy_ecn", hub_read_flag, FIELD(kernel.copy_ecn), NULL},
    {"copy_dscp", hub_read_word, FIELD(kernel.copy_dscp), hub_copy_dscp_words},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

/* ------------------------------------------------------------------ checks */

static bool is_one_host(const struct hub_traffic *traffic)
{
    const x4s_net_selector *selector = &traffic->selector;
    return traffic->dynamic || memcmp(selector->from, selector->to, sizeof(selector->to)) == 0;
}

static void check_traffic(struct hub_build *build, const struct settings_section *section,
                          const struct raw_child *raw)
{
    if (!raw->local.dynamic && !raw->remote.dynamic &&
        raw->local.selector.family != raw->remote.selector.family)
        hub_schema_error(build, section, "remote_ts",
                         "expected the same kind of addresses as in local_ts, IPv4 or IPv6");
    if (raw->mode == x4c_ike_transport && !(is_one_host(&raw->local) && is_one_host(&raw->remote)))
        hub_schema_error(build, section, "mode",
                         "expected local_ts and remote_ts to be single addresses or dynamic for "
                         "transport");
}

static void check_proposals(struct hub_build *build, const struct settings_section *section,
                            const struct raw_child *raw)
{
    if (raw->ah.count && raw->esp.count)
        hub_schema_error(build, section, "ah_proposals",
                         "expected no esp_proposals beside it: a child is protected by ESP or AH");
}

static void check_start(struct hub_build *build, const struct settings_section *section,
                        const struct raw_child *raw, const struct hub_connection *connection)
{
    if (!raw->start)
        return;
    const x4s_net_addr *local = &connection->local_addrs.first;
    const x4s_net_addr *remote = &connection->remote_addrs.first;
    if (connection->asks_user)
        hub_schema_error(build, section, "start_action",
                         "expected none: a peer whose user is asked begins by itself");
    else if ((raw->start & TRAP) && raw->local.dynamic && !local->family)
        hub_schema_error(build, section, "start_action",
                         "expected an address in local_addrs of connection '%s' for trap, or "
                         "local_ts not to be dynamic",
                         connection->name);
    else if (!remote->family)
        hub_schema_error(build, section, "start_action",
                         "expected an address in remote_addrs of connection '%s' to go to",
                         connection->name);
    else if (local->family && local->family != remote->family)
        hub_schema_error(build, section, "start_action",
                         "expected the first addresses in local_addrs and remote_addrs of "
                         "connection '%s' to be of one kind, IPv4 or IPv6",
                         connection->name);
}

static void check_dpd(struct hub_build *build, const struct settings_section *section,
                      const struct raw_child *raw, const struct hub_connection *connection)
{
    if (raw->dpd && connection->asks_user)
        hub_schema_error(build, section, "dpd_action",
                         "expected clear: a peer whose user is asked begins by itself");
}

/* ------------------------------------------------------------------ from raw to ready */

static void set_lifetimes(struct hub_build *build, const struct settings_section *section,
                          const struct raw_child *raw, struct hub_child *child)
{
    const uint32_t life_set = raw->life_time.seconds;
    const uint32_t rekey_default =
        life_set ? (uint32_t)(life_set * UINT64_C(10) / 11) : CHILD_REKEY_SEC;
    const uint32_t rekey = raw->rekey_time.set ? raw->rekey_time.seconds : rekey_default;
    const uint32_t life = raw->life_time.set ? life_set : rekey + rekey / 10;
    const uint32_t spare = life > rekey ? life - rekey : 0;
    const uint32_t random = raw->rand_time.set ? raw->rand_time.seconds : x4m_min(spare, rekey / 2);

    if (life && rekey > life)
        hub_schema_error(build, section, "life_time",
                         "expected at least rekey_time, %" PRIu32 " seconds", rekey);
    if (rekey && random >= rekey)
        hub_schema_error(build, section, "rand_time",
                         "expected less than rekey_time, %" PRIu32 " seconds", rekey);
    child->phase2.soft_sec = rekey;
    child->phase2.life_sec = life;
    child->rand_sec = rekey ? random : 0;
}

/* Kilobytes, as they are negotiated; a part of one is one. */
static uint32_t kilobytes(const struct hub_bytes *bytes)
{
    return (uint32_t)((bytes->bytes + 1023) / 1024);
}

/* How many have the group of the first one. */
static size_t offered_of(const struct hub_transforms2 *transforms)
{
    size_t count = 0;
    for (size_t i = 0; i < transforms->count; i++)
        count += transforms->list[i].group == transforms->list[0].group;
    return count;
}

static void append(struct hub_transforms2 *to, const x4s_ike_transform2 *from, size_t count,
                   uint8_t ipcomp)
{
    for (size_t i = 0; i < count; i++) {
        to->list[to->count] = from[i];
        to->list[to->count++].ipcomp = ipcomp;
    }
}

/* Each with IPComp and, behind these, without, for peers that do not compress. */
static void add_ipcomp(struct hub_build *build, const struct settings_section *section,
                       struct hub_transforms2 *transforms)
{
    const size_t offered = offered_of(transforms);
    const size_t more = transforms->count - offered;
    struct hub_transforms2 all = {
        .list = hub_arena_array(build->arena, 2 * transforms->count, sizeof(*all.list)),
    };
    if (2 * transforms->count > x4c_ike_transforms2_max) {
        hub_schema_error(build, section, "ipcomp",
                         "expected at most %d combinations of algorithms beside it, found %zu",
                         x4c_ike_transforms2_max / 2, transforms->count);
        return;
    }
    if (!all.list)
        return;
    append(&all, transforms->list, offered, x4c_ike_ipcomp_deflate);
    append(&all, transforms->list, offered, x4c_ike_ipcomp_none);
    append(&all, transforms->list + offered, more, x4c_ike_ipcomp_deflate);
    append(&all, transforms->list + offered, more, x4c_ike_ipcomp_none);
    *transforms = all;
}

/* The same rules as for the times; nothing is limited where nothing is written. */
static void set_volumes(struct hub_build *build, const struct settings_section *section,
                        const struct raw_child *raw, struct hub_child *child)
{
    const uint32_t life_set = kilobytes(&raw->life_bytes);
    const uint32_t rekey_default = (uint32_t)(life_set * UINT64_C(10) / 11);
    const uint32_t rekey = raw->rekey_bytes.set ? kilobytes(&raw->rekey_bytes) : rekey_default;
    const uint32_t life = raw->life_bytes.set
                              ? life_set
                              : (uint32_t)x4m_min(rekey * UINT64_C(11) / 10, (uint64_t)UINT32_MAX);
    const uint32_t spare = life > rekey ? life - rekey : 0;
    const uint32_t random =
        raw->rand_bytes.set ? kilobytes(&raw->rand_bytes) : x4m_min(spare, rekey / 2);

    if (life && rekey > life)
        hub_schema_error(build, section, "life_bytes",
                         "expected at least rekey_bytes, %" PRIu32 " kilobytes", rekey);
    else if (rekey && random >= rekey)
        hub_schema_error(build, section, "rand_bytes",
                         "expected less than rekey_bytes, %" PRIu32 " kilobytes", rekey);
    child->phase2.soft_kb = rekey;
    child->phase2.life_kb = life;
    child->rand_kb = rekey ? random : 0;
}

static void set_transforms(struct hub_build *build, const struct settings_section *section,
                           const struct raw_child *raw, struct hub_child *child)
{
    struct hub_transforms2 transforms = raw->ah.count ? raw->ah : raw->esp;
    char problem[HUB_PROBLEM];
    struct hub_reading reading = {.arena = build->arena, .text = "default", .problem = problem};

    if (!transforms.count && !hub_read_esp_proposals(&reading, &transforms))
        return;
    if (raw->ipcomp)
        add_ipcomp(build, section, &transforms);
    for (size_t i = 0; i < transforms.count; i++) {
        transforms.list[i].mode = (uint8_t)raw->mode;
        transforms.list[i].life_sec = child->phase2.life_sec;
        transforms.list[i].life_kb = child->phase2.life_kb;
        transforms.list[i].truncated =
            raw->sha256_96 && transforms.list[i].integ == x4c_ike_integ_hmac_sha256;
    }
    child->offer_count = offered_of(&transforms);
    child->phase2.transforms = transforms.list;
    child->phase2.transform_count = transforms.count;
    child->phase2.own_order = build->own_order;
}

static void read_child(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    struct child_list *list = target;
    struct hub_child *child = &list->items[list->count++];
    struct raw_child raw = {
        .local = {.dynamic = true},
        .remote = {.dynamic = true},
        .mode = x4c_ike_tunnel,
        .kernel = HUB_KERNEL_RAW_DEFAULTS,
    };

    hub_schema_read(build, &schema, section, &raw);
    check_traffic(build, section, &raw);
    check_proposals(build, section, &raw);
    check_start(build, section, &raw, list->connection);
    check_dpd(build, section, &raw, list->connection);
    *child = (struct hub_child){
        .name = hub_arena_text(build->arena, section->name, strlen(section->name)),
        .connection = list->connection,
        .local = raw.local,
        .remote = raw.remote,
        .start = raw.start & START,
        .trap = raw.start & TRAP,
        .restart = raw.dpd != 0,
    };
    set_lifetimes(build, section, &raw, child);
    set_volumes(build, section, &raw, child);
    set_transforms(build, section, &raw, child);
    if (!raw.kernel.options.if_id_in)
        raw.kernel.options.if_id_in = list->interfaces->if_id_in;
    if (!raw.kernel.options.if_id_out)
        raw.kernel.options.if_id_out = list->interfaces->if_id_out;
    hub_config_kernel_options(build, section, &raw.kernel, &child->kernel);
}

static const struct hub_subsection child_sections[] = {{"*", read_child, NULL}};

static const struct hub_schema children_schema = {
    .sections = child_sections,
    .section_count = x4m_countof(child_sections),
};

void hub_config_read_children(struct hub_build *build, const struct settings_section *children,
                              const struct hub_interfaces *interfaces,
                              struct hub_connection *connection)
{
    struct child_list list = {
        .items = hub_arena_array(build->arena, hub_schema_count(children), sizeof(*list.items)),
        .connection = connection,
        .interfaces = interfaces,
    };
    if (!list.items)
        return;
    hub_schema_read(build, &children_schema, children, &list);
    connection->children = list.items;
    connection->child_count = list.count;
}
