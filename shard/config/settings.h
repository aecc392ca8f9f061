/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SETTINGS_H
#define SHARD_CONFIG_SETTINGS_H

/*
 * The grammar of strongswan.conf(5) and swanctl.conf, without any notion of which options exist:
 *
 *     statements := (section | setting | include)*
 *     section    := NAME [: REFERENCE[, REFERENCE]*] { statements }
 *     setting    := NAME = (WORD | "STRING")*          up to a newline, # or }
 *     include    := include PATTERN                    relative to the file that it stands in
 *
 * A # begins a comment, but in a string. The parts of a value are joined by one space. A string may
 * go over lines; \n, \r and \t in it are the control characters, a backslash before a newline joins
 * the lines, and before anything else stands for that. In a name :: stands for a colon.
 *
 * A section that comes again extends the first, a setting that comes again replaces the first. A
 * section has all settings and sections of those that it refers to by their names from the root
 * on, separated by dots, unless it has them itself; of several the one named first wins.
 */

#include <stdbool.h>
#include <stddef.h>

#include "shard/config/arena.h"
#include "shard/config/settings_place.h"

#define SETTINGS_FILE_MAX     ((size_t)64 << 20) /* bytes of one file */
#define SETTINGS_FILES_MAX    1000               /* files of one configuration */
#define SETTINGS_DEPTH_MAX    16                 /* sections in sections */
#define SETTINGS_INCLUDES_MAX 8                  /* files that include files */
#define SETTINGS_NAME_MAX     255                /* bytes of a name */

/* Inheritance may make a configuration so many times larger than its text. */
#define SETTINGS_INHERIT_MAX 64

#define SETTINGS_ERROR 1024

struct settings_value {
    const char *name;
    const char *text; /* empty: as if it were not set */
    struct settings_place place;
    const struct settings_value *next; /* in the order of the text, inherited ones at the end */
};

struct settings_reference {
    const char *name;
    struct settings_place place;
    const struct settings_reference *next;
};

struct settings_section {
    const char *name;                      /* the root's is empty */
    const struct settings_section *parent; /* NULL: the root */
    struct settings_place place;           /* where it was first opened */
    const struct settings_value *values;
    const struct settings_section *sections;
    const struct settings_reference *references; /* resolved already */
    bool referred;                               /* something refers to it, or into it */
    const struct settings_section *next;
};

struct settings_error {
    char text[SETTINGS_ERROR]; /* "FILE:LINE: what was expected", one line */
};

/*
 * The root section of a file and what it includes; it, and all that it points to, is allocated in
 * the arena. NULL: error->text is set.
 */
const struct settings_section *settings_load(struct hub_arena *arena, const char *path,
                                             struct settings_error *error);

/* The same for text in memory; include is an error then. */
const struct settings_section *settings_parse(struct hub_arena *arena, const char *name,
                                              const char *text, size_t size,
                                              struct settings_error *error);

/* "connections.office"; empty for the root. Returns text, cut off if it is too long. */
char *settings_path(const struct settings_section *section, char *text, size_t size);

#endif
