/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_NEWS_H
#define SHARD_NEWS_H

/*
 * What shards tell each other about peers. A peer's next ISAKMP SA has another cookie and may be
 * another shard's; what is the peer's and not an SA's (how many SAs it may have, INITIAL-CONTACT,
 * its children) is so for all shards.
 *
 * A completed ISAKMP SA is told to every other shard. Each looks among its own SAs of that peer,
 * and does with older ones what shard/unique.c does with those of the same shard, and with twins
 * what shard/twin.c does: ends them, or has the new one refused; and it sends the children that the
 * new one is to adopt (shard/relocate.h). SAs have an order, by the time of completion and then by
 * shard, so that of two that are completed at the same time both shards see the same one as the
 * older.
 *
 * Cost of an ISAKMP SA: a letter, an allocation and a failed lookup for each other shard.
 */

#include "shard/peer.h"

/* Names a completed ISAKMP SA to other shards. */
struct shard_sa_name {
    const struct hub_connection *connection;
    x4s_net_addr host;
    x4_msec up_at; /* these as of struct shard_sa */
    uint32_t began_ms;
    uint8_t role;
    uint32_t shard;
    uint8_t estate;
    uint8_t cookie_i[8];
    uint8_t cookie_r[8];
    uint8_t id_type;
    uint8_t id_len;
    uint8_t id[HUB_IDENTITY_MAX];
};

/* The name of a completed ISAKMP SA of this shard. */
void shard_name_sa(const struct shard_sa *sa, struct shard_sa_name *name);

/* The peer of the SA that is named, if it has any in this shard; else NULL. */
struct shard_peer *shard_peer_named(const struct shard *shard, const struct shard_sa_name *name);

/* Whether the SA is of the same connection and host. */
bool shard_news_is_kin(const struct shard_sa *sa, const struct shard_sa_name *name);

/* A completed ISAKMP SA of this shard that has this name, or NULL. */
struct shard_sa *shard_sa_named(const struct shard *shard, const struct shard_sa_name *name);

/* Whether an SA of this shard was complete before the one that is named. */
bool shard_news_is_older(const struct shard_sa *sa, const struct shard_sa_name *name);

/* The ISAKMP SA is complete; `contact`: its peer has said INITIAL-CONTACT under it. */
void shard_news_up(const struct shard_sa *sa, bool contact);

/* It was made again from a record: nobody does anything about it, but it counts. */
void shard_news_resumed(const struct shard_sa *sa);

/* It is, and the peer says so now. */
void shard_news_contact(const struct shard_sa *sa);

/* It was, and its exchange is gone. */
void shard_news_down(const struct shard_sa *sa);

/* Its exchange is gone; another shard may have an SA that was to end for it (shard/twin.h). */
void shard_news_twin_gone(const struct shard_sa *sa);

/* The exchange of an ISAKMP SA is gone, and nobody here adopts its children: is there anybody? */
void shard_news_orphaned(const struct shard_sa *sa);

#endif
