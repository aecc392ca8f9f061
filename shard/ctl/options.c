/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/options.h"

#include <stdlib.h>
#include <string.h>

#include "shard/command_line.h"
#include "shard/config/config.h"
#include "shard/ctl/commands.h"

#define TIMEOUT_MS     10000
#define TIMEOUT_MAX_MS 3600000
#define INTERVAL_SEC   1

_Static_assert(CTL_ERROR_MAX == HUB_COMMAND_LINE_ERROR, "one buffer for both");

static bool read_socket(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "the path of a socket";
    options->socket = text;
    return *text && strlen(text) <= HUB_SOCKET_MAX;
}

static bool is_number(const char *text)
{
    return *text && !text[strspn(text, "0123456789")] && strlen(text) <= 10;
}

static bool read_timeout(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "seconds, from 1 to 3600";
    const uint64_t ms = is_number(text) ? strtoull(text, NULL, 10) * 1000 : 0;
    options->timeout_ms = (uint32_t)ms;
    return ms >= 1000 && ms <= TIMEOUT_MAX_MS;
}

static bool read_json(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->json = true;
    return true;
}

static bool read_version(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->version = true;
    return true;
}

static bool read_help(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->help = true;
    return true;
}

static bool read_ike(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "the name of a connection";
    options->ike = text;
    return *text != '\0';
}

static bool read_ike_id(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "the number of an ISAKMP SA";
    options->ike_id = text;
    return is_number(text) && strtoull(text, NULL, 10) > 0;
}

static bool read_child(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "the name of a child";
    options->child = text;
    return *text != '\0';
}

static bool read_child_id(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "the number of a child, or 0x and its inbound SPI";
    const bool hex = strncmp(text, "0x", 2) == 0 && strlen(text) <= 10;
    if (!hex && !is_number(text))
        return false;
    char *end;
    const unsigned long long number = strtoull(text, &end, hex ? 16 : 10);
    snprintf(options->child_id, sizeof(options->child_id), "%llu", number);
    return !*end && number > 0;
}

static bool read_now(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->now = true;
    return true;
}

static bool read_reset(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->reset = true;
    return true;
}

static bool read_leases(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    (void)text;
    (void)expected;
    options->leases = true;
    return true;
}

static bool read_interval(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "seconds, from 1 to 3600";
    const uint64_t seconds = is_number(text) ? strtoull(text, NULL, 10) : 0;
    options->interval_sec = (uint32_t)seconds;
    return seconds >= 1 && seconds <= TIMEOUT_MAX_MS / 1000;
}

static bool read_count(void *target, const char *text, const char **expected)
{
    struct ctl_options *options = target;
    *expected = "a number from 1 to 1000000";
    const uint64_t count = is_number(text) ? strtoull(text, NULL, 10) : 0;
    options->count = (uint32_t)count;
    return count >= 1 && count <= 1000000;
}

static const struct hub_line_option rows[] = {
    {"ike", "NAME", "the connection of this name", read_ike, CTL_IKE},
    {"ike-id", "N", "the ISAKMP SA of this number", read_ike_id, CTL_IKE_ID},
    {"child", "NAME", "children of this name", read_child, CTL_CHILD},
    {"child-id", "N", "the child of this number", read_child_id, CTL_CHILD_ID},
    {"now", NULL, "do not wait for SAs to go", read_now, CTL_NOW},
    {"reset", NULL, "begin to count anew", read_reset, CTL_RESET},
    {"leases", NULL, "who has or had which address", read_leases, CTL_LEASES},
    {"interval", "SECONDS", "between two views (default: 1)", read_interval, CTL_VIEW},
    {"count", "N", "views, and then leave (default: until it is ended)", read_count, CTL_VIEW},
    {"json", NULL, "answer in JSON", read_json, 0},
    {"socket", "PATH", "of the daemon (default: " HUB_SOCKET ")", read_socket, 0},
    {"timeout", "SECONDS", "how long the daemon may be silent (default: 10)", read_timeout, 0},
    {"version", NULL, "say which version this is", read_version, 0},
    {"help", NULL, "this text", read_help, 0},
};

#define ROW_COUNT x4m_countof(rows)

static bool refuse(char error[CTL_ERROR_MAX], const char *what, const char *why)
{
    snprintf(error, CTL_ERROR_MAX, "'%s' %s", what, why);
    return false;
}

/* Every option that was given has to be one of the command's. */
static bool fits(const struct ctl_command *command, uint32_t given, char error[CTL_ERROR_MAX])
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!(rows[i].bit & given & ~command->options))
            continue;
        snprintf(error, CTL_ERROR_MAX, "--%s is no option of %s", rows[i].name, command->name);
        return false;
    }
    return true;
}

/* What follows the command: the one operand that it takes, or nothing. */
static bool take_operand(int argc, char **argv, int rest, struct ctl_options *options,
                         char error[CTL_ERROR_MAX])
{
    const struct ctl_operand *operand = options->command->operand;
    if (!operand && rest < argc)
        return refuse(error, argv[rest], "was not expected; see --help");
    if (operand && rest == argc) {
        snprintf(error, CTL_ERROR_MAX, "%s: expected %s", options->command->name, operand->what);
        return false;
    }
    options->operand = operand ? argv[rest] : NULL;
    if (operand && rest + 1 < argc)
        return refuse(error, argv[rest + 1], "was not expected; see --help");
    return true;
}

bool ctl_options_read(int argc, char **argv, struct ctl_options *options, char error[CTL_ERROR_MAX])
{
    struct hub_line line = {.rows = rows, .count = ROW_COUNT};
    *options = (struct ctl_options){
        .socket = HUB_SOCKET, .timeout_ms = TIMEOUT_MS, .interval_sec = INTERVAL_SEC};
    if (!hub_line_read(&line, argc, argv, options, error))
        return false;
    if (options->version || options->help)
        return true;
    if (line.rest == argc) {
        snprintf(error, CTL_ERROR_MAX, "expected a command; see --help");
        return false;
    }
    options->command = ctl_command_find(argv[line.rest]);
    if (!options->command)
        return refuse(error, argv[line.rest], "is no command; see --help");
    return take_operand(argc, argv, line.rest + 1, options, error) &&
           fits(options->command, line.given, error);
}

static void write_command(const struct ctl_command *command, FILE *to)
{
    char name[40];
    snprintf(name, sizeof(name), "%s %s", command->name,
             command->operand ? command->operand->name : "");
    fprintf(to, "  %-20s  %s\n", name, command->help);
}

void ctl_options_usage(FILE *to)
{
    const struct hub_line line = {.rows = rows, .count = ROW_COUNT};
    fputs("usage: ikehubctl [OPTION]... COMMAND\nAsks and steers a running ikehubd.\n\n", to);
    for (const struct ctl_command *command = ctl_commands; command->name; command++)
        write_command(command, to);
    fputc('\n', to);
    hub_line_usage(&line, to);
}
