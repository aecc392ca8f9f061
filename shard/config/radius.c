/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

/*
 * ikehub.radius: names are those of strongSwan's plugin eap-radius where it has them.
 */

#define AUTH_PORT 1812
#define ACCT_PORT 1813
#define DAE_PORT  3799

/* radius.servers.NAME, as it is written. */
struct raw_server {
    struct hub_addr_list address;
    uint16_t auth_port;
    uint16_t acct_port;
    x4s_chunk secret;
    uint32_t preference;
};

/* radius.dae, as it is written. */
struct raw_dae {
    bool enable;
    struct hub_addr_list listen;
    uint16_t port;
    x4s_chunk secret;
};

struct raw_radius {
    struct hub_radius_server *servers;
    size_t count;
    bool accounting;
    bool station_port;
    struct hub_time interval;
    uint32_t timeout_ms;
    uint32_t tries;
    uint32_t base_ms; /* in thousandths, as seconds are read */
    const char *nas_identifier;
    struct raw_dae dae;
};

static const struct hub_bounds port_bounds = {1, 65535};
static const struct hub_bounds preference_bounds = {0, 99};
static const struct hub_bounds timeout_bounds = {100, 60000};
static const struct hub_bounds base_bounds = {1000, 10000};
static const struct hub_bounds tries_bounds = {1, 20};

/* ------------------------------------------------------------------ servers */

#define SERVER(member) offsetof(struct raw_server, member)

static const struct hub_option server_options[] = {
    {"address", hub_read_addr_list, SERVER(address), NULL},
    {"auth_port", hub_read_port, SERVER(auth_port), &port_bounds},
    {"port", hub_read_port, SERVER(auth_port), &port_bounds},
    {"acct_port", hub_read_port, SERVER(acct_port), &port_bounds},
    {"secret", hub_read_key, SERVER(secret), NULL},
    {"preference", hub_read_number, SERVER(preference), &preference_bounds},
};

static const struct hub_schema server_schema = {
    .options = server_options,
    .option_count = x4m_countof(server_options),
    .secret = true,
};

static void check_secret(struct hub_build *build, const struct settings_section *section,
                         x4s_chunk secret)
{
    const struct settings_value *value = hub_schema_value(section, "secret");
    if (!secret.len)
        hub_schema_error(build, section, "secret", "expected a secret that is not empty");
    if (value && value->place.file->others)
        hub_report_warning(&build->report, value->place,
                           "this file holds a secret and others than its owner and group may read "
                           "or write it: expected mode 0640 or less");
}

/* Those with a greater preference go first, of equals those that were written first. */
static void insert(struct raw_radius *raw, const struct hub_radius_server *server)
{
    size_t at = raw->count++;
    while (at > 0 && raw->servers[at - 1].preference < server->preference) {
        raw->servers[at] = raw->servers[at - 1];
        at--;
    }
    raw->servers[at] = *server;
}

static void read_server(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct raw_server raw = {.auth_port = AUTH_PORT, .acct_port = ACCT_PORT};
    hub_schema_read(build, &server_schema, section, &raw);
    check_secret(build, section, raw.secret);
    if (raw.address.count != 1) {
        hub_schema_error(build, section, "address", "expected one address");
        return;
    }
    insert(target, &(const struct hub_radius_server){
                       .name = hub_arena_text(build->arena, section->name, strlen(section->name)),
                       .address = raw.address.list[0],
                       .auth_port = raw.auth_port,
                       .acct_port = raw.acct_port,
                       .secret = raw.secret,
                       .preference = raw.preference,
                   });
}

static const struct hub_subsection each_server[] = {{"*", read_server, NULL}};

static const struct hub_schema servers_schema = {
    .sections = each_server,
    .section_count = x4m_countof(each_server),
};

static void read_servers(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    struct raw_radius *raw = target;
    const size_t count = hub_schema_count(section);
    if (count > HUB_RADIUS_SERVERS_MAX) {
        hub_report_error(&build->report, section->place, "expected at most %d servers",
                         HUB_RADIUS_SERVERS_MAX);
        return;
    }
    raw->servers = hub_arena_array(build->arena, count, sizeof(*raw->servers));
    if (raw->servers)
        hub_schema_read(build, &servers_schema, section, raw);
}

/* ------------------------------------------------------------------ dynamic authorization */

#define DAE(member) offsetof(struct raw_dae, member)

static const struct hub_option dae_options[] = {
    {"enable", hub_read_flag, DAE(enable), NULL},
    {"listen", hub_read_addr_list, DAE(listen), NULL},
    {"port", hub_read_port, DAE(port), &port_bounds},
    {"secret", hub_read_key, DAE(secret), NULL},
};

static const struct hub_schema dae_schema = {
    .options = dae_options,
    .option_count = x4m_countof(dae_options),
    .secret = true,
};

static void read_dae(struct hub_build *build, const struct settings_section *section, void *target)
{
    struct raw_radius *raw = target;
    hub_schema_read(build, &dae_schema, section, &raw->dae);
    if (raw->dae.enable)
        check_secret(build, section, raw->dae.secret);
    if (raw->dae.enable && raw->dae.listen.count != 1)
        hub_schema_error(build, section, "listen", "expected one address");
}

/* ------------------------------------------------------------------ the section */

#define FIELD(member) offsetof(struct raw_radius, member)
#define NO_EAP        "EAP is not spoken"

static const struct hub_option options[] = {
    {"accounting", hub_read_flag, FIELD(accounting), NULL},
    {"accounting_interval", hub_read_time, FIELD(interval), NULL},
    {"nas_identifier", hub_read_text, FIELD(nas_identifier), NULL},
    {"station_id_with_port", hub_read_flag, FIELD(station_port), NULL},
    {"retransmit_timeout", hub_read_milliseconds, FIELD(timeout_ms), &timeout_bounds},
    {"retransmit_tries", hub_read_number, FIELD(tries), &tries_bounds},
    {"retransmit_base", hub_read_milliseconds, FIELD(base_ms), &base_bounds},
    {"eap_start", HUB_IGNORE("no", NO_EAP)},
    {"id_prefix", HUB_IGNORE(NULL, NO_EAP)},
    {"sockets", HUB_IGNORE("1", "256 requests may wait for a server, and others here")},
};

static const struct hub_subsection sections[] = {
    {"servers", read_servers, NULL},
    {"dae", read_dae, NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = sections,
    .section_count = x4m_countof(sections),
};

void hub_config_read_radius(struct hub_build *build, const struct settings_section *section,
                            struct hub_radius *radius)
{
    struct raw_radius raw = {
        .station_port = true,
        .timeout_ms = 2000,
        .tries = 4,
        .base_ms = 1400,
        .nas_identifier = "ikehub",
        .dae = {.port = DAE_PORT},
    };
    hub_schema_read(build, &schema, section, &raw);
    if (!raw.count)
        hub_schema_error(build, section, "servers", "expected a section with a server");
    *radius = (struct hub_radius){
        .servers = raw.servers,
        .server_count = raw.count,
        .nas_identifier = raw.nas_identifier,
        .accounting = raw.accounting,
        .station_port = raw.station_port,
        .interval_sec = raw.interval.seconds,
        .timeout_ms = raw.timeout_ms,
        .tries = raw.tries,
        .base_pct = raw.base_ms / 10,
        .dae_secret = raw.dae.enable ? raw.dae.secret : (x4s_chunk){0},
        .dae_port = raw.dae.port,
    };
    if (raw.dae.enable && raw.dae.listen.count)
        radius->dae_listen = raw.dae.listen.list[0];
}
