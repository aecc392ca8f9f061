/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_SIM_H
#define SIM_SIM_H

/*
 * A simulated world: a clock, a network that loses, doubles and reorders, and nodes that each run a
 * real instance of libike. One seed makes one world; a day in it passes in no time.
 *
 * What libike promises of its callbacks is watched over for every node all the time (user.c), and
 * the two ends of an SA are compared as soon as both have it (agree.c). A broken promise ends the
 * program.
 *
 *     struct sim *sim = sim_new(seed);
 *     struct sim_node *alice = sim_add(sim), *bob = sim_add(sim);
 *     struct sim_xchg *sa = sim_init1(alice, bob);
 *     sim_settle(sim);
 *     assert_true(sim_complete(sa));
 *     sim_free(sim);
 */

#include "tests/sim/ledger.h"
#include "tests/sim/nat.h"
#include "tests/sim/network.h"
#include "x4/ike/charon.h"

enum {
    SIM_NODES_MAX = 8,
    SIM_TRANSFORMS_MAX = 8, /* of one configuration */
    SIM_ID_MAX = 64,
    SIM_CFG_MAX = 1024, /* bytes of a mode config as text */
    SIM_NAME_MAX = 64,  /* of a user of extended authentication */
    SIM_SENT_MAX = 32,  /* times of sending that are remembered per exchange */
    SIM_PORT = 500,
    SIM_PORT_NATT = 4500, /* every node listens on both */
};

/* The callbacks that concern an exchange. The first four tell its life. */
enum sim_call {
    SIM_INITIATED,
    SIM_RESPONDED,
    SIM_COMPLETED,
    SIM_DISPOSED,
    SIM_USED,
    SIM_AGING,
    SIM_SHORTENED,
    SIM_NOTIFIED,
    SIM_MISSED,
    SIM_VALIDATE,
    SIM_SEND,
    SIM_RESEND,
    SIM_NATT,
    SIM_AGREED,
    SIM_MOVED,
    SIM_CONFIGURE,
    SIM_CONFIGURED,
    SIM_XAUTH,
    SIM_GET_PSK, /* the first query: from here on libike may not be called */
    SIM_GET_CERT,
    SIM_GET_PRIKEY,
    SIM_GET_PUBKEY,
    SIM_GET_XAUTH,
    SIM_CALLS,
};

/* An exchange as the user sees it. It outlives libike's, until sim_free. */
struct sim_xchg {
    struct sim_xchg *next;
    struct sim_node *node;
    int phase; /* 1 or 2 */
    x4e_ike_role role;
    struct sim_xchg *parent; /* of phase 2: its phase 1 */

    x4s_ike_xchg1 *handle1; /* not NULL between initiated or responded and disposed */
    x4s_ike_xchg2 *handle2;

    unsigned calls[SIM_CALLS];
    x4e_ike_reason reason;    /* of disposed */
    uint16_t notify;          /* the last that notified told */
    uint32_t missed_spi;      /* the last that missed told, of IPsec SAs */
    bool natt_floats;         /* natt asked for the other port */
    bool natt_behind;         /* natt told that the NAT is before us */
    x4s_net_link moved;       /* what moved told last */
    char asked[SIM_CFG_MAX];  /* what configure was asked last: "request 1= 2=c0000201" */
    char answer[SIM_CFG_MAX]; /* what configured told last; "none" */
    x4s_ike_xauth_job *job;   /* whose verdict is still to be given */
    x4_msec completed_at;
    x4_msec disposed_at;
    x4_msec aging_at;
    uint32_t told_sec; /* what shortened told last */
    uint32_t told_kb;
    x4_msec sent_at[SIM_SENT_MAX];

    x4s_ike_keys1 keys1; /* once completed */
    x4s_ike_keys2 keys2;
    x4s_ike_keys2 agreed2; /* once agreed */
    x4s_ike_offer2 offer2; /* once responded */
    uint8_t ids[2][SIM_ID_MAX];
    uint8_t name[SIM_NAME_MAX];

    /* What libike was given; spoiled when it may not be looked at any more. */
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    x4s_ike_transform1 transforms1[SIM_TRANSFORMS_MAX];
    x4s_ike_transform2 transforms2[SIM_TRANSFORMS_MAX];
    bool resumed;
    bool being_introduced; /* responded has not returned yet: its end has to wait until then */
};

struct sim_node {
    struct sim *sim;
    x4s_net_addr addr;
    struct sim_nat *nat;      /* NULL: it is reached at its address */
    struct sim_random random; /* what libike draws from */
    x4s_charon *charon;       /* made when first needed */
    x4_msec tick_at;
    unsigned depth; /* of calls to libike */

    /* How it is made: timing and limits are the test's, members of calls may be set to NULL. */
    x4s_charon_config config;
    x4s_ike_calls1 calls1;
    x4s_ike_calls2 calls2;

    /* What it offers and accepts from now on. */
    x4s_ike_config1 config1;
    x4s_ike_config2 config2;
    x4s_ike_transform1 transforms1[SIM_TRANSFORMS_MAX];
    x4s_ike_transform2 transforms2[SIM_TRANSFORMS_MAX];
    uint8_t id[SIM_ID_MAX];
    const char *psk; /* NULL: none */

    /* For signatures. Empty: none. */
    x4s_ike_prikey prikey;
    x4s_ike_certs certs;
    x4s_chunk pubkey;         /* of peers that send no certificate */
    const x4s_ike_cfg *reply; /* to mode config; NULL: refused */
    bool reply_later;         /* it is not known yet */

