/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_COMMAND_LINE_H
#define SHARD_COMMAND_LINE_H

/*
 * Command lines as tables: a row for each option, --name or --name ARGUMENT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HUB_COMMAND_LINE_ERROR 256

struct hub_line_option {
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;

    /* Into the user's struct; `text` is NULL without argument. False: *expected follows "expected
     * ". */
    bool (*read)(void *options, const char *text, const char **expected);

    uint32_t bit; /* to be told that it was given; 0: not */
};

struct hub_line {
    const struct hub_line_option *rows;
    size_t count;
    uint32_t given; /* bits of rows that were there */
    int rest;       /* index of the first argument that is no option */
};

/*
 * Reads all options, wherever they stand; other arguments come last then. False: `error` says what
 * is wrong, without a newline.
 */
bool hub_line_read(struct hub_line *line, int argc, char **argv, void *options,
                   char error[HUB_COMMAND_LINE_ERROR]);

/* A line for each option. */
void hub_line_usage(const struct hub_line *line, FILE *to);

#endif
