/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_ESTATES_H
#define SHARD_KEEP_ESTATES_H

/*
 * What a shard does about each estate. An SA belongs to the estate of the address of ours that it
 * was negotiated at. What comes to an address of an estate that is another node's is dropped, and
 * nothing is sent from there: so two nodes never answer for one SA.
 *
 *     away --> read --> served --> away
 *
 * SAs of an estate are made again from records while it is read, and forgotten when it is away.
 * Where there is no store, or one estate only, all addresses are its own.
 */

#include "shard/config/config.h"
#include "x4/net/addr.h"

struct hub_storage;
struct shard;
struct shard_departure;
struct shard_revival;

enum shard_estate_state {
    SHARD_ESTATE_SERVED,
    SHARD_ESTATE_READ, /* datagrams are kept, shard/keep/revive.h */
    SHARD_ESTATE_AWAY,
};

struct shard_estate {
    const struct hub_estate *config; /* NULL: the one that there is */
    enum shard_estate_state state;
    struct shard_revival *revival;     /* while it is read */
    struct shard_departure *departure; /* while it is left, shard/keep/depart.h */
};

/* Zeroed: there is one, and it is served. */
struct shard_estates {
    struct shard_estate of[HUB_ESTATES_MAX];
    uint32_t count; /* 0 and 1: one */
    uint32_t home;
};

/* All are away, where several nodes have one each. */
void shard_estates_init(struct shard_estates *estates, const struct hub_storage *storage);

/* How many there are, at least one: numbers that have to differ between estates are divided so. */
static inline uint32_t shard_estates_parts(const struct shard_estates *estates)
{
    return estates->count > 1 ? estates->count : 1;
}

/* Which estate an address of ours is of. */
uint32_t shard_estates_at(const struct shard_estates *estates, const x4s_net_addr *local);

/* Whether anything may be sent from that address. */
bool shard_estates_speak(const struct shard_estates *estates, const x4s_net_addr *local);

/* Whether exchanges may begin at that address. */
bool shard_estates_serve(const struct shard_estates *estates, const x4s_net_addr *local);

#endif