    /* Extended authentication: what its user types; who is let in, unless `judge` says. */
    const x4s_ike_cfg *typed; /* NULL: nothing */
    const char *user;
    const char *password;
    void (*judge)(struct sim_xchg *xchg, x4s_ike_xauth_job *job);

    bval (*validate)(struct sim_xchg *xchg, x4s_chunk body, uint8_t payload); /* NULL: btrue */

    /* How it answers. */
    bool refuse1;          /* ph1_policy */
    bool main_only;        /* ph1_policy, of aggressive mode */
    bool refuse2;          /* ph2_policy */
    bool refuse_id;        /* ph1_validate */
    bool refuse_transform; /* ph2_validate */
    bool no_spi;           /* ph2_get_spi */
    bool no_cpi;           /* ph2_get_cpi */
    bool deaf;             /* whatever comes is lost */
    uint64_t send_fail_at; /* this call of ph*_send fails, counted from 1; 0 none */
    unsigned resend_max;   /* ph*_resend says yes up to so many times */
    void (*hook)(struct sim_xchg *xchg, enum sim_call call); /* in every callback, may use libike */

    /* What happened. */
    struct sim_xchg *xchgs; /* oldest first */
    struct sim_ledger ledger;
    x4s_allocator allocator;
    x4s_ike_stats stats;
    uint64_t sends;
    uint64_t received;
    uint8_t claimed_id[SIM_ID_MAX]; /* what policy was told last */
    size_t claimed_len;
    uint64_t refused[x4c_ike_reason_count]; /* what x4_charon_recv returned */
    x4e_ike_reason last_refusal;
    uint32_t last_spi;
    uint16_t last_cpi;
};

struct sim {
    uint64_t seed;
    x4_msec now;
    struct sim_network network;
    struct sim_node *nodes[SIM_NODES_MAX];
    unsigned node_count;
    uint64_t steps;
    uint64_t steps_at_once; /* without the clock having moved */
    bool forged;            /* somebody with the keys is in between: ends need not agree */
    void *test;             /* the test's own */
};

/* A lossless world with a delay of 1 to 5 ms. */
struct sim *sim_new(uint64_t seed);

/* Ends all instances, and checks that nothing is left of them. */
void sim_free(struct sim *sim);

/*
 * A node at an address of its own that would offer and accept AES-128, SHA-1, ECP-256 and, within,
 * AES-128 with HMAC-SHA2-256 in tunnel mode for the two hosts.
 */
struct sim_node *sim_add(struct sim *sim);

/*
 * Puts a node behind a NAT of its own, which `forwards` the two ports to it or gives it others as
 * it sends. Before anything is sent.
 */
struct sim_nat *sim_hide(struct sim_node *node, bool forwards);

/* Where a node is reached, at SIM_PORT or SIM_PORT_NATT, if it is open to the world. */
x4s_net_addr sim_reach(const struct sim_node *node, uint16_t port);

/* The node that a datagram for this address reaches, and at which port; NULL: none. */
struct sim_node *sim_find(const struct sim *sim, const x4s_net_addr *addr, uint16_t *port);

/* Makes the node's instance now, not when it is first needed; false: libike says that it cannot. */
bool sim_boot(struct sim_node *node);

/* Ends the node's instance; the node may be used again as after a restart. */
void sim_shut_down(struct sim_node *node);

/* Exchanges addresses, and NATs, so that what is sent to one reaches the other. */
void sim_swap_addresses(struct sim_node *a, struct sim_node *b);

/* Makes events happen, for so many milliseconds. */
void sim_run(struct sim *sim, x4_msec ms);

/* Makes events happen until nothing is under way and no node has work to do at once. */
void sim_settle(struct sim *sim);

/* Feeds bytes to a node as if the peer at `from` had sent them; then lets it work. */
x4e_ike_reason sim_inject(struct sim_node *node, const x4s_net_addr *from, const void *data,
                          size_t len);

/* The same, to one of its ports. */
x4e_ike_reason sim_inject_at(struct sim_node *node, uint16_t port, const x4s_net_addr *from,
                             const void *data, size_t len);

/* The API. NULL: libike refused. */
struct sim_xchg *sim_init1(struct sim_node *node, const struct sim_node *peer);
struct sim_xchg *sim_init1_at(struct sim_node *node, const struct sim_node *peer, uint16_t port);
struct sim_xchg *sim_init2(struct sim_xchg *phase1);
bool sim_configure(struct sim_xchg *phase1, x4e_ike_cfg type, const x4s_ike_cfg *attributes);

/* Asks the peer by dead peer detection; false: refused. */
bool sim_ask(struct sim_xchg *phase1);
void sim_term(struct sim_xchg *xchg, bval tell);

/* The SA of another node's completed exchange goes on here. */
struct sim_xchg *sim_resume1(struct sim_node *node, const struct sim_xchg *original);
struct sim_xchg *sim_resume2(struct sim_xchg *phase1, const struct sim_xchg *original);

/* Is complete and was not disposed of. */
bool sim_complete(const struct sim_xchg *xchg);

/* Was disposed of for this reason. */
bool sim_ended(const struct sim_xchg *xchg, x4e_ike_reason reason);

/* The node's newest exchange of a phase, or NULL. */
struct sim_xchg *sim_last(const struct sim_node *node, int phase);

/* The number of a node's exchanges of a phase that are complete and not disposed of. */
unsigned sim_count(const struct sim_node *node, int phase);

/* The other end of a completed exchange, or NULL. */
struct sim_xchg *sim_peer(const struct sim_xchg *xchg);

#endif
