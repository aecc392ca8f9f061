/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/command_line.h"

#include <getopt.h>
#include <string.h>

#define OPTIONS_MAX 32

static bool refuse(char error[HUB_COMMAND_LINE_ERROR], const char *what, const char *why)
{
    snprintf(error, HUB_COMMAND_LINE_ERROR, "'%s' %s", what, why);
    return false;
}

static bool read_row(const struct hub_line_option *row, void *options, const char *text,
                     char error[HUB_COMMAND_LINE_ERROR])
{
    const char *expected = "";
    if (row->read(options, text, &expected))
        return true;
    snprintf(error, HUB_COMMAND_LINE_ERROR, "--%s: expected %s, found '%s'", row->name, expected,
             text);
    return false;
}

bool hub_line_read(struct hub_line *line, int argc, char **argv, void *options,
                   char error[HUB_COMMAND_LINE_ERROR])
{
    struct option longs[OPTIONS_MAX + 1] = {0};
    int index = 0;
    int found;
    for (size_t i = 0; i < line->count && i < OPTIONS_MAX; i++) {
        longs[i].name = line->rows[i].name;
        longs[i].has_arg = line->rows[i].argument ? required_argument : no_argument;
    }
    line->given = 0;
    optind = 0;
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", longs, &index)) == 0) {
        line->given |= line->rows[index].bit;
        if (!read_row(&line->rows[index], options, optarg, error))
            return false;
    }
    line->rest = optind;
    if (found == -1)
        return true;
    return refuse(error, argv[optind - 1],
                  found == ':' ? "needs an argument" : "is no option; see --help");
}

void hub_line_usage(const struct hub_line *line, FILE *to)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct hub_line_option *row = &line->rows[i];
        char name[40];
        snprintf(name, sizeof(name), "--%s %s", row->name, row->argument ? row->argument : "");
        fprintf(to, "  %-20s  %s\n", name, row->help);
    }
}
