/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PEER_H
#define SHARD_PEER_H

/*
 * ISAKMP SAs, their children, and the identities behind them.
 *
 * An ISAKMP SA begins with its phase 1 exchange and ends with its last child: children outlive the
 * exchange (RFC 2408 5.15 gives each SA its own Delete). While it only waits for that it is called
 * orphaned: its `xchg` is NULL, and a later ISAKMP SA with the same peer adopts its children.
 *
 * These functions keep the lists and the memory; what they mean is decided elsewhere.
 */

#include "shard/end.h"
#include "shard/state.h"

struct shard_attempt;
struct shard_keepalive;
struct shard_lease;
struct shard_proof;
struct shard_challenge;
struct shard_session;

/*
 * An identity that has authenticated, and one of ours that it spoke to, at the addresses of one
 * estate: who speaks to two nodes goes on doing so when one of them has the SAs of both.
 */
struct shard_peer {
    x4s_table_link by_identity;
    x4s_list sas;     /* shard_sa.of_peer, oldest first */
    x4s_list orphans; /* the same, of orphaned ones */
    const x4s_ike_id *local_id;
    uint8_t holds; /* it stays without SAs */
    uint8_t estate;
    uint8_t id_type;
    uint8_t id_len;
    uint8_t id[];
};

/* What an ISAKMP SA needs until it is complete. */
struct shard_negotiation {
    const struct hub_secret *secret; /* that libike was given */
    const struct hub_auth *key_of;   /* whose raw key libike was given for the last signature */
    struct shard_proof *proof;
    struct shard_attempt *attempt;     /* of an initiator */
    x4s_ike_xauth_job *job;            /* whose verdict waits for the timer */
    struct shard_challenge *challenge; /* of a RADIUS server */
    x4_msec wait_until;                /* no verdict before */
    uint32_t ticket;                   /* of the last question to a RADIUS server */
    uint8_t job_verdict;               /* x4e_ike_verdict that waits */
    bool cert_asked;                   /* the peer wants our certificate */
    bool contact;                      /* the peer sent INITIAL-CONTACT already */
};

struct shard_sa {
    struct shard *shard;
    x4s_ike_xchg1 *xchg;                   /* NULL: orphaned */
    struct shard_negotiation *negotiation; /* NULL when it is complete */
    const struct hub_connection *connection;
    struct shard_peer *peer; /* NULL until authenticated */
    struct shard_keepalive *keepalive;
    struct shard_lease *lease;     /* the peer's address inside */
    struct shard_session *session; /* NULL: no RADIUS server has let it in */

    /* We are making a new ISAKMP SA in the place of the old one. Both know, while both are. */
    struct shard_sa *successor;
    struct shard_sa *predecessor;

    struct shard_roll_entry enrolled;
    x4s_list of_peer;
    x4s_list of_connection;
    x4s_list children; /* shard_child.of_sa, oldest first */
    struct shard_timer timer;
    x4s_net_link link;

    /* As agreed, once it is up. Times are seconds after that; 0: none. */
    x4s_ike_transform1 suite;
    x4_msec up_at;     /* the clock then */
    uint32_t began_ms; /* the low bits of the clock when it was begun */
    uint32_t soft_sec;
    uint32_t life_sec;
    uint8_t cookie_i[8];
    uint8_t cookie_r[8];
    uint8_t role; /* x4e_ike_role */
    uint8_t end;  /* enum shard_end */
    uint8_t estate;
    bool up;
    bool replaced;     /* a newer one is in its place; it ends with its timer */
    bool ending;       /* shard_sa_end is at work */
    bool forgot;       /* what was before it ended, because of INITIAL-CONTACT */
    bool aggressive;   /* the mode of its negotiation */
    bool behind_local; /* a NAT is before us */
    bool behind_remote;
    bool bare; /* made for a resumed child that has none; it ends at once, and nobody hears of it */
};

struct shard_child {
    struct shard_sa *sa;
    x4s_ike_xchg2 *xchg;
    const struct hub_child *config;
    x4s_ike_config2 *offer; /* of an initiator, until the exchange is complete */
    x4s_list of_sa;
    x4s_table_link by_spi;
    struct shard_timer timer;
    uint32_t spi_in; /* 0 until complete */
    uint32_t spi_out;
    uint32_t expected_in;     /* that the kernel expects until then, or 0 */
    uint32_t replaces;        /* spi_in of the child that this one is to replace, or 0 */
    uint32_t serial;          /* order of completion */
    x4s_ike_transform2 suite; /* as agreed; times as of the ISAKMP SA */
    uint32_t began_ms;        /* as of the ISAKMP SA */
    uint32_t soft_sec;
    x4_msec up_at;
    uint32_t life_sec;
    x4s_net_selector local;
    x4s_net_selector remote;
    uint16_t cpi_in; /* of IPComp, taken; else 0 */
    uint16_t cpi_out;
    uint8_t role; /* x4e_ike_role */
    uint8_t end;  /* enum shard_end */
    bool selectors;
    bool up;
    bool installed;  /* the kernel was asked to add it */
    bool rekeying;   /* an exchange to replace it is under way */
    bool replaced;   /* a newer one is in its place; it ends with its timer */
    bool needs_peer; /* it is to be rekeyed as soon as there is an ISAKMP SA */
    bool relocated;  /* it is another shard's now */
    bool came;       /* from another shard */
    bool adopted;    /* another ISAKMP SA made it */
};

