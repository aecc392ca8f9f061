/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_STATE_H
#define SHARD_STATE_H

/*
 * What a shard consists of. Only the modules of the shard itself include this; shard.h is for
 * others.
 *
 *     connection (configuration) ---< ISAKMP SA >--- peer (an authenticated identity)
 *                                       |
 *                                       +---< child (a pair of IPsec SAs)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/ring.h"
#include "shard/config/config.h"
#include "shard/cpi.h"
#include "shard/handshakes.h"
#include "shard/keep/estates.h"
#include "shard/keep/taken.h"
#include "shard/kernel/kernel.h"
#include "shard/log.h"
#include "shard/post.h"
#include "shard/residence.h"
#include "shard/roll.h"
#include "shard/spi.h"
#include "shard/thin.h"
#include "shard/throttle.h"
#include "x4/crypto/cert_cache.h"
#include "x4/crypto/crypto.h"
#include "x4/ike/charon.h"
#include "x4/misc/list.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"
#include "x4/misc/wheel.h"

struct shard;
struct key_client;
struct shard_belief;
struct shard_connection;
struct shard_holds;
struct shard_persist;
struct shard_lease;
struct shard_pool;
struct shard_start;
struct shard_trail;

/* A timer that knows what to do. */
struct shard_timer {
    x4s_timer timer;
    void (*fire)(struct shard *shard, struct shard_timer *timer);
};

/* Of a snapshot (shard/snapshot.h). */
struct shard_uses {
    uint64_t taken;
    uint64_t dropped;
    uint64_t sas; /* ISAKMP SAs of this shard that are of it */
};

#define SHARD_TRACE_COOKIES 8

/* A peer whose lines somebody wants, whatever the log's level is. */
struct shard_trace {
    char id[HUB_IDENTITY_TEXT]; /* its identity as the log writes it; empty: by address alone */
    x4s_net_addr host;          /* without a port; no family: it is not known yet */

    /* Of its latest exchanges: what libike does is told by these. */
    uint8_t cookies[SHARD_TRACE_COOKIES][8];
    uint32_t cookie_count;
};

#define SHARD_TRACES_MAX 4

/* Who wants to know what happens (shard/event.h). Zeroed: nobody. */
struct shard_watcher {
    uint32_t kinds; /* a bit of each */
    shard_deliver_fn deliver;
    void *watcher;
    struct shard_trace traces[SHARD_TRACES_MAX]; /* empty ones are nobody */
};

struct shard_counters {
    uint64_t attempts;        /* phase 1 exchanges that we began */
    uint64_t rekeys1;         /* ISAKMP SAs that we began to replace */
    uint64_t rekeys2;         /* children that we began to replace */
    uint64_t moved;           /* peers that a NAT gave another address or port */
    uint64_t keepalives;      /* to the NATs before us */
    uint64_t xauth_refused;   /* passwords */
    uint64_t xauth_delayed;   /* answers to passwords that had to wait */
    uint64_t xauth_throttled; /* passwords that were not looked at */
    uint64_t xauth_unknown;   /* passwords that nobody who knows them answered about */
    uint64_t pool_exhausted;  /* addresses that were asked for and not there */
    uint64_t restarts;        /* connections that we began again because the peer was dead */
    uint64_t relocated;       /* children that went to other shards */
    uint64_t strays;          /* Deletes of what is not here that other shards were asked about */
    uint64_t strays_found;    /* and those of other shards that were for an SA here */
    uint64_t replaced;        /* ISAKMP SAs that gave way to a newer one of the same identity */
    uint64_t twins1;          /* ISAKMP SAs that both sides began at once */
    uint64_t twins2;          /* children, likewise */
    uint64_t handed_over;     /* datagrams that came here and were another shard's */
    uint64_t taken_over;      /* the same, of ours */
    uint64_t handover_lost; /* datagrams not handed over: the other shard is behind, or no memory */
    uint64_t thinned;       /* times that fewer first messages were let in, shard/thin.h */
    uint64_t stale;         /* first messages that waited too long to be looked at */
    uint64_t ring_reopened; /* times that the ring broke and was opened anew */
    uint64_t kernel_errors;
    uint64_t no_memory;
    uint64_t asked_max_us;   /* the longest that a question of the control thread took */
    uint64_t connections_up; /* gauge: that begin here and have an ISAKMP SA, in any shard */
    uint64_t events_lost;    /* that the control thread was too far behind for */
    uint64_t sign_made;      /* signatures of the process that has the keys */
    uint64_t sign_again;     /* asked of another process, because one has ended */
    uint64_t sign_no_key;    /* not made: it does not have the key */
    uint64_t sign_refused;   /* it does not sign that, or could not */
    uint64_t sign_busy;      /* too many waited */
    uint64_t sign_lost;      /* two processes ended over it */
    uint64_t untold;         /* ISAKMP SAs whose peers were not told when we stopped */
};

