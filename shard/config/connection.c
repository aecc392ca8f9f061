/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "shard/config/credentials.h"
#include "shard/config/kernel_options.h"
#include "shard/config/proposal.h"
#include "shard/config/sections.h"
#include "shard/config/side.h"
#include "shard/config/value.h"

#define XAUTH_TRIES   3      /* a user may err twice */
#define IKE_REKEY_SEC 14400u /* swanctl.conf's default, 4h */

/* What is written, with the defaults until then. */
struct raw_connection {
    struct hub_addresses local_addrs;
    struct hub_addresses remote_addrs;
    uint16_t local_port; /* 0: the daemon's */
    uint16_t remote_port;
    struct hub_transforms1 proposals;
    unsigned version;
    bool aggressive;
    unsigned unique;
    unsigned durability;
    uint32_t keyingtries;
    struct hub_time rekey_time;
    struct hub_time reauth_time;
    struct hub_time over_time;
    struct hub_time dpd_delay;
    bool encap;
    bool send_certreq;
    unsigned send_cert;
    unsigned fragmentation;
    struct hub_time rand_time;
    struct hub_sides local;
    struct hub_sides remote;
    const char *pools;
    struct hub_addr_list vips;
    bool pull;
    struct hub_interfaces interfaces;
    const struct settings_section *children;
};

struct connection_list {
    struct hub_connection *items;
    size_t count;
};

/* ------------------------------------------------------------------ tables */

enum { DURABILITY_ASYNC, DURABILITY_ACKED };

static const struct hub_word durabilities[] = {
    {"async", DURABILITY_ASYNC},
    {"acked", DURABILITY_ACKED},
    {NULL, 0},
};

static const struct hub_word versions[] = {{"0", 0}, {"1", 1}, {"2", 2}, {NULL, 0}};

static const struct hub_word uniqueness[] = {
    {"no", HUB_UNIQUE_NO},
    {"never", HUB_UNIQUE_NEVER},
    {"keep", HUB_UNIQUE_KEEP},
    {"replace", HUB_UNIQUE_REPLACE},
    {NULL, 0},
};

enum { CERT_IF_ASKED, CERT_ALWAYS, CERT_NEVER };

static const struct hub_word send_certs[] = {
    {"ifasked", CERT_IF_ASKED}, {"always", CERT_ALWAYS}, {"never", CERT_NEVER}, {NULL, 0}};

static const struct hub_word fragmentations[] = {
    {"yes", x4c_ike_fragment_yes},
    {"accept", x4c_ike_fragment_accept},
    {"force", x4c_ike_fragment_force},
    {"no", x4c_ike_fragment_no},
    {NULL, 0},
};

static const struct hub_bounds port_bounds = {1, 65535};
static const struct hub_bounds tries_bounds = {0, 1000000};

#define FIELD(member) offsetof(struct raw_connection, member)

#define IKEV2 "it belongs to IKEv2"

