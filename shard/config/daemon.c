/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "shard/config/sections.h"
#include "shard/config/value.h"

/* req 3948-4-3 */
#define KEEP_ALIVE_SEC 20 /* strongswan.conf's default */

/* What is written, with the defaults until then. Names are strongswan.conf's where it has them. */
struct raw_daemon {
    struct hub_addr_list listen;
    uint16_t port;
    uint16_t port_nat_t;
    unsigned backend;
    unsigned crypto;
    unsigned kernel;
    uint32_t shards;
    unsigned log_level;
    unsigned log_format;
    bool log_keys;
    unsigned privileges;
    const char *user;
    const char *socket;
    uint16_t socket_mode;
    const char *socket_group;
    bool own_order;
    bool aggressive_psk;
    uint32_t fragment_size;
    struct hub_time keep_alive;
    x4s_ike_timing timing;
    x4s_ike_limits limits;
    uint32_t keys_ahead;
    uint32_t prefix4_bits;
    uint32_t prefix6_bits;
    struct hub_store store;
    struct hub_radius radius;
    struct hub_metrics metrics;
};

static const struct hub_word backends[] = {
    {"auto", HUB_BACKEND_AUTO},
    {"uring", HUB_BACKEND_URING},
    {"epoll", HUB_BACKEND_EPOLL},
    {NULL, 0},
};

static const struct hub_word cryptos[] = {
    {"auto", HUB_CRYPTO_AUTO},
    {"openssl", HUB_CRYPTO_OPENSSL},
    {NULL, 0},
};

static const struct hub_word kernels[] = {
    {"auto", HUB_KERNEL_CHOICE_AUTO},
    {"xfrm", HUB_KERNEL_CHOICE_XFRM},
    {"null", HUB_KERNEL_CHOICE_NULL},
    {NULL, 0},
};

static const struct hub_word privileges[] = {
    {"separate", HUB_PRIVILEGES_SEPARATE},
    {"none", HUB_PRIVILEGES_NONE},
    {NULL, 0},
};

static const struct hub_word log_levels[] = {
    {"error", x4c_trace_error},
    {"notice", x4c_trace_notice},
    {"info", x4c_trace_info},
    {"debug", x4c_trace_debug},
    {NULL, 0},
};

static const struct hub_word log_formats[] = {
    {"logfmt", HUB_LOG_LOGFMT},
    {"json", HUB_LOG_JSON},
    {NULL, 0},
};

/* What the shards divide among them (shard/limits.h) is set in any case: libike's defaults. */
static const x4s_ike_limits shared_out = {
    .half_open = 10000,
    .remembered = 4 << 20,
    .unproven = 10000,
    .aggressive = 1000,
    .aggressive_a_second = 100,
    .jobs_waiting = 1000,
};

/* In libike 0 means its default, so 0 is what no bounds here let through. */
static const struct hub_bounds port_bounds = {1, 65535};
static const struct hub_bounds port_or_none = {0, 65535};
static const struct hub_bounds resend_bounds = {50, 600000};
static const struct hub_bounds tries_bounds = {1, 100};
static const struct hub_bounds percent_bounds = {1, 100};
static const struct hub_bounds timeout_bounds = {1000, 3600000};
static const struct hub_bounds fragment_bounds = {256, 65535};
static const struct hub_bounds shard_bounds = {1, HUB_SHARDS_MAX};
static const struct hub_bounds count_bounds = {1, 10000000};
static const struct hub_bounds prefix4_bounds = {1, 31};
static const struct hub_bounds prefix6_bounds = {1, 63};
static const struct hub_bounds ahead_bounds = {0, 32};
static const struct hub_bounds jobs_bounds = {1, 10000};
static const struct hub_bounds waiting_bounds = {100, 60000};

#define FIELD(member) offsetof(struct raw_daemon, member)

