/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "shard/config/config.h"
#include "shard/ctl/commands.h"

#define TIMEOUT_MS     10000
#define TIMEOUT_MAX_MS 3600000

/* A reader of one option's argument. False: *expected follows "expected ". */
typedef bool (*read_fn)(struct ctl_options *options, const char *text, const char **expected);

static bool read_socket(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "the path of a socket";
    options->socket = text;
    return *text && strlen(text) <= HUB_SOCKET_MAX;
}

static bool is_number(const char *text)
{
    return *text && !text[strspn(text, "0123456789")] && strlen(text) <= 10;
}

static bool read_timeout(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "seconds, from 1 to 3600";
    const uint64_t ms = is_number(text) ? strtoull(text, NULL, 10) * 1000 : 0;
    options->timeout_ms = (uint32_t)ms;
    return ms >= 1000 && ms <= TIMEOUT_MAX_MS;
}

static bool read_json(struct ctl_options *options, const char *text, const char **expected)
{
    (void)text;
    (void)expected;
    options->json = true;
    return true;
}

static bool read_version(struct ctl_options *options, const char *text, const char **expected)
{
    (void)text;
    (void)expected;
    options->version = true;
    return true;
}

static bool read_help(struct ctl_options *options, const char *text, const char **expected)
{
    (void)text;
    (void)expected;
    options->help = true;
    return true;
}

static bool read_ike(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "the name of a connection";
    options->ike = text;
    return *text != '\0';
}

static bool read_ike_id(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "the number of an ISAKMP SA";
    options->ike_id = text;
    return is_number(text) && strtoull(text, NULL, 10) > 0;
}

static bool read_child(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "the name of a child";
    options->child = text;
    return *text != '\0';
}

static bool read_child_id(struct ctl_options *options, const char *text, const char **expected)
{
    *expected = "the number of a child, or 0x and its inbound SPI";
    const bool hex = strncmp(text, "0x", 2) == 0 && strlen(text) <= 10;
    if (!hex && !is_number(text))
        return false;
    char *end;
    const unsigned long long number = strtoull(text, &end, hex ? 16 : 10);
    snprintf(options->child_id, sizeof(options->child_id), "%llu", number);
    return !*end && number > 0;
}

static bool read_now(struct ctl_options *options, const char *text, const char **expected)
{
    (void)text;
    (void)expected;
    options->now = true;
    return true;
}

struct option_row {
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;
    read_fn read;
    uint32_t bit; /* of enum ctl_option; 0: every command has it */
};

static const struct option_row rows[] = {
    {"ike", "NAME", "the connection of this name", read_ike, CTL_IKE},
    {"ike-id", "N", "the ISAKMP SA of this number", read_ike_id, CTL_IKE_ID},
    {"child", "NAME", "children of this name", read_child, CTL_CHILD},
    {"child-id", "N", "the child of this number", read_child_id, CTL_CHILD_ID},
    {"now", NULL, "do not wait for SAs to go", read_now, CTL_NOW},
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

static bool read_rows(int argc, char **argv, struct ctl_options *options, uint32_t *given,
                      char error[CTL_ERROR_MAX])
{
    struct option longs[ROW_COUNT + 1] = {0};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        longs[i].name = rows[i].name;
        longs[i].has_arg = rows[i].argument ? required_argument : no_argument;
    }
    optind = 0;
    opterr = 0;
    int index = 0;
    int found;
    while ((found = getopt_long(argc, argv, ":", longs, &index)) == 0) {
        const char *expected = "";
        *given |= rows[index].bit;
        if (rows[index].read(options, optarg, &expected))
            continue;
        snprintf(error, CTL_ERROR_MAX, "--%s: expected %s, found '%s'", rows[index].name, expected,
                 optarg);
        return false;
    }
    if (found == -1)
        return true;
    return refuse(error, argv[optind - 1],
                  found == ':' ? "needs an argument" : "is no option; see --help");
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

/* What stands behind the command. */
static bool read_operand(int argc, char **argv, struct ctl_options *options,
                         char error[CTL_ERROR_MAX])
{
    const int operands = options->command->options & CTL_ESTATE ? 1 : 0;
    const int given = argc - optind - 1;
    if (given > operands)
        return refuse(error, argv[optind + 1 + operands], "was not expected; see --help");
    if (given < operands)
        return refuse(error, argv[optind], "needs the name of an estate");
    options->estate = operands ? argv[optind + 1] : NULL;
    return true;
}

bool ctl_options_read(int argc, char **argv, struct ctl_options *options, char error[CTL_ERROR_MAX])
{
    uint32_t given = 0;
    *options = (struct ctl_options){.socket = HUB_SOCKET, .timeout_ms = TIMEOUT_MS};
    if (!read_rows(argc, argv, options, &given, error))
        return false;
    if (options->version || options->help)
        return true;
    if (optind == argc) {
        snprintf(error, CTL_ERROR_MAX, "expected a command; see --help");
        return false;
    }
    options->command = ctl_command_find(argv[optind]);
    if (!options->command)
        return refuse(error, argv[optind], "is no command; see --help");
    if (!read_operand(argc, argv, options, error))
        return false;
    return fits(options->command, given, error);
}

static void print_command(FILE *to, const struct ctl_command *command)
{
    char name[40];
    snprintf(name, sizeof(name), "%s%s", command->name,
             command->options & CTL_ESTATE ? " ESTATE" : "");
    fprintf(to, "  %-20s  %s\n", name, command->help);
}

void ctl_options_usage(FILE *to)
{
    fputs("usage: ikehubctl [OPTION]... COMMAND\nAsks and steers a running ikehubd.\n\n", to);
    for (const struct ctl_command *command = ctl_commands; command->name; command++)
        print_command(to, command);
    fputc('\n', to);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[40];
        snprintf(name, sizeof(name), "--%s %s", rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        fprintf(to, "  %-20s  %s\n", name, rows[i].help);
    }
}
