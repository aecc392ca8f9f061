/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_CREDENTIAL_FILES_H
#define SHARD_CONFIG_CREDENTIAL_FILES_H

/*
 * Certificates, CRLs and private keys as files: DER, or PEM with any number of blocks.
 */

#include <stdbool.h>
#include <stddef.h>

#include "shard/config/arena.h"
#include "x4/core/types.h"

/* One of them, in DER. */
struct hub_der {
    const char *path;
    bool others; /* others than the file's owner and group may read it */
    x4s_chunk der;
    struct hub_der *next;
};

struct hub_ders {
    struct hub_der *first; /* in the order of the files' names, then of the blocks */
    struct hub_der **end;
    size_t count;
};

void hub_ders_init(struct hub_ders *list);

/* Adds a copy of one of another list, of the same bytes. */
void hub_ders_append(struct hub_arena *arena, struct hub_ders *list, const struct hub_der *der);

/*
 * Adds what a file holds; of a PEM file the blocks with a label that is, or ends with, `label`.
 * NULL, or a text in static storage that says why it cannot be read.
 */
const char *hub_ders_add_file(struct hub_arena *arena, const char *path, const char *label,
                              struct hub_ders *list);

/* The same for what is in memory; `path` is kept. */
const char *hub_ders_add_data(struct hub_arena *arena, const char *path, x4s_chunk data,
                              const char *label, struct hub_ders *list);

/*
 * The same for all files of a folder but those whose names begin with a dot; a folder that is not
 * there is empty. On an error *path is the file's.
 */
const char *hub_ders_add_folder(struct hub_arena *arena, const char *folder, const char *label,
                                struct hub_ders *list, const char **path);

#endif
