/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "shard/config/credentials.h"
#include "shard/config/proposal.h"
#include "shard/config/sections.h"
#include "shard/config/value.h"

#define XAUTH_TRIES   3      /* a user may err twice */
#define IKE_REKEY_SEC 14400u /* swanctl.conf's default, 4h */

enum auth { AUTH_PSK, AUTH_PUBKEY, AUTH_XAUTH };

/* local or remote, of which there is one each. */
struct raw_side {
    const struct settings_section *section;
    struct hub_identity id;
    bool id_refused; /* and told */
    unsigned auth;   /* enum auth */
    const char *xauth_id;
    const char *certs;
    const char *cacerts;
    const char *pubkeys;
    unsigned revocation;
};

/* What is written, with the defaults until then. */
struct raw_connection {
    struct hub_addresses local_addrs;
    struct hub_addresses remote_addrs;
    uint16_t local_port; /* 0: the daemon's */
    uint16_t remote_port;
    struct hub_transforms1 proposals;
    bool mobike;
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
    struct raw_side local;
    struct raw_side remote;
    struct raw_side local_user; /* the round with auth = xauth */
    struct raw_side remote_user;
    const char *pools;
    bool pull;
    const struct settings_section *children;
};

struct connection_list {
    struct hub_connection *items;
    size_t count;
};

/* ------------------------------------------------------------------ tables */

static bool read_id(struct hub_reading *reading, void *field)
{
    struct raw_side *side = field;
    side->id_refused = !hub_read_identity(reading, &side->id);
    return !side->id_refused;
}

static const struct hub_word auths[] = {
    {"psk", AUTH_PSK},
    {"pubkey", AUTH_PUBKEY},
    {"xauth", AUTH_XAUTH},
    {"xauth-generic", AUTH_XAUTH},
    {NULL, 0},
};

static const struct hub_word revocations[] = {
    {"relaxed", HUB_REVOCATION_RELAXED},
    {"ifuri", HUB_REVOCATION_IFURI},
    {"strict", HUB_REVOCATION_STRICT},
    {NULL, 0},
};

#define SIDE(member) offsetof(struct raw_side, member)

static const struct hub_option local_options[] = {
    {"auth", hub_read_word, SIDE(auth), auths},
    {"id", read_id, 0, NULL},
    {"round", NULL, 0, "0"},
    {"certs", hub_read_text, SIDE(certs), NULL},
    {"pubkeys", hub_read_text, SIDE(pubkeys), NULL},
    {"eap_id", NULL, 0, NULL},
    {"aaa_id", NULL, 0, NULL},
    {"xauth_id", hub_read_text, SIDE(xauth_id), NULL},
};

static const struct hub_option remote_options[] = {
    {"auth", hub_read_word, SIDE(auth), auths},
    {"id", read_id, 0, NULL},
    {"round", NULL, 0, "0"},
    {"eap_id", NULL, 0, NULL},
    {"groups", NULL, 0, NULL},
    {"cert_policy", NULL, 0, NULL},
    {"certs", hub_read_text, SIDE(certs), NULL},
    {"cacerts", hub_read_text, SIDE(cacerts), NULL},
    {"ca_id", NULL, 0, NULL},
    {"pubkeys", hub_read_text, SIDE(pubkeys), NULL},
    {"revocation", hub_read_word, SIDE(revocation), revocations},
};

static const struct hub_subsection side_sections[] = {
    {"cert*", NULL},
    {"cacert*", NULL},
};

static const struct hub_schema local_schema = {
    .options = local_options,
    .option_count = x4m_countof(local_options),
    .sections = side_sections,
    .section_count = x4m_countof(side_sections),
};

static const struct hub_schema remote_schema = {
    .options = remote_options,
    .option_count = x4m_countof(remote_options),
    .sections = side_sections,
    .section_count = x4m_countof(side_sections),
};

enum { DURABILITY_ASYNC, DURABILITY_ACKED };

static const struct hub_word durabilities[] = {
    {"async", DURABILITY_ASYNC},
    {"acked", DURABILITY_ACKED},
    {NULL, 0},
};

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

