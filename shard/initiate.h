/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_INITIATE_H
#define SHARD_INITIATE_H

/*
 * Exchanges that we begin: connections with children that start with the daemon, new SAs in the
 * place of old ones.
 */

#include "shard/peer.h"

/*
 * An ISAKMP SA that is wanted. A connection with children to start is tried `keyingtries` times,
 * as long as the peer does not answer; a refusal is final. Each try is by the newest snapshot.
 */
struct shard_attempt {
    x4s_list of_shard;
    struct shard_timer timer;
    const struct hub_connection *connection;
    bool again;        /* keyingtries count */
    bool restart;      /* the peer was dead: children with dpd_action = restart begin, too */
    uint32_t begun;    /* so many times */
    x4s_net_addr to;   /* with the port */
    x4s_net_link link; /* in place of `to`, if it has a family: the way of an SA before */
    x4s_ike_config1 phase1;
};

/*
 * Begins what the newest snapshot says to start, and is not up or under way, some connections at a
 * time: those that are this shard's of the group, and children that `before` had not to be started,
 * under ISAKMP SAs of this shard. `before` is the snapshot until now; NULL: there was none.
 */
void shard_initiate_all(struct shard *shard, const struct hub_config *before);

/* The newest ISAKMP SA that is up and goes on with this connection, or NULL. */
struct shard_sa *shard_initiate_usable(const struct shard *shard,
                                       const struct hub_connection *connection);

/* Begins an ISAKMP SA of a connection; where that is under way already, it is that. NULL: not. */
struct shard_attempt *shard_initiate_connection(struct shard *shard,
                                                const struct hub_connection *connection);

/* A child of that name, not replaced, up or under way, or NULL. */
struct shard_child *shard_initiate_find(const struct shard_sa *sa, const struct hub_child *config);

/* Begins a quick mode. NULL: it could not be begun, and the log says why. */
struct shard_child *shard_initiate_child(struct shard_sa *sa, const struct hub_child *config);

/*
 * Begins an ISAKMP SA in the place of `old`, whose `successor` it is then, by the connection that
 * it goes on with; nothing without such.
 */
void shard_initiate_successor(struct shard_sa *old);

/* The peer of an SA was dead: begins the connection anew, with the children that want it. */
void shard_initiate_restart(struct shard_sa *dead);

/* Begins a quick mode in the place of `old`, by `config`. False: it could not be begun. */
bool shard_initiate_replacement(struct shard_child *old, const struct hub_child *config);

/* An ISAKMP SA is complete: if we began it, its children start now. */
void shard_initiate_completed(struct shard_sa *sa);

/* An ISAKMP SA's exchange is gone: if it was not complete, it may be begun again. */
void shard_initiate_disposed(struct shard_sa *sa, x4e_ike_reason reason);

/* Forgets all attempts; the exchanges are gone before. */
void shard_initiate_fini(struct shard *shard);

#endif
