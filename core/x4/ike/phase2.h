/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PHASE2_H
#define X4_IKE_PHASE2_H

/*
 * Phase 2 exchanges, which become pairs of IPsec SAs.
 */

#include "x4/ike/phase1.h"
#include "x4/ike/spis.h"

#define x4c_selector_body_max 36 /* an identification body with two IPv6 addresses */

typedef struct x4s_ike_selector_body {
    uint8_t len; /* 0: not sent */
    uint8_t data[x4c_limit_id2_body];
} x4s_ike_selector_body;

/* What only the negotiation needs. */
typedef struct x4s_ike_neg2 {
    const x4s_ike_config2 *config;
    x4s_ike_offer2 offer;
    x4s_ike_choice choice;
    uint16_t cpi;      /* responder: ours, 0 if there is none */
    x4s_net_link link; /* responder: where the request came from, which moves the SA when proven */
    uint8_t iv[x4c_cipher_block_max];
    uint8_t own_nonce[x4c_limit_nonce_own];
    uint16_t peer_nonce_len;
    uint8_t peer_nonce[x4c_nonce_max];
    x4s_ike_selector_body id_i; /* IDci and IDcr as on the wire */
    x4s_ike_selector_body id_r;
    x4s_ike_lifetime told; /* initiator: RESPONDER-LIFETIME in quick mode */
    bval committed;        /* initiator: CONNECTED is waited for */
    x4s_ike_keys2 *keys;   /* once made */
    size_t sa_len;         /* responder: what was offered */
    uint8_t *sa_body;
} x4s_ike_neg2;

struct x4s_ike_xchg2 {
    x4s_ike_xchg base;
    x4s_table_link by_message;
    x4s_table_link by_spi; /* in the table while established */
    x4s_list sibling;
    x4s_ike_xchg1 *parent; /* NULL when its ISAKMP SA is gone and no other took it over */
    uint64_t peer;         /* as of x4s_ike_xchg1 */
    uint64_t place;        /* where the peer was last, when there is no parent */
    uint32_t message_id;
    uint8_t protocol; /* x4c_protocol_esp or _ah; until it is agreed on, our first */
    bval holds;       /* counts as under way at the parent */
    uint32_t spi_in;
    uint32_t spi_out;
    x4s_ike_more_spis *more; /* of what is, or may become, a bundle; else NULL */
    x4s_ike_neg2 *neg;
};

/* A class of sizes of common allocators: a byte more costs 32. */
_Static_assert(sizeof(x4s_ike_xchg2) <= 224, "memory per tunnel");

static inline x4s_ike_xchg2 *x4_phase2_of(x4s_ike_xchg *xchg)
{
    return (x4s_ike_xchg2 *)(void *)xchg;
}

bval x4_phase2_initiate(x4s_ike_xchg1 *parent, const x4s_ike_config2 *config);
bval x4_phase2_resume(x4s_ike_xchg1 *parent, const x4s_ike_config2 *config);

/* The exchange of that message ID, or NULL. */
x4s_ike_xchg2 *x4_phase2_find(x4s_ike_xchg1 *parent, uint32_t message_id);

/* A quick mode message under an ISAKMP SA, not decrypted yet. */
x4e_ike_reason x4_phase2_receive(x4s_ike_xchg1 *parent, x4s_ike_message *message);

/* As initiator: the responder keeps the established SAs for so much (RFC 2407 4.6.3.1). */
void x4_phase2_shorten(x4s_ike_xchg2 *xchg, const x4s_ike_lifetime *told);

/* Where the peer is: as of x4_phase1_place(). */
uint64_t x4_phase2_place(const x4s_ike_xchg2 *xchg);

/*
 * An exchange in the tables, with public-key work if there is a group; no callback yet. `in` are
 * the SPIs of an initiator, else NULL. NULL when out of memory.
 */
x4s_ike_xchg2 *x4_phase2_new(x4s_ike_xchg1 *parent, uint32_t message_id, x4e_ike_role role,
                             const x4s_ike_step *steps, const x4s_ike_config2 *config,
                             x4e_group group, const x4s_ike_spis *in);

/* Children of a purged ISAKMP SA go to another one of the same peer, or have none. */
void x4_phase2_orphan(x4s_ike_xchg1 *parent);

#endif