static const struct hub_option options[] = {
    {"listen", hub_read_addr_list, FIELD(listen), NULL},
    {"port", hub_read_port, FIELD(port), &port_bounds},
    {"port_nat_t", hub_read_port, FIELD(port_nat_t), &port_or_none},
    {"keep_alive", hub_read_time, FIELD(keep_alive), NULL},
    {"fragment_size", hub_read_number, FIELD(fragment_size), &fragment_bounds},
    {"backend", hub_read_word, FIELD(backend), backends},
    {"crypto", hub_read_word, FIELD(crypto), cryptos},
    {"kernel", hub_read_word, FIELD(kernel), kernels},
    {"shards", hub_read_auto_number, FIELD(shards), &shard_bounds},
    {"log_level", hub_read_word, FIELD(log_level), log_levels},
    {"log_format", hub_read_word, FIELD(log_format), log_formats},
    {"log_keys", hub_read_flag, FIELD(log_keys), NULL},
    {"privileges", hub_read_word, FIELD(privileges), privileges},
    {"user", hub_read_text, FIELD(user), NULL},
    {"socket", hub_read_socket, FIELD(socket), NULL},
    {"socket_mode", hub_read_permissions, FIELD(socket_mode), NULL},
    {"socket_group", hub_read_text, FIELD(socket_group), NULL},
    {"prefer_configured_proposals", hub_read_flag, FIELD(own_order), NULL},
    {"i_dont_care_about_security_and_use_aggressive_mode_psk", hub_read_flag, FIELD(aggressive_psk),
     NULL},
    {"retransmit_timeout", hub_read_milliseconds, FIELD(timing.resend_first_ms), &resend_bounds},
    {"retransmit_limit", hub_read_milliseconds, FIELD(timing.resend_max_ms), &resend_bounds},
    {"retransmit_tries", hub_read_number, FIELD(timing.resend_tries), &tries_bounds},
    {"retransmit_jitter", hub_read_number, FIELD(timing.resend_jitter_pct), &percent_bounds},
    {"retransmit_base", HUB_IGNORE("2|2.0", "intervals double")},
    {"negotiation_timeout", hub_read_milliseconds, FIELD(timing.negotiation_ms), &timeout_bounds},
    {"half_open_timeout", hub_read_milliseconds, FIELD(timing.half_open_ms), &timeout_bounds},
    {"init_limit_half_open", hub_read_number, FIELD(limits.half_open), &count_bounds},
    {"init_limit_aggressive", hub_read_number, FIELD(limits.aggressive), &count_bounds},
    {"init_limit_unproven", hub_read_number, FIELD(limits.unproven), &count_bounds},
    {"keys_ahead", hub_read_number, FIELD(keys_ahead), &ahead_bounds},
    {"block_threshold", hub_read_number, FIELD(limits.half_open_address), &count_bounds},
    {"init_limit_prefix", hub_read_number, FIELD(limits.half_open_prefix), &count_bounds},
    {"init_prefix_ipv4", hub_read_number, FIELD(prefix4_bits), &prefix4_bounds},
    {"init_prefix_ipv6", hub_read_number, FIELD(prefix6_bits), &prefix6_bounds},
    {"init_rate_aggressive", hub_read_number, FIELD(limits.aggressive_a_second), &count_bounds},
    {"init_limit_jobs", hub_read_number, FIELD(limits.jobs_a_tick), &jobs_bounds},
    {"init_limit_waiting", hub_read_number, FIELD(limits.jobs_waiting), &count_bounds},
    {"init_timeout_waiting", hub_read_milliseconds, FIELD(timing.job_ms), &waiting_bounds},
};

static void read_shared_nets(struct hub_build *build, const struct settings_section *section,
                             void *target)
{
    struct raw_daemon *raw = target;
    hub_config_read_shared_nets(build, section, &raw->limits);
}

static void read_store(struct hub_build *build, const struct settings_section *section,
                       void *target)
{
    struct raw_daemon *raw = target;
    hub_config_read_store(build, section, &raw->store);
}

