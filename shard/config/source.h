/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SOURCE_H
#define SHARD_CONFIG_SOURCE_H

/*
 * The tree of a file, which stays in memory as long as a snapshot was built from it, so that others
 * can be built without reading the file again: it may have changed, and nobody said that it shall
 * be used. Any number of threads may read it.
 */

#include "shard/config/config.h"
#include "shard/config/settings.h"

struct hub_source;

/* Of a file, or of text where that is not NULL. NULL: errors were told. */
struct hub_source *hub_source_read(const char *path, const char *text, size_t size,
                                   hub_config_told told, void *context);

const char *hub_source_path(const struct hub_source *source);
const struct settings_section *hub_source_tree(const struct hub_source *source);

/* One more user, and one less; the last one wipes and releases it. NULL is ignored. */
struct hub_source *hub_source_hold(struct hub_source *source);
void hub_source_let_go(struct hub_source *source);

#endif