static const struct hub_option options[] = {
    {"version", hub_read_word, FIELD(version), versions},
    {"local_addrs", hub_read_hosts, FIELD(local_addrs), NULL},
    {"remote_addrs", hub_read_hosts, FIELD(remote_addrs), NULL},
    {"local_port", hub_read_port, FIELD(local_port), &port_bounds},
    {"remote_port", hub_read_port, FIELD(remote_port), &port_bounds},
    {"proposals", hub_read_proposals, FIELD(proposals), NULL},
    {"mobike", HUB_IGNORE("no|false|disabled|0", "IKEv1 has none")},
    {"unique", hub_read_word, FIELD(unique), uniqueness},
    {"durability", hub_read_word, FIELD(durability), durabilities},
    {"keyingtries", hub_read_number, FIELD(keyingtries), &tries_bounds},
    {"rekey_time", hub_read_time, FIELD(rekey_time), NULL},
    {"reauth_time", hub_read_time, FIELD(reauth_time), NULL},
    {"over_time", hub_read_time, FIELD(over_time), NULL},
    {"rand_time", hub_read_time, FIELD(rand_time), NULL},
    {"vips", hub_read_addr_list, FIELD(vips), NULL},
    {"aggressive", hub_read_flag, FIELD(aggressive), NULL},
    {"pull", hub_read_flag, FIELD(pull), NULL},
    {"dscp", HUB_IGNORE("000000", "packets of IKE have 000000")},
    {"encap", hub_read_flag, FIELD(encap), NULL},
    {"dpd_delay", hub_read_time, FIELD(dpd_delay), NULL},
    {"dpd_timeout", HUB_IGNORE("0|0s", "a peer is dead when it does not answer what is repeated, "
                                       "as ikehub.retransmit_tries says")},
    {"fragmentation", hub_read_word, FIELD(fragmentation), fragmentations},
    {"childless", HUB_IGNORE("allow|never", IKEV2)},
    {"send_certreq", hub_read_flag, FIELD(send_certreq), NULL},
    {"send_cert", hub_read_word, FIELD(send_cert), send_certs},
    {"ppk_id", HUB_IGNORE(NULL, IKEV2)},
    {"ppk_required", HUB_IGNORE("no|false|disabled|0", IKEV2)},
    {"pools", hub_read_text, FIELD(pools), NULL},
    {"if_id_in", hub_read_if_id, FIELD(interfaces.if_id_in), NULL},
    {"if_id_out", hub_read_if_id, FIELD(interfaces.if_id_out), NULL},
    {"mediation", HUB_IGNORE("no|false|disabled|0", IKEV2)},
    {"mediated_by", HUB_IGNORE(NULL, IKEV2)},
    {"mediation_peer", HUB_IGNORE(NULL, IKEV2)},
};

static void read_local(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    struct raw_connection *raw = target;
    hub_side_read_local(build, section, &raw->local);
}

static void read_remote(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct raw_connection *raw = target;
    hub_side_read_remote(build, section, &raw->remote);
}

static void note_children(struct hub_build *build, const struct settings_section *section,
                          void *target)
{
    (void)build;
    struct raw_connection *raw = target;
    raw->children = section;
}