struct shard {
    const struct hub_config *config; /* the newest snapshot */
    const struct hub_daemon *daemon; /* its, with the command line's changes */
    struct shard_uses uses[HUB_SNAPSHOTS_MAX];
    struct hub_log log;
    struct shard_watcher watcher;
    uint32_t traced; /* whom the line is about that is being made: bits of watcher.traces */
    struct ring *ring;
    struct ring_steer steer;
    struct shard_post post;
    x4s_charon *charon;
    struct hub_kernel *kernel;
    int kernel_fds[HUB_KERNEL_FDS]; /* that are watched, or -1 */
    struct key_client *signer;      /* NULL: libike has the private keys */
    struct shard_timer signer_again;
    x4s_list traps; /* shard_trap.of_shard */
    struct shard_spi spi;
    struct shard_taken *taken; /* NULL: nothing was made again from records */
    struct shard_cpis *cpis;   /* of all shards */
    x4s_crypto *crypto;        /* of the certificates and their authorities */
    x4s_cert_cache *certs;     /* shard/proof.c */
    struct shard_pool **pools; /* by number and estate, of which this shard keeps some, or NULL */
    uint32_t pool_limit;
    struct shard_lease *asking; /* what a datagram that is to come later waits for */
    x4s_ike_cfg_item attributes[x4c_ike_cfg_max]; /* of the answer that is being given */
    struct shard_throttle throttle;               /* of passwords */
    struct shard_belief *beliefs;                 /* shard/proof.c */

    struct shard_persist *persist; /* NULL: there is no store */
    struct shard_holds *holds;     /* likewise */
    struct shard_estates estates;
    uint32_t drawing; /* the estate of the quick mode that SPIs are about to be drawn for */

    struct shard_roll roll;                /* all ISAKMP SAs */
    x4s_table peers;                       /* shard_peer by identity */
    x4s_table children;                    /* completed shard_child by inbound SPI */
    x4s_table sessions;                    /* shard_session by user, shard/radius/session.h */
    x4s_table named_sessions;              /* the same by name */
    uint32_t session_salt;                 /* of this process */
    shard_deliver_fn radius;               /* of questions to servers */
    struct shard_connection **connections; /* shard/connection.h */
    uint32_t connection_blocks;
    struct shard_trail *trail; /* where children went, shard/stray.h; NULL: nowhere yet */
    struct shard_start *start; /* what is being begun, shard/initiate.h */
    x4s_list attempts;         /* shard_attempt.of_shard */
    x4s_list orders;           /* shard_order.of_shard */
    x4s_wheel wheel;
    x4_msec now; /* when the current round of the loop began */

    uint8_t hash_key[x4c_siphash_key];
    uint64_t drawn; /* numbers of shard_random_below */
    uint32_t serial;
    x4_msec mended_at;          /* when the first of the tries was that count, shard/mend.c */
    unsigned mended;            /* and how many there were */
    x4s_charon_config adjusted; /* what libike is to go by from now on */
    bool adjust;                /* and it has not been told yet */
    bool stopping;
    bool draining;      /* no ISAKMP SA begins any more */
    bool mute;          /* nothing is sent any more */
    bool silent;        /* the SAs are another node's */
    bool kernel_leaves; /* the kernel's SAs go on without us: they are not deleted any more */

    x4s_ike_stats stats;
    struct shard_counters counters;
    struct shard_handshakes handshakes;
    struct shard_residence residence;
    struct shard_thin thin;
    x4_msec thin_told_at; /* 0: never */
};

struct shard_options;

/* What needs neither sockets nor libike, in zeroed memory. False: no memory; call fini then too. */
bool shard_state_init(struct shard *shard, const struct shard_options *options);

/* All SAs are gone before. */
void shard_state_fini(struct shard *shard);

/* Milliseconds of a clock that never steps back. */
x4_msec shard_clock(void);

/* Sets or moves a timer; `delay` in milliseconds from now. */
void shard_timer_set(struct shard *shard, struct shard_timer *timer, x4_msec delay);

/* Does nothing to an idle timer. */
void shard_timer_cancel(struct shard *shard, struct shard_timer *timer);

/* Below `bound`, which is not 0: for jitter, not for secrets. */
uint32_t shard_random_below(struct shard *shard, uint32_t bound);

#endif
