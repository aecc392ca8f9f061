/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_KIN_H
#define SHARD_CONFIG_KIN_H

/*
 * What connections and children of different snapshots have to do with each other: the same name
 * stands for the same thing, as long as it is for the same peer.
 */

#include "shard/config/config.h"

/* Whether both are one connection by name. */
bool hub_connection_same(const struct hub_connection *a, const struct hub_connection *b);

/* The same of children: the names of their connections and their own. */
bool hub_child_same(const struct hub_child *a, const struct hub_child *b);

/* Whether both are for the same traffic. */
bool hub_child_carries_same(const struct hub_child *a, const struct hub_child *b);

/* The child of that name, or NULL. */
const struct hub_child *hub_connection_child(const struct hub_connection *connection,
                                             const char *name);

/*
 * The connection of another snapshot that an ISAKMP SA goes on with, which was made under `was` and
 * whose peer is at `remote`. It has the same name, both identities are written as before, and so is
 * how the peers authenticate; and the peer's address is one of its own. NULL: there is none, for a
 * name alone may have become another peer's.
 */
const struct hub_connection *hub_connection_in(const struct hub_config *config,
                                               const struct hub_connection *was,
                                               const x4s_net_addr *remote);

#endif