static void read_radius(struct hub_build *build, const struct settings_section *section,
                        void *target)
{
    struct raw_daemon *raw = target;
    hub_config_read_radius(build, section, &raw->radius);
}

static void read_metrics(struct hub_build *build, const struct settings_section *section,
                         void *target)
{
    struct raw_daemon *raw = target;
    hub_config_read_metrics(build, section, &raw->metrics);
}

static const struct hub_subsection sections[] = {
    {"metrics", read_metrics, NULL},
    {"radius", read_radius, NULL},
    {"shared_nets", read_shared_nets, NULL},
    {"store", read_store, NULL},
};

static const struct hub_schema schema = {
    .options = options,
    .option_count = x4m_countof(options),
    .sections = sections,
    .section_count = x4m_countof(sections),
};

static bool listen_everywhere(struct hub_build *build, struct hub_addr_list *listen)
{
    listen->list = hub_arena_array(build->arena, 2, sizeof(*listen->list));
    if (!listen->list)
        return false;
    listen->list[0].family = x4c_net_ipv4;
    listen->list[1].family = x4c_net_ipv6;
    listen->count = 2;
    return true;
}

static void check(struct hub_build *build, const struct settings_section *ikehub,
                  const struct raw_daemon *raw)
{
    if (raw->port == raw->port_nat_t)
        hub_schema_error(build, ikehub, "port_nat_t", "expected another port than %u, that of port",
                         raw->port);
    const uint32_t first = raw->timing.resend_first_ms;
    const uint32_t max = raw->timing.resend_max_ms;
    if (max && max < first)
        hub_schema_error(build, ikehub, "retransmit_limit",
                         "expected at least retransmit_timeout, %g seconds", first / 1000.0);
}

void hub_config_read_daemon(struct hub_build *build, const struct settings_section *ikehub)
{
    struct raw_daemon raw = {
        .port = 500,
        .port_nat_t = 4500,
        .socket_mode = 0660,
        .log_level = x4c_trace_info,
        .own_order = true,
        .fragment_size = x4c_ike_fragment_size,
        .keep_alive.seconds = KEEP_ALIVE_SEC,
        .limits = shared_out,
    };
    if (ikehub) {
        hub_schema_read(build, &schema, ikehub, &raw);
        check(build, ikehub, &raw);
    }
    if (!raw.listen.count && !listen_everywhere(build, &raw.listen))
        return;
    raw.limits.prefix4_bits = (uint8_t)raw.prefix4_bits;
    raw.limits.prefix6_bits = (uint8_t)raw.prefix6_bits;
    build->own_order = raw.own_order;
    build->aggressive_psk = raw.aggressive_psk;
    build->fragment_size = raw.fragment_size;
    build->config->daemon = (struct hub_daemon){
        .config = build->config->path,
        .listen = raw.listen.list,
        .listen_count = raw.listen.count,
        .port = raw.port,
        .port_nat_t = raw.port_nat_t,
        .keep_alive_sec = raw.keep_alive.seconds,
        .backend = (enum hub_backend)raw.backend,
        .crypto = (enum hub_crypto)raw.crypto,
        .kernel = (enum hub_kernel_choice)raw.kernel,
        .shards = raw.shards,
        .log_level = (x4e_trace_level)raw.log_level,
        .log_format = (enum hub_log_format)raw.log_format,
        .log_keys = raw.log_keys,
        .privileges = (enum hub_privileges)raw.privileges,
        .user = raw.user,
        .socket = !raw.socket   ? HUB_SOCKET
                  : *raw.socket ? raw.socket
                                : NULL,
        .socket_default = !raw.socket,
        .socket_mode = raw.socket_mode,
        .socket_group = raw.socket_group,
        .timing = raw.timing,
        .limits = raw.limits,
        .keys_ahead = raw.keys_ahead,
        .store = raw.store,
        .radius = raw.radius,
        .metrics = raw.metrics,
    };
}
