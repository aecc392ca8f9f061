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
 * as long as the peer does not answer; a refusal is final.
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
 * Begins all connections that have a child with start_action = start, one after the other: those
 * that are this shard's of the group.
 */
void shard_initiate_all(struct shard *shard);

/* The newest ISAKMP SA of a connection that is up, or NULL. */
struct shard_sa *shard_initiate_usable(const struct shard *shard,
                                       const struct hub_connection *connection);

/* Begins an ISAKMP SA of a connection; where that is under way already, it is that. NULL: not. */
struct shard_attempt *shard_initiate_connection(struct shard *shard,
                                                const struct hub_connection *connection);

/* A child of that configuration, not replaced, up or under way, or NULL. */
struct shard_child *shard_initiate_find(const struct shard_sa *sa, const struct hub_child *config);

/* Begins a quick mode. NULL: it could not be begun, and the log says why. */
struct shard_child *shard_initiate_child(struct shard_sa *sa, const struct hub_child *config);

/* Begins an ISAKMP SA in the place of `old`, whose `successor` it is then. */
void shard_initiate_successor(struct shard_sa *old);

/* The peer of an SA was dead: begins the connection anew, with the children that want it. */
void shard_initiate_restart(struct shard_sa *dead);

/* Begins a quick mode in the place of `old`. False: it could not be begun. */
bool shard_initiate_replacement(struct shard_child *old);

/* An ISAKMP SA is complete: if we began it, its children start now. */
void shard_initiate_completed(struct shard_sa *sa);

/* An ISAKMP SA's exchange is gone: if it was not complete, it may be begun again. */
void shard_initiate_disposed(struct shard_sa *sa, x4e_ike_reason reason);

/* Forgets all attempts; the exchanges are gone before. */
void shard_initiate_fini(struct shard *shard);

#endif
