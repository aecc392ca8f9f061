/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/options.h"

#include <stdlib.h>
#include <string.h>

#include "shard/command_line.h"

struct word {
    const char *text;
    int value;
};

static const struct word backends[] = {
    {"auto", HUB_BACKEND_AUTO},
    {"uring", HUB_BACKEND_URING},
    {"epoll", HUB_BACKEND_EPOLL},
    {NULL, 0},
};

static const struct word kernels[] = {
    {"auto", HUB_KERNEL_CHOICE_AUTO},
    {"xfrm", HUB_KERNEL_CHOICE_XFRM},
    {"null", HUB_KERNEL_CHOICE_NULL},
    {NULL, 0},
};

static const struct word privileges[] = {
    {"separate", HUB_PRIVILEGES_SEPARATE},
    {"none", HUB_PRIVILEGES_NONE},
    {NULL, 0},
};

static const struct word log_levels[] = {
    {"error", x4c_trace_error},
    {"notice", x4c_trace_notice},
    {"info", x4c_trace_info},
    {"debug", x4c_trace_debug},
    {NULL, 0},
};

static const struct word log_formats[] = {
    {"logfmt", HUB_LOG_LOGFMT},
    {"json", HUB_LOG_JSON},
    {NULL, 0},
};

static bool read_config(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "the path of a file";
    options->config = text;
    return *text != '\0';
}

static bool read_listen(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "not more addresses";
    if (options->listen_count == HUB_OPTIONS_LISTEN_MAX)
        return false;
    *expected = "an IPv4 or IPv6 address";
    return x4_net_addr_parse(text, &options->listen[options->listen_count++]);
}

static bool read_number(const char *text, long min, long max, struct hub_override *override)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value < min || value > max)
        return false;
    *override = (struct hub_override){true, (int)value};
    return true;
}

static bool read_port(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "a number from 1 to 65535";
    return read_number(text, 1, 65535, &options->port);
}

static bool read_port_nat_t(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "a number from 0 to 65535";
    return read_number(text, 0, 65535, &options->port_nat_t);
}

static bool read_word(const struct word *words, const char *text, struct hub_override *override)
{
    for (; words->text; words++) {
        if (strcmp(words->text, text) != 0)
            continue;
        *override = (struct hub_override){true, words->value};
        return true;
    }
    return false;
}

static bool read_backend(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "auto, uring or epoll";
    return read_word(backends, text, &options->backend);
}

static bool read_kernel(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "auto, xfrm or null";
    return read_word(kernels, text, &options->kernel);
}

static bool read_privileges(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "separate or none";
    return read_word(privileges, text, &options->privileges);
}

static bool read_shards(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    static const struct word automatic[] = {{"auto", 0}, {NULL, 0}};
    *expected = "auto or a number from 1 to 64";
    return read_word(automatic, text, &options->shards) ||
           read_number(text, 1, HUB_SHARDS_MAX, &options->shards);
}

static bool read_log_level(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "error, notice, info or debug";
    return read_word(log_levels, text, &options->log_level);
}

static bool read_log_format(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "logfmt or json";
    return read_word(log_formats, text, &options->log_format);
}

static bool read_socket(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    *expected = "none or a path that begins with /";
    options->socket = text;
    return strcmp(text, "none") == 0 || (*text == '/' && strlen(text) <= HUB_SOCKET_MAX);
}

static bool read_log_keys(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    (void)text;
    (void)expected;
    options->log_keys = true;
    return true;
}

static bool read_check(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    (void)text;
    (void)expected;
    options->action = HUB_ACTION_CHECK;
    return true;
}

static bool read_version(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    (void)text;
    (void)expected;
    options->action = HUB_ACTION_VERSION;
    return true;
}

static bool read_help(void *target, const char *text, const char **expected)
{
    struct hub_options *options = target;
    (void)text;
    (void)expected;
    options->action = HUB_ACTION_HELP;
    return true;
}

