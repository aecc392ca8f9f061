/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/sections.h"
#include "shard/config/value.h"

struct raw_metrics {
    struct hub_addr_list listen;
    uint16_t port;
    bool page;
    uint32_t sas;
};

static const struct hub_bounds port_bounds = {0, 65535};
static const struct hub_bounds sa_bounds = {0, HUB_METRICS_SAS_MAX};

#define FIELD(member) offsetof(struct raw_metrics, member)

static const struct hub_option options[] = {
    {"listen", hub_read_addr_list, FIELD(listen), NULL},
    {"port", hub_read_port, FIELD(port), &port_bounds},
    {"sas", hub_read_number, FIELD(sas), &sa_bounds},
    {"status_page", hub_read_flag, FIELD(page), NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
};

static const x4s_net_addr loopback = {.family = x4c_net_ipv4, .ip = {127, 0, 0, 1}};

void hub_config_read_metrics(struct hub_build *build, const struct settings_section *section,
                             struct hub_metrics *metrics)
{
    struct raw_metrics raw = {.port = HUB_METRICS_PORT, .page = true};
    hub_schema_read(build, &schema, section, &raw);
    if (raw.listen.count > 1)
        hub_schema_error(build, section, "listen", "expected one address");
    metrics->listen = raw.listen.count ? raw.listen.list[0] : loopback;
    metrics->listen.port = raw.port;
    metrics->page = raw.page;
    metrics->sas = raw.sas;
}