static const struct hub_option options[] = {
    {"version", NULL, 0, "1|0"},
    {"local_addrs", hub_read_addresses, FIELD(local_addrs), NULL},
    {"remote_addrs", hub_read_addresses, FIELD(remote_addrs), NULL},
    {"local_port", hub_read_port, FIELD(local_port), &port_bounds},
    {"remote_port", hub_read_port, FIELD(remote_port), &port_bounds},
    {"proposals", hub_read_proposals, FIELD(proposals), NULL},
    {"mobike", hub_read_flag, FIELD(mobike), NULL},
    {"unique", hub_read_word, FIELD(unique), uniqueness},
    {"durability", hub_read_word, FIELD(durability), durabilities},
    {"keyingtries", hub_read_number, FIELD(keyingtries), &tries_bounds},
    {"rekey_time", hub_read_time, FIELD(rekey_time), NULL},
    {"reauth_time", hub_read_time, FIELD(reauth_time), NULL},
    {"over_time", hub_read_time, FIELD(over_time), NULL},
    {"rand_time", hub_read_time, FIELD(rand_time), NULL},
    {"vips", NULL, 0, NULL},
    {"aggressive", hub_read_flag, FIELD(aggressive), NULL},
    {"pull", hub_read_flag, FIELD(pull), NULL},
    {"dscp", NULL, 0, "000000"},
    {"encap", hub_read_flag, FIELD(encap), NULL},
    {"dpd_delay", hub_read_time, FIELD(dpd_delay), NULL},
    {"dpd_timeout", NULL, 0, "0|0s"},
    {"fragmentation", hub_read_word, FIELD(fragmentation), fragmentations},
    {"childless", NULL, 0, NULL},
    {"send_certreq", hub_read_flag, FIELD(send_certreq), NULL},
    {"send_cert", hub_read_word, FIELD(send_cert), send_certs},
    {"ppk_id", NULL, 0, NULL},
    {"ppk_required", NULL, 0, "no|false|disabled|0"},
    {"pools", hub_read_text, FIELD(pools), NULL},
    {"if_id_in", NULL, 0, "0"},
    {"if_id_out", NULL, 0, "0"},
    {"mediation", NULL, 0, "no|false|disabled|0"},
    {"mediated_by", NULL, 0, NULL},
    {"mediation_peer", NULL, 0, NULL},
};

/* The user's round goes beside the other one, whichever comes first. */
static void read_side(struct hub_build *build, const struct settings_section *section,
                      const struct hub_schema *schema, struct raw_side *side, struct raw_side *user)
{
    struct raw_side raw = {.section = section, .auth = AUTH_PUBKEY};
    hub_schema_read(build, schema, section, &raw);
    struct raw_side *into = raw.auth == AUTH_XAUTH ? user : side;
    if (into->section)
        hub_report_error(&build->report, section->place,
                         "section '%s': a second round of authentication may only be xauth",
                         section->name);
    else
        *into = raw;
}

static void read_local(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    struct raw_connection *raw = target;
    read_side(build, section, &local_schema, &raw->local, &raw->local_user);
}

static void read_remote(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct raw_connection *raw = target;
    read_side(build, section, &remote_schema, &raw->remote, &raw->remote_user);
}

static void note_children(struct hub_build *build, const struct settings_section *section,
                          void *target)
{
    (void)build;
    struct raw_connection *raw = target;
    raw->children = section;
}

static const struct hub_subsection sections[] = {
    {"local*", read_local},
    {"remote*", read_remote},
    {"children", note_children},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = sections,
    .section_count = x4m_countof(sections),
};

/* ------------------------------------------------------------------ from raw to ready */

static bool signs(const struct raw_side *side)
{
    return side->section && side->auth == AUTH_PUBKEY;
}

/* What a side's method has no use for would be ignored: it is refused. */
static void check_side(struct hub_build *build, const struct raw_side *side)
{
    static const struct {
        const char *name;
        enum auth auth;
        const char *text;
    } rows[] = {
        {"certs", AUTH_PUBKEY, "expected auth = pubkey beside it"},
        {"cacerts", AUTH_PUBKEY, "expected auth = pubkey beside it"},
        {"revocation", AUTH_PUBKEY, "expected auth = pubkey beside it"},
        {"pubkeys", AUTH_PUBKEY, "expected auth = pubkey beside it"},
        {"xauth_id", AUTH_XAUTH, "expected auth = xauth beside it"},
    };
    for (size_t i = 0; side->section && i < x4m_countof(rows); i++)
        if (side->auth != rows[i].auth && hub_schema_value(side->section, rows[i].name))
            hub_schema_error(build, side->section, rows[i].name, "%s", rows[i].text);
}

