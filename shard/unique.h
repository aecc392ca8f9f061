/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_UNIQUE_H
#define SHARD_UNIQUE_H

/*
 * How many ISAKMP SAs an identity may have: the option `unique`, and the notify INITIAL-CONTACT
 * (RFC 2407 4.6.3.3), by which a peer says that it has forgotten all older ones.
 *
 * An SA from the address and port of an older one is taken for its successor, not for a second
 * peer of that identity.
 */

#include "shard/peer.h"

/* Whether the identity may have this ISAKMP SA besides what it has; it is not enlisted yet. */
bool shard_unique_admits(const struct shard_sa *sa, const x4s_ike_id *remote_id);

/* The ISAKMP SA is enlisted: ends what it replaces. */
void shard_unique_enforce(struct shard_sa *sa);

struct shard_sa_name;

/* The same for an ISAKMP SA of another shard, whose peer this is; `contact`: INITIAL-CONTACT came.
 */
void shard_unique_enforce_abroad(struct shard_peer *peer, const struct shard_sa_name *name,
                                 bool contact);

/* The authenticated peer sent INITIAL-CONTACT. */
void shard_unique_initial_contact(struct shard_sa *sa);

/* Whether an exchange that we begin says INITIAL-CONTACT: to a peer that we have no SA with. */
bool shard_unique_says_contact(const struct shard *shard, const struct hub_connection *connection);

/*
 * An SA that was made again from a record: one that was replaced ends soon, wherever what is in its
 * place is; else the older of the same host gives way.
 */
void shard_unique_resumed(struct shard_sa *sa);

#endif