/* Classes of sizes of the allocator: a byte more costs 64. */
_Static_assert(sizeof(struct shard_sa) <= 320 && sizeof(struct shard_child) <= 256,
               "memory per tunnel");

/* A new ISAKMP SA without exchange, or NULL. */
struct shard_sa *shard_sa_new(struct shard *shard, const struct hub_connection *connection,
                              const x4s_net_link *link, x4e_ike_role role);

/* It is complete: the identity is known, and others find it. False: no memory. */
bool shard_sa_enlist(struct shard_sa *sa, const x4s_ike_id *remote_id);

/* The negotiation is over, and what only that needed is forgotten. */
void shard_sa_negotiated(struct shard_sa *sa);

/* The life of an SA that is up, in seconds, of what is left of it; 0: no limit. */
uint32_t shard_peer_life(const struct shard *shard, x4_msec up_at, uint32_t left_sec);

/*
 * The peer's address for traffic: its lease of that family, or the one that it has, or where its
 * messages come from. No family: any.
 */
const x4s_net_addr *shard_sa_remote(const struct shard_sa *sa, uint8_t family);

/* A newer one is in its place: `end` is called after `delay`, and the record says so. */
void shard_sa_give_way(struct shard_sa *sa, void (*end)(struct shard *, struct shard_timer *),
                       x4_msec delay);

/* The newer one has gone before that. */
void shard_sa_stay(struct shard_sa *sa);

/* Ours, likewise: what the peer has given us, or where our messages come from. */
const x4s_net_addr *shard_sa_local(const struct shard_sa *sa, uint8_t family);

/* The exchange is gone. Frees what has no child; else children wait for an heir. */
void shard_sa_orphan(struct shard_sa *sa);

/* Moves all children to `heir`. `sa` may be freed. */
void shard_sa_bequeath(struct shard_sa *sa, struct shard_sa *heir);

/* Nobody needs it any more: then it is freed. */
void shard_sa_settle(struct shard_sa *sa);

/* Ends all children and the SA itself, whose memory is gone then. `tell`: the peer too. */
void shard_sa_end(struct shard_sa *sa, enum shard_end end, bool tell);

/* Ends the children of that name and returns how many; an orphan may be gone then. */
uint32_t shard_sa_end_children(struct shard_sa *sa, const char *name, enum shard_end end,
                               bool tell);

/* The peer of an identity that spoke to `local_id` at an address of the estate, or NULL. */
struct shard_peer *shard_peer_find(const struct shard *shard, uint32_t estate,
                                   const x4s_ike_id *local_id, const x4s_ike_id *remote_id);

/* The identity as libike has it; it points into the peer. */
x4s_ike_id shard_peer_id(const struct shard_peer *peer);

/* The peer stays where it is until it is let go, and is freed then if it has no SA. */
void shard_peer_hold(struct shard_peer *peer);
void shard_peer_let_go(struct shard *shard, struct shard_peer *peer);

/* A new child without exchange, or NULL. */
struct shard_child *shard_child_new(struct shard_sa *sa, const struct hub_child *config,
                                    x4e_ike_role role);

/* It is complete, and found by its SPI. */
void shard_child_enlist(struct shard_child *child, const x4s_ike_keys2 *keys);

/* The exchange is gone, or never was: frees, and with the last one an orphaned ISAKMP SA. */
void shard_child_free(struct shard_child *child);

/* Whether both carry the same traffic of the same configuration. */
bool shard_child_is_same(const struct shard_child *a, const struct shard_child *b);

/* The completed child with that inbound SPI, or NULL. */
struct shard_child *shard_child_find(const struct shard *shard, uint32_t spi_in);

/* Ends a child; its memory is gone then. */
void shard_child_end(struct shard_child *child, enum shard_end end, bool tell);

/* A child of the same configuration and for the same traffic, completed later than `child`. */
bool shard_child_has_newer(const struct shard_child *child);

#endif