/* A raw key stands for certificates: what is said of those would be ignored. */
static void check_raw_key(struct hub_build *build, const struct raw_side *side)
{
    static const char *const others[] = {"certs", "cacerts", "revocation"};
    for (size_t i = 0; side->pubkeys && i < x4m_countof(others); i++)
        if (hub_schema_value(side->section, others[i]))
            hub_schema_error(build, side->section, others[i], "expected no pubkeys beside it");
}

/* Beside another section of its side the user's has no identity of its own. */
static void check_user(struct hub_build *build, const struct raw_side *user,
                       const struct raw_side *beside)
{
    if (user->section && beside->section && hub_schema_value(user->section, "id"))
        hub_schema_error(build, user->section, "id", "expected it in section '%s'",
                         beside->section->name);
}

static void check_sides(struct hub_build *build, const struct settings_section *section,
                        const struct raw_connection *raw)
{
    if (!raw->local.section && !raw->local_user.section)
        hub_schema_error(build, section, "local", "expected local { auth = psk } or pubkey");
    if (!raw->remote.section && !raw->remote_user.section)
        hub_schema_error(build, section, "remote", "expected remote { auth = psk } or pubkey");
    if (raw->local.section && raw->remote.section && raw->local.auth != raw->remote.auth)
        hub_schema_error(build, raw->remote.section, "auth",
                         "expected what is in local: in IKEv1 both sides authenticate alike");
    if (raw->local_user.section && raw->remote_user.section)
        hub_schema_error(build, raw->remote_user.section, "auth",
                         "expected xauth on one side: only one has a user");
    check_side(build, &raw->local);
    check_side(build, &raw->remote);
    check_raw_key(build, &raw->local);
    check_raw_key(build, &raw->remote);
    check_side(build, &raw->local_user);
    check_side(build, &raw->remote_user);
    check_user(build, &raw->local_user, &raw->local);
    check_user(build, &raw->remote_user, &raw->remote);
    if (raw->send_cert == CERT_ALWAYS && !raw->local.certs)
        hub_schema_error(build, section, "send_cert", "expected a certificate in local");
    if (hub_schema_value(section, "mobike"))
        hub_report_warning(&build->report, hub_schema_value(section, "mobike")->place,
                           "mobike in connections.%s: IKEv1 has none, so it changes nothing",
                           section->name);
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

/* Main mode has to know our identity before it knows the peer's, so it must not depend on chance.
 */
static void set_local_id(struct hub_build *build, const struct raw_connection *raw,
                         struct hub_connection *connection)
{
    const struct raw_side *side = raw->local.section ? &raw->local : &raw->local_user;
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
    else if (is_single(&raw->local_addrs))
        hub_identity_of_addr(&connection->local_addrs.first, &connection->phase1.id);
    else
        hub_schema_error(build, side->section, "id",
                         "expected an identity of ours: only if local_addrs is one address, that "
                         "stands for it");
}

/* What both sides prove by, with or without a user; 0: it does not go together. */
static uint16_t method_of(const struct raw_connection *raw, uint16_t signature)
{
    const bool user = raw->local_user.section || raw->remote_user.section;
    const bool both = raw->local.section && raw->remote.section;
    if (!user)
        return signature ? signature : x4c_ike_auth_psk;
    if (!signature)
        return both ? x4c_ike_auth_xauth_init_psk : 0;
    if (signature != x4c_ike_auth_rsa)
        return 0;
    return both ? x4c_ike_auth_xauth_init_rsa : x4c_ike_auth_hybrid_init_rsa;
}

/* Our certificate, and whose we believe: with hybrid authentication only one of the two. */
static uint16_t take_credentials(struct hub_build *build, const struct settings_section *section,
                                 const struct raw_connection *raw,
                                 struct hub_connection *connection)
{
    const struct raw_side *local = &raw->local;
    const struct raw_side *remote = &raw->remote;
    uint16_t method = x4c_ike_auth_rsa;
    if (raw->send_cert == CERT_NEVER && local->certs)
        hub_schema_error(build, section, "send_cert",
                         "expected ifasked or always: certificates are how peers know us");
    const struct hub_wanted_credentials wanted = {
        .local = signs(local) ? local->section : NULL,
        .remote = signs(remote) ? remote->section : NULL,
        .certs = local->certs,
        .pubkeys = local->pubkeys,
        .remote_pubkeys = remote->pubkeys,
        .remote_certs = remote->certs,
        .remote_cacerts = remote->cacerts,
        .cert_always = raw->send_cert == CERT_ALWAYS,
        .revocation = (enum hub_revocation)remote->revocation,
    };
    connection->auth = hub_config_credentials(build, &wanted, &method);
    if (connection->auth && raw->send_certreq && connection->auth->ca_names) {
        connection->phase1.authorities = connection->auth->ca_names;
        connection->phase1.authority_count = connection->auth->ca_count;
    }
    return method;
}

static void set_user(struct hub_build *build, const struct raw_connection *raw,
                     struct hub_connection *connection)
{
    const struct raw_side *side = &raw->local_user;
    connection->asks_user = raw->remote_user.section != NULL;
    connection->phase1.xauth_tries = XAUTH_TRIES;
    connection->phase1.unity = connection->asks_user;
    if (!side->section)
        return;
    const struct hub_config *config = build->config;
    for (size_t i = 0; side->xauth_id && i < config->user_count; i++) {
        const struct hub_user *user = &config->users[i];
        if (user->name.len == strlen(side->xauth_id) &&
            !memcmp(user->name.data, side->xauth_id, user->name.len))
            connection->user = user;
    }
    if (!connection->user)
        hub_schema_error(build, side->section, "xauth_id",
                         "expected a user that section secrets has a password for");
}

/* The authentication method of all transforms; how both sides use it. */
static uint16_t set_auth(struct hub_build *build, const struct settings_section *section,
                         const struct raw_connection *raw, struct hub_connection *connection)
{
    uint16_t signature = 0;
    if (signs(&raw->local) || signs(&raw->remote))
        signature = take_credentials(build, section, raw, connection);
    set_user(build, raw, connection);
    const uint16_t method = method_of(raw, signature);
    if (!method)
        hub_schema_error(build, section, "local",
                         "expected psk or RSA certificates on both sides beside xauth, or such a "
                         "certificate on one and xauth on the other");
    return method ? method : x4c_ike_auth_psk;
}

static void set_pool(struct hub_build *build, const struct settings_section *section,
                     const struct raw_connection *raw, struct hub_connection *connection)
{
    connection->push = !raw->pull;
    if (!raw->pools && !raw->pull)
        hub_schema_error(build, section, "pull", "expected pools beside it");
    if (!raw->pools)
        return;
    connection->pool = hub_config_pool(build->config, raw->pools);
    if (!connection->pool)
        hub_schema_error(build, section, "pools", "expected the name of one pool of section pools");
}

static void check_own_id(struct hub_build *build, const struct raw_connection *raw,
                         const struct hub_connection *connection)
{
    const x4s_ike_id *id = &connection->phase1.id;
    if (connection->auth && connection->auth->certs.count && id->data.len &&
        !hub_auth_speaks_for(build, connection->auth, id))
        hub_schema_error(build, raw->local.section, "id",
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
    struct hub_reading reading = {build->arena, "default", NULL, problem, false};

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

static void read_connection(struct hub_build *build, const struct settings_section *section,
                            void *target)
{
    struct connection_list *list = target;
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
        .remote_id = raw.remote.section ? raw.remote.id : raw.remote_user.id,
        .unique = (enum hub_unique)raw.unique,
        .acked = raw.durability == DURABILITY_ACKED,
        .keyingtries = raw.keyingtries,
    };
    check_sides(build, section, &raw);
    check_port(build, section, &raw);
    const uint16_t method = set_auth(build, section, &raw, connection);
    set_pool(build, section, &raw, connection);
    set_local_id(build, &raw, connection);
    check_own_id(build, &raw, connection);
    set_lifetimes(build, section, &raw, connection);
    set_transforms(build, &raw, method, connection);
    set_aggressive(build, section, &raw, connection);
    set_transport(build, section, &raw, connection);
    if (raw.children)
        hub_config_read_children(build, raw.children, connection);
}

static const struct hub_subsection connection_sections[] = {{"*", read_connection}};

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
