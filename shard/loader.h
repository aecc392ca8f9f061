/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LOADER_H
#define SHARD_LOADER_H

/*
 * Reads a configuration in a thread of its own, because files may take their time, and a hundred
 * thousand connections a second or two.
 */

#include "shard/config/config.h"

struct hub_loader;

/* Begins. NULL: no memory, or no thread. */
struct hub_loader *hub_loader_begin(const char *path);

/* Becomes readable when it is done. */
int hub_loader_fd(const struct hub_loader *loader);

/*
 * Waits until it is done and releases it: tells what was found, of which there may be too much to
 * be kept, and returns the snapshot, or NULL as hub_config_load() does. `told` may be NULL.
 */
struct hub_config *hub_loader_end(struct hub_loader *loader, hub_config_told told, void *context);

#endif
