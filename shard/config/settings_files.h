/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SETTINGS_FILES_H
#define SHARD_CONFIG_SETTINGS_FILES_H

/*
 * The files of one configuration: finding, bounding and reading them.
 */

#include <sys/stat.h>

#include "shard/config/settings.h"
#include "shard/privilege/open.h"

struct settings_files {
    struct hub_arena *arena;
    bool may_include;
    unsigned count;
    unsigned open_count;
    struct {
        dev_t device;
        ino_t inode;
    } open[SETTINGS_INCLUDES_MAX + 1]; /* each includes the next */
};

/* A file in memory. */
struct settings_source {
    const struct settings_file *file;
    const char *text;
    size_t size;
    char *buffer; /* NULL: the text is somebody else's */
};

/*
 * Reads a file; `place` is where it was asked for. False: error->text is set. It has to be closed
 * after those that were opened later.
 */
bool settings_files_open(struct settings_files *files, struct settings_place place,
                         const char *path, struct settings_source *source,
                         struct settings_error *error);

/* The same for text in memory. False: out of memory. */
bool settings_files_memory(struct settings_files *files, const char *name, const char *text,
                           size_t size, struct settings_source *source);

void settings_files_close(struct settings_files *files, const struct settings_source *source);

/*
 * The paths that a pattern means, in the order of the alphabet; they are the caller's. A pattern
 * without wildcards means itself, one with may match nothing.
 */
bool settings_files_match(const struct settings_files *files, struct settings_place place,
                          const char *pattern, struct hub_names *paths,
                          struct settings_error *error);

#endif
