/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LOADER_H
#define SHARD_LOADER_H

/*
 * Reads a configuration in a thread of its own, because files may take their time, and a hundred
 * thousand connections a second or two.
 */

#include "shard/config/overlay.h"

struct hub_loader;

/* As of hub_overlay_load(); a snapshot `before` exists until the end. */
struct hub_loader_job {
    const char *path;
    const struct hub_config *before;
    struct hub_overlay *overlay; /* released with the loader, and if it does not begin */
};

/* Begins. NULL: no memory, or no thread. */
struct hub_loader *hub_loader_begin(const struct hub_loader_job *job);

/* Becomes readable when it is done. */
int hub_loader_fd(const struct hub_loader *loader);

/*
 * Waits until it is done and releases it: tells what was found, of which there may be too much to
 * be kept, and returns the snapshot, or NULL as hub_overlay_load() does. Of a file that was not
 * read again only what is about the overlay is told, and errors. `told` may be NULL.
 */
struct hub_config *hub_loader_end(struct hub_loader *loader, hub_config_told told, void *context);

#endif
