/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SETTINGS_PLACE_H
#define SHARD_CONFIG_SETTINGS_PLACE_H

/*
 * Where something in a configuration was written, and messages that begin with it.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct settings_file {
    const char *name;
    bool others; /* others than owner and group may read or write it */
    bool loaded; /* it is no file: what lies over one (overlay.h) */
};

/* Line 0: the file as a whole. */
struct settings_place {
    const struct settings_file *file;
    unsigned line;
};

/*
 * "FILE:LINE: " and the formatted text: one line, control characters shown as '?', cut off at
 * `size`. Returns text.
 */
char *settings_message(char *text, size_t size, struct settings_place place, const char *format,
                       va_list arguments) __attribute__((format(printf, 4, 0)));

#endif