static const struct hub_line_option rows[] = {
    {"config", "FILE", "configuration (default: " HUB_OPTIONS_CONFIG ")", read_config, 0},
    {"check", NULL, "read the configuration, say what is wrong with it, and leave", read_check, 0},
    {"listen", "ADDRESS", "listen on this address; may be given several times", read_listen, 0},
    {"port", "N", "UDP port for IKE", read_port, 0},
    {"port-nat-t", "N", "UDP port for IKE with NAT traversal; 0: none", read_port_nat_t, 0},
    {"backend", "NAME", "auto, uring or epoll", read_backend, 0},
    {"kernel", "NAME", "what protects packets: auto, xfrm or null", read_kernel, 0},
    {"privileges", "NAME", "separate or none: whether processes share them out", read_privileges,
     0},
    {"shards", "N", "threads that serve; auto: one for each core", read_shards, 0},
    {"log-level", "LEVEL", "error, notice, info or debug", read_log_level, 0},
    {"log-format", "FORMAT", "logfmt or json", read_log_format, 0},
    {"socket", "PATH", "control socket; none: none", read_socket, 0},
    {"log-keys", NULL, "log keying material, for decrypting captures of a test", read_log_keys, 0},
    {"version", NULL, "say which version this is", read_version, 0},
    {"help", NULL, "this text", read_help, 0},
};

_Static_assert(HUB_OPTIONS_ERROR_MAX == HUB_COMMAND_LINE_ERROR, "one buffer for both");

bool hub_options_read(int argc, char **argv, struct hub_options *options,
                      char error[HUB_OPTIONS_ERROR_MAX])
{
    struct hub_line line = {.rows = rows, .count = x4m_countof(rows)};
    *options = (struct hub_options){.config = HUB_OPTIONS_CONFIG};
    if (!hub_line_read(&line, argc, argv, options, error))
        return false;
    if (line.rest == argc)
        return true;
    snprintf(error, HUB_OPTIONS_ERROR_MAX, "'%s' is no option; see --help", argv[line.rest]);
    return false;
}

bool hub_options_apply(const struct hub_options *options, struct hub_daemon *daemon,
                       char error[HUB_OPTIONS_ERROR_MAX])
{
    if (options->listen_count) {
        daemon->listen = options->listen;
        daemon->listen_count = options->listen_count;
    }
    if (options->port.given)
        daemon->port = (uint16_t)options->port.value;
    if (options->port_nat_t.given)
        daemon->port_nat_t = (uint16_t)options->port_nat_t.value;
    if (options->backend.given)
        daemon->backend = (enum hub_backend)options->backend.value;
    if (options->kernel.given)
        daemon->kernel = (enum hub_kernel_choice)options->kernel.value;
    if (options->privileges.given)
        daemon->privileges = (enum hub_privileges)options->privileges.value;
    if (options->shards.given)
        daemon->shards = (uint32_t)options->shards.value;
    if (options->log_level.given)
        daemon->log_level = (x4e_trace_level)options->log_level.value;
    if (options->log_format.given)
        daemon->log_format = (enum hub_log_format)options->log_format.value;
    if (options->socket) {
        daemon->socket = strcmp(options->socket, "none") == 0 ? NULL : options->socket;
        daemon->socket_default = false;
    }
    daemon->log_keys = daemon->log_keys || options->log_keys;
    if (daemon->port != daemon->port_nat_t)
        return true;
    snprintf(error, HUB_OPTIONS_ERROR_MAX,
             "--port-nat-t: expected another port than %u, that of --port", (unsigned)daemon->port);
    return false;
}

void hub_options_usage(FILE *to)
{
    fputs("usage: ikehubd [OPTION]...\nAn IKEv1 concentrator. It stays in the foreground.\n\n", to);
    const struct hub_line line = {.rows = rows, .count = x4m_countof(rows)};
    hub_line_usage(&line, to);
}
