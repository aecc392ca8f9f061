/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LEASE_H
#define SHARD_LEASE_H

/*
 * The addresses inside that the peer of an ISAKMP SA has from pools: one of IPv4, one of IPv6, or
 * both. Where it is us who ask (hub_connection_asks), those that the peer has given us. A pool is
 * kept by one shard of the group, whose letters say what others may have: so an address is given
 * once, whichever shard the client is steered to, and a client that reconnects has its address of
 * before.
 *
 * Cost of a client of another shard: two letters, and a copy of its question, which waits for the
 * answer.
 */

#include "shard/peer.h"

enum shard_lease_state {
    SHARD_LEASE_ASKED, /* the answer is not there yet */
    SHARD_LEASE_GIVEN,
    SHARD_LEASE_NONE, /* the pool is exhausted, or there is no memory */
};

/* An SA of that estate was made again from its record, with its address or without. */
typedef void (*shard_resumed_fn)(struct shard *shard, uint32_t estate);

struct shard_lease {
    struct shard_sa *sa;         /* NULL: it has gone while the lease was asked for */
    struct shard_lease *other;   /* the SA's of the other family, in either order; or NULL */
    const struct hub_pool *pool; /* NULL: a RADIUS server or the file has given it */
    x4s_net_addr addr;
    x4s_net_addr then; /* to be resumed after this one; no family: none */
    uint8_t family;    /* of the address that is wanted */
    enum shard_lease_state state;
    uint32_t estate; /* of the SA */
    bool reported;
    bool recall;                    /* only what the client had */
    bool push;                      /* the client is told when there is an answer */
    shard_resumed_fn resumed;       /* addr is what it has; NULL: it asks for one */
    struct ring_datagram *question; /* one allocation with its data; NULL: it need not wait */
};

/* What the peer has or has asked for of that family, or NULL. */
struct shard_lease *shard_lease_of(const struct shard_sa *sa, uint8_t family);

/* The address that it has of that family, or NULL. */
const x4s_net_addr *shard_lease_addr(const struct shard_sa *sa, uint8_t family);

/* The peer has given us an address, which is ours from now on (shard_sa_local). False: no memory.
 */
bool shard_lease_accept(struct shard_sa *sa, const x4s_net_addr *addr);

/* There is a pool, or a server has said an address. */
bool shard_lease_offered(const struct shard_sa *sa, uint8_t family);

/*
 * The lease of a peer from a pool of its connection, which it keeps until the SA ends; asked for
 * if it has none. NONE stays so until it is dropped: then the next call asks anew.
 */
enum shard_lease_state shard_lease_ask(struct shard_sa *sa, uint8_t family);

/* Forgets that there was none of that family. */
void shard_lease_drop(struct shard_sa *sa, uint8_t family);

/*
 * A client that comes back may leave mode config out and begin quick mode for the addresses that it
 * had: it has them again from the beginning, if nobody else has them meanwhile. And the SA that
 * takes another's place holds what the children use that it adopts.
 */
void shard_lease_recall(struct shard_sa *sa);

/*
 * The SA was made again from a record and has these addresses, those that have a family: `answered`
 * is called once, when the pools know, at once or later. Where somebody else has one, the SA does
 * not have it.
 */
void shard_lease_resume(struct shard_sa *sa, const x4s_net_addr addrs[HUB_INSIDES],
                        shard_resumed_fn answered);

/* The datagram that was told to come later: it is received again when there is an answer. */
void shard_lease_wait(struct shard *shard, const struct ring_datagram *question);

/* Where the address of that family comes from, for the log. */
const char *shard_lease_source(const struct shard_sa *sa, uint8_t family);

/* The SA ends. */
void shard_lease_end(struct shard_sa *sa);

#endif