static const struct hub_subsection sections[] = {
    {"local*", read_local, NULL},
    {"remote*", read_remote, NULL},
    {"children", note_children, NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = sections,
    .section_count = x4m_countof(sections),
};

/* ------------------------------------------------------------------ from raw to ready */

static void check_sides(struct hub_build *build, const struct settings_section *section,
                        const struct raw_connection *raw)
{
    hub_side_check(build, &raw->local);
    hub_side_check(build, &raw->remote);
    hub_side_check_both(build, section, &raw->local, &raw->remote);
    if (raw->send_cert == CERT_ALWAYS && !raw->local.key.certs)
        hub_schema_error(build, section, "send_cert", "expected a certificate in local");
}

static void check_port(struct hub_build *build, const struct settings_section *section,
                       const struct raw_connection *raw)
{
    const uint16_t port = build->config->daemon.port;
    if (raw->local_port && raw->local_port != port)
        hub_schema_error(build, section, "local_port",
                         "expected %u, the port of section ikehub, found '%u'", port,
                         raw->local_port);
}

static bool is_single(const struct hub_addresses *addresses)
{
    return !addresses->any && addresses->range_count == 1 && addresses->first.family;
}

static bool is_unspecified(const x4s_net_addr *addr)
{
    static const uint8_t zero[sizeof(addr->ip)];
    return memcmp(addr->ip, zero, sizeof(zero)) == 0;
}

/* The address that stands for us where no identity is said; NULL: it is not certain. */
static const x4s_net_addr *own_addr(const struct hub_build *build, const struct raw_connection *raw,
                                    const struct hub_connection *connection)
{
    const struct hub_daemon *daemon = &build->config->daemon;
    if (is_single(&raw->local_addrs))
        return &connection->local_addrs.first;
    if (raw->local_addrs.any && daemon->listen_count == 1 && !is_unspecified(daemon->listen))
        return daemon->listen;
    return NULL;
}

/* Main mode has to know our identity before it knows the peer's, so it must not depend on chance.
 */
static void set_local_id(struct hub_build *build, const struct raw_connection *raw,
                         struct hub_connection *connection)
{
    const struct hub_side *side = raw->local.key.section ? &raw->local.key : &raw->local.user;
    const struct hub_identity *id = &side->id;

    if (!side->section || side->id_refused)
        return;
    if (id->kind == HUB_IDENTITY_EXACT && !hub_identity_is_range(&id->id))
        connection->phase1.id = id->id;
    else if (id->kind != HUB_IDENTITY_ANY)
        hub_schema_error(build, side->section, "id",
                         "expected a single identity, without an asterisk and no subnet or range");
    else if (connection->auth && connection->auth->certs.count &&
             hub_auth_subject(build, connection->auth, &connection->phase1.id))
        return;
    else if (own_addr(build, raw, connection))
        hub_identity_of_addr(own_addr(build, raw, connection), &connection->phase1.id);
    else
        hub_schema_error(build, side->section, "id",
                         "expected an identity of ours: only if local_addrs, or ikehub.listen, is "
                         "one address, that stands for it");
}

/* What both sides prove by, with or without a user; 0: it does not go together. */
static uint16_t method_of(const struct raw_connection *raw, uint16_t signature)
{
    const bool user = raw->local.user.section || raw->remote.user.section;
    const bool both = raw->local.key.section && raw->remote.key.section;
    if (!user)
        return signature ? signature : x4c_ike_auth_psk;
    if (!signature)
        return both ? x4c_ike_auth_xauth_init_psk : 0;
    if (signature != x4c_ike_auth_rsa)
        return 0;
    return both ? x4c_ike_auth_xauth_init_rsa : x4c_ike_auth_hybrid_init_rsa;
}

/* auth = rsa or ecdsa, where both sides have keys of another kind. */
static void check_kind(struct hub_build *build, const struct hub_side *side, uint16_t method)
{
    const bool rsa = method == x4c_ike_auth_rsa;
    if ((side->auth == HUB_SIDE_RSA && !rsa) || (side->auth == HUB_SIDE_ECDSA && rsa))
        hub_schema_error(build, side->section, "auth",
                         "expected pubkey or %s, which is the kind of our key",
                         rsa ? "rsa" : "ecdsa");
}

/* Our certificate, and whose we believe: with hybrid authentication only one of the two. */
static uint16_t take_credentials(struct hub_build *build, const struct raw_connection *raw,
                                 struct hub_connection *connection)
{
    const struct hub_side *local = &raw->local.key;
    const struct hub_side *remote = &raw->remote.key;
    uint16_t method = x4c_ike_auth_rsa;
    const struct hub_wanted_credentials wanted = {
        .local = hub_side_signs(local) ? local->section : NULL,
        .remote = hub_side_signs(remote) ? remote->section : NULL,
        .certs = local->certs,
        .pubkeys = local->pubkeys,
        .remote_pubkeys = remote->pubkeys,
        .remote_certs = remote->certs,
        .remote_cacerts = remote->cacerts,
        .cert_always = raw->send_cert == CERT_ALWAYS,
        .cert_never = raw->send_cert == CERT_NEVER,
        .revocation = (enum hub_revocation)remote->revocation,
    };
    connection->auth = hub_config_credentials(build, &wanted, &method);
    if (connection->auth) {
        check_kind(build, local, method);
        check_kind(build, remote, method);
    }
    if (connection->auth && raw->send_certreq && connection->auth->ca_names) {
        connection->phase1.authorities = connection->auth->ca_names;
        connection->phase1.authority_count = connection->auth->ca_count;
    }
    return method;
}

/* The identity that we say, as it is written, or NULL. */
static const char *said_id(const struct raw_connection *raw)
{
    const struct settings_section *section = raw->local.key.section;
    const struct settings_value *id =
        hub_schema_value(section ? section : raw->local.user.section, "id");
    return id ? id->text : NULL;
}

/* Names with commas between. */
static void set_groups(struct hub_build *build, const char *names,
                       struct hub_connection *connection)
{
    size_t most = 1;
    for (const char *at = names; *at; at++)
        most += *at == ',';
    const char **groups = hub_arena_array(build->arena, most, sizeof(*groups));
    if (!groups)
        return;
    connection->groups = groups;
    for (const char *at = names + strspn(names, ", \t"); *at; at += strspn(at, ", \t")) {
        const size_t len = strcspn(at, ",");
        size_t used = len;
        while (used && strchr(" \t", at[used - 1]))
            used--;
        groups[connection->group_count] = hub_arena_text(build->arena, at, used);
        connection->group_count += groups[connection->group_count] != NULL;
        at += len;
    }
}

static void set_user(struct hub_build *build, const struct raw_connection *raw,
                     struct hub_connection *connection)
{
    const struct hub_side *side = &raw->local.user;
    connection->asks_user = raw->remote.user.section != NULL;
    connection->radius = raw->remote.user.auth == HUB_SIDE_XAUTH_RADIUS;
    if (connection->radius && !build->config->daemon.radius.server_count)
        hub_schema_error(build, raw->remote.user.section, "auth",
                         "expected servers in section ikehub.radius");
    if (raw->remote.user.groups)
        set_groups(build, raw->remote.user.groups, connection);
    connection->phase1.xauth_tries = XAUTH_TRIES;
    connection->phase1.unity = connection->asks_user;
    if (!side->section)
        return;
    const struct hub_config *config = build->config;
    const char *name = side->xauth_id ? side->xauth_id : said_id(raw);
    for (size_t i = 0; name && i < config->user_count; i++)
        if (hub_name_is(name, config->users[i].name))
            connection->user = &config->users[i];
    if (!connection->user)
        hub_schema_error(build, side->section, "xauth_id",
                         "expected a user that section secrets has a password for");
}

/* The authentication method of all transforms; how both sides use it. */
static uint16_t set_auth(struct hub_build *build, const struct settings_section *section,
                         const struct raw_connection *raw, struct hub_connection *connection)
{
    uint16_t signature = 0;
    if (hub_side_signs(&raw->local.key) || hub_side_signs(&raw->remote.key))
        signature = take_credentials(build, raw, connection);
    set_user(build, raw, connection);
    const uint16_t method = method_of(raw, signature);
    if (!method)
        hub_schema_error(build, section, "local",
                         "expected psk or RSA certificates on both sides beside xauth, or such a "
                         "certificate on one and xauth on the other");
    return method ? method : x4c_ike_auth_psk;
}

static void take_pool(struct hub_build *build, const struct settings_section *section,
                      const struct hub_pool *pool, struct hub_connection *connection)
{
    const enum hub_inside inside = hub_inside_of(pool->range.family);
    if (connection->pools[inside])
        hub_report_warning(&build->report, hub_schema_value(section, "pools")->place,
                           "pools in connections.%s: '%s' gives addresses to clients, not '%s'",
                           section->name, connection->pools[inside]->name, pool->name);
    else
        connection->pools[inside] = pool;
}

/* A list of names; one pool of each kind of addresses is used. */
static void take_pools(struct hub_build *build, const struct settings_section *section,
                       const struct raw_connection *raw, struct hub_connection *connection)
{
    for (const char *at = raw->pools + strspn(raw->pools, ", \t"); *at; at += strspn(at, ", \t")) {
        const size_t len = strcspn(at, ", \t");
        const char *name = hub_arena_text(build->arena, at, len);
        if (name && !strcmp(name, "radius")) {
            connection->framed = true;
            at += len;
            continue;
        }
        const struct hub_pool *pool = name ? hub_config_pool(build->config, name) : NULL;
        at += len;
        if (!pool)
            hub_schema_error(build, section, "pools", "expected names of section pools, found '%s'",
                             name ? name : "");
        else
            take_pool(build, section, pool, connection);
    }
}

static void set_pool(struct hub_build *build, const struct settings_section *section,
                     const struct raw_connection *raw, struct hub_connection *connection)
{
    connection->push = !raw->pull;
    if (!raw->pools && !raw->pull && !raw->vips.count)
        hub_schema_error(build, section, "pull", "expected pools beside it");
    if (raw->pools)
        take_pools(build, section, raw, connection);
    if (connection->framed && !connection->radius)
        hub_schema_error(build, section, "pools",
                         "expected a remote section with auth = xauth-radius beside radius");
}

/* One address of each kind. */
static void set_vips(struct hub_build *build, const struct settings_section *section,
                     const struct raw_connection *raw, struct hub_connection *connection)
{
    for (size_t i = 0; i < raw->vips.count; i++) {
        const x4s_net_addr *addr = &raw->vips.list[i];
        x4s_net_addr *place = &connection->vips[hub_inside_of(addr->family)];
        if (place->family)
            hub_report_warning(&build->report, hub_schema_value(section, "vips")->place,
                               "vips in connections.%s: one address of each kind is asked for",
                               section->name);
        else
            *place = *addr;
    }
    if (raw->vips.count && (raw->pools || !raw->pull))
        hub_schema_error(build, section, "vips",
                         "expected no pools, and no pull = no, beside it: this side asks the peer");
}

static void check_own_id(struct hub_build *build, const struct raw_connection *raw,
                         const struct hub_connection *connection)
{
    const x4s_ike_id *id = &connection->phase1.id;
    if (connection->auth && connection->auth->certs.count && id->data.len &&
        !hub_auth_speaks_for(build, connection->auth, id))
        hub_schema_error(build, raw->local.key.section, "id",
                         "expected an identity that the certificate has, as its subject or as a "
                         "subjectAltName");
}

static uint32_t earlier(uint32_t a, uint32_t b)
{
    if (!a || !b)
        return a ? a : b;
    return x4m_min(a, b);
}

static void set_lifetimes(struct hub_build *build, const struct settings_section *section,
                          const struct raw_connection *raw, struct hub_connection *connection)
{
    const uint32_t reauth = raw->reauth_time.seconds;
    const uint32_t rekey_default = reauth ? 0 : IKE_REKEY_SEC;
    const uint32_t rekey = raw->rekey_time.set ? raw->rekey_time.seconds : rekey_default;
    const uint32_t soft = earlier(rekey, reauth);
    const uint32_t over = raw->over_time.set ? raw->over_time.seconds : x4m_max(rekey, reauth) / 10;
    const uint32_t random = raw->rand_time.set ? raw->rand_time.seconds : x4m_min(over, soft / 2);

    if (soft && random >= soft)
        hub_schema_error(build, section, "rand_time",
                         "expected less than rekey_time and reauth_time, %" PRIu32 " seconds",
                         soft);
    connection->phase1.soft_sec = soft;
    connection->phase1.life_sec = soft ? soft + over : 0;
    connection->rand_sec = soft ? random : 0;
}

/* The transforms with the group of the first one to the front, in their order; how many they are.
 */
static size_t gather_group(x4s_ike_transform1 *list, size_t count)
{
    size_t gathered = 1;
    for (size_t i = 1; i < count; i++) {
        if (list[i].group != list[0].group)
            continue;
        const x4s_ike_transform1 next = list[i];
        memmove(&list[gathered + 1], &list[gathered], (i - gathered) * sizeof(*list));
        list[gathered++] = next;
    }
    return gathered;
}

static void set_aggressive(struct hub_build *build, const struct settings_section *section,
                           const struct raw_connection *raw, struct hub_connection *connection)
{
    connection->phase1.aggressive = raw->aggressive;
    connection->phase1.aggressive_psk = build->aggressive_psk;
    if (raw->aggressive && !connection->auth && !build->aggressive_psk)
        hub_report_warning(&build->report, hub_schema_value(section, "aggressive")->place,
                           "aggressive in connections.%s: as responder it is refused without "
                           "ikehub.i_dont_care_about_security_and_use_aggressive_mode_psk = yes",
                           section->name);
}

/* Draft 00 is left out: it does not leave port 500, where nothing can be told from ESP. */
static void set_transport(struct hub_build *build, const struct settings_section *section,
                          const struct raw_connection *raw, struct hub_connection *connection)
{
    x4s_ike_config1 *phase1 = &connection->phase1;
    if (build->config->daemon.port_nat_t)
        phase1->natt = x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n | x4c_ike_natt_02;
    else if (raw->encap)
        hub_schema_error(build, section, "encap",
                         "expected a port for NAT traversal: port_nat_t of section ikehub is 0");
    phase1->natt_force = raw->encap;
    phase1->dpd_sec = raw->dpd_delay.seconds;
    phase1->fragmentation = (uint8_t)raw->fragmentation;
    phase1->fragment_size = (uint16_t)build->fragment_size;
}

static void set_transforms(struct hub_build *build, const struct raw_connection *raw,
                           uint16_t method, struct hub_connection *connection)
{
    struct hub_transforms1 transforms = raw->proposals;
    char problem[HUB_PROBLEM];
    struct hub_reading reading = {.arena = build->arena, .text = "default", .problem = problem};

    if (!transforms.count && !hub_read_proposals(&reading, &transforms))
        return;
    for (size_t i = 0; i < transforms.count; i++) {
        transforms.list[i].life_sec = connection->phase1.life_sec;
        transforms.list[i].auth = method;
    }
    connection->offer_count =
        raw->aggressive ? gather_group(transforms.list, transforms.count) : transforms.count;
    connection->phase1.transforms = transforms.list;
    connection->phase1.transform_count = transforms.count;
    connection->phase1.own_order = build->own_order;
}

/* A file may hold connections of both kinds, for a daemon beside this one. */
static bool is_left_out(struct hub_build *build, const struct settings_section *section)
{
    const struct settings_value *version = hub_schema_value(section, "version");
    if (!version || strcmp(version->text, "2") != 0)
        return false;
    (build->alone ? hub_report_error : hub_report_warning)(
        &build->report, version->place,
        "version in connections.%s: IKEv2 is not spoken here: the connection is left out",
        section->name);
    return true;
}

/* What it takes of other sections, and of files. Returns the authentication method. */
static uint16_t refer(struct hub_build *build, const struct settings_section *section,
                      const struct raw_connection *raw, struct hub_connection *connection)
{
    if (build->alone)
        return x4c_ike_auth_psk;
    const uint16_t method = set_auth(build, section, raw, connection);
    set_pool(build, section, raw, connection);
    set_vips(build, section, raw, connection);
    set_local_id(build, raw, connection);
    check_own_id(build, raw, connection);
    return method;
}

/* It has errors that do not count: nothing is done by it. */
static void leave_out(struct hub_build *build, const struct settings_section *section,
                      struct connection_list *list)
{
    list->count--;
    hub_report_warning(&build->report, section->place,
                       "connection '%s' is left out until it has what it needs", section->name);
}

static void read_connection(struct hub_build *build, const struct settings_section *section,
                            void *target)
{
    struct connection_list *list = target;
    if (is_left_out(build, section))
        return;
    const unsigned left_out = build->report.left_out;
    struct hub_connection *connection = &list->items[list->count];
    struct raw_connection raw = {
        .local_addrs = {.any = true},
        .remote_addrs = {.any = true},
        .remote_port = 500,
        .keyingtries = 1,
        .fragmentation = x4c_ike_fragment_yes,
        .send_certreq = true,
        .pull = true,
    };

    hub_schema_read(build, &schema, section, &raw);
    *connection = (struct hub_connection){
        .name = hub_arena_text(build->arena, section->name, strlen(section->name)),
        .config = build->config,
        .index = list->count++,
        .local_addrs = raw.local_addrs,
        .remote_addrs = raw.remote_addrs,
        .remote_port = raw.remote_port,
        .remote_id = raw.remote.key.section ? raw.remote.key.id : raw.remote.user.id,
        .unique = (enum hub_unique)raw.unique,
        .acked = raw.durability == DURABILITY_ACKED,
        .keyingtries = raw.keyingtries,
    };
    check_sides(build, section, &raw);
    check_port(build, section, &raw);
    const uint16_t method = refer(build, section, &raw, connection);
    set_lifetimes(build, section, &raw, connection);
    set_transforms(build, &raw, method, connection);
    set_aggressive(build, section, &raw, connection);
    set_transport(build, section, &raw, connection);
    if (raw.children)
        hub_config_read_children(build, raw.children, &raw.interfaces, connection);
    if (build->report.left_out != left_out)
        leave_out(build, section, list);
}

static const struct hub_subsection connection_sections[] = {{"*", read_connection, NULL}};

static const struct hub_schema connections_schema = {
    .sections = connection_sections,
    .section_count = x4m_countof(connection_sections),
};

void hub_config_read_connections(struct hub_build *build,
                                 const struct settings_section *connections)
{
    if (!connections)
        return;
    struct connection_list list = {
        .items = hub_arena_array(build->arena, hub_schema_count(connections), sizeof(*list.items)),
    };
    if (!list.items)
        return;
    hub_schema_read(build, &connections_schema, connections, &list);
    build->config->connections = list.items;
    build->config->connection_count = list.count;
}
