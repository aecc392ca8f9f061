/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_FACE_H
#define SHARD_CONFIG_FACE_H

/*
 * What a responder shows of a connection before it knows who the peer is: the addresses that it is
 * for, the transforms that it takes, and our identity. Of connections with the same face a peer
 * begins with the first of the file, and its identity decides later. So only that one has to be
 * looked at when somebody begins, however many there are.
 */

#include "shard/config/config.h"

/* The same addresses, transforms (lifetimes aside) and identity of ours. */
bool hub_face_same(const struct hub_connection *a, const struct hub_connection *b);

/* The same for connections with the same face. */
uint64_t hub_face_hash(const struct hub_connection *connection);

/* Whether one of the offered transforms is one of the connection's. */
bool hub_face_takes(const struct hub_connection *connection, const x4s_ike_transform1 *offered,
                    size_t count);

#endif
