/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_SECTIONS_H
#define SHARD_CONFIG_SECTIONS_H

/*
 * The sections at the root of a configuration, each into its part of the snapshot. What is wrong is
 * told; then the part may be incomplete, and no snapshot comes of it.
 */

#include "shard/config/schema.h"

/* A section is NULL where it was not written. In this order: connections look at the daemon. */
void hub_config_read_daemon(struct hub_build *build, const struct settings_section *ikehub);
void hub_config_read_connections(struct hub_build *build,
                                 const struct settings_section *connections);
void hub_config_read_pools(struct hub_build *build, const struct settings_section *pools);
void hub_config_read_secrets(struct hub_build *build, const struct settings_section *secrets);
void hub_config_read_authorities(struct hub_build *build,
                                 const struct settings_section *authorities);

/* The section ikehub.shared_nets. */
void hub_config_read_shared_nets(struct hub_build *build, const struct settings_section *nets,
                                 x4s_ike_limits *limits);

/* The section ikehub.store. */
void hub_config_read_store(struct hub_build *build, const struct settings_section *section,
                           struct hub_store *store);

/* What a node or an estate may be called. */
bool hub_config_is_node(const char *name);

/* The section ikehub.store.estates; `store` has the node's name. */
void hub_config_read_estates(struct hub_build *build, const struct settings_section *section,
                             struct hub_store *store);

/* The section ikehub.radius. */
void hub_config_read_radius(struct hub_build *build, const struct settings_section *section,
                            struct hub_radius *radius);

/* The section ikehub.metrics. */
void hub_config_read_metrics(struct hub_build *build, const struct settings_section *section,
                             struct hub_metrics *metrics);

/* XFRM interfaces, as of struct hub_kernel_options. */
struct hub_interfaces {
    uint32_t if_id_in;
    uint32_t if_id_out;
};

/*
 * The children of one connection, of which addresses and ports are read already. `interfaces` are
 * those of children that have none of their own.
 */
void hub_config_read_children(struct hub_build *build, const struct settings_section *children,
                              const struct hub_interfaces *interfaces,
                              struct hub_connection *connection);

/*
 * What the lookups search, once all has been read without an error. NULL: out of memory. It is in
 * the build's arena.
 */
const struct hub_config_index *hub_config_index_new(struct hub_build *build);

/* The arena of a snapshot, to add to it before others have the snapshot. */
struct hub_arena *hub_config_arena(struct hub_config *config);

#endif
