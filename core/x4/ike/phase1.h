/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PHASE1_H
#define X4_IKE_PHASE1_H

/*
 * Phase 1 exchanges, which become ISAKMP SAs.
 */

#include "x4/crypto/cipher.h"
#include "x4/ike/crowd.h"
#include "x4/ike/exchange.h"
#include "x4/ike/half_open.h"
#include "x4/ike/identity.h"
#include "x4/ike/message_id.h"

typedef struct x4s_ike_xauth x4s_ike_xauth;

/* What only the negotiation needs, extended authentication included. */
typedef struct x4s_ike_neg1 {
    const x4s_ike_config1 *config;
    x4s_ike_xchg1 *owner;

    /*
     * Aggressive mode. As responder the first message finds the exchange again, its selected
     * transform is answered, and its ID is verified later; as initiator the second message is kept
     * until there are keys to verify it with.
     */
    x4s_table_link by_first;
    bval listed; /* in the table */
    uint16_t chosen;
    uint32_t common; /* abilities of both sides */
    x4s_chunk held;  /* own memory: the body of the peer's ID, or the message */

    uint8_t iv[x4c_cipher_block_max]; /* running chaining value of phase 1 */
    uint8_t failures;                 /* of the peer to authenticate, up to the limit */
    x4_msec failed_at;
    bval proven; /* the peer's HASH was right: it can read what is protected */
    uint8_t proven_iv[x4c_cipher_block_max]; /* last block of the message that had it */
    x4s_secret skeyid;
    uint8_t own_nonce[x4c_limit_nonce_own];
    uint16_t peer_nonce_len;
    uint8_t peer_nonce[x4c_nonce_max];
    uint8_t own_proof[x4c_hash_size_max]; /* our HASH_I or HASH_R */
    bval cert_promised; /* the user accepted a CERT_REQUEST: a certificate of ours has to follow */
    size_t sa_len;
    uint8_t *sa_body;      /* SAi_b, RFC 2409 5 */
    bval contact;          /* INITIAL-CONTACT came along; it counts when all is proven */
    x4s_ike_lifetime told; /* so does RESPONDER-LIFETIME */
    x4s_chunk early;       /* own memory: an informational message for after phase 1 */
    x4s_ike_xauth *xauth;  /* x4/ike/xauth.c; NULL: nobody is asked, or not yet */
    x4s_ike_place place;   /* as responder */
} x4s_ike_neg1;

struct x4s_ike_xchg1 {
    x4s_ike_xchg base;
    x4s_table_link by_cookies;
    x4s_table_link by_peer; /* in the table while established */
    x4s_list children;      /* x4s_ike_xchg2.sibling */
    x4s_list transactions;  /* x4s_ike_transaction.sibling */
    x4s_net_link link;
    uint8_t cookies[2 * x4c_isakmp_cookie];
    x4s_ike_transform1 suite;
    x4s_secret skeyid_d;
    x4s_secret skeyid_a;
    uint8_t key_len;
    uint8_t key[x4c_cipher_key_max];
    uint8_t iv[x4c_cipher_block_max]; /* last block of phase 1 */
    x4s_ike_identity local_id;
    x4s_ike_identity remote_id;
    x4s_chunk user_name; /* own memory: who extended authentication let in */
    uint64_t peer;       /* keyed hash of remote_id and user_name */
    x4_msec notified_at;
    uint32_t refused_mid; /* what notified_at is about, 0 for phase 1 */
    uint32_t group_mid;   /* the last request for a new group, 0 for none, and its answers */
    x4s_message_ids ids;
    uint16_t pending2; /* quick modes under way */
    uint8_t transaction_count;
    uint8_t group_answers;
    bval open;      /* established, and extended authentication is done: it may be used */
    bval contacted; /* INITIAL-CONTACT was taken, or would be too late: it comes with a new SA */
    bval resumed;   /* what the peer sent before is not known */
    bval fragments; /* are taken */
    uint16_t fragment_size; /* of what we send; 0: whole */
    bval knows_dpd;
    uint8_t dpd_probes; /* that were not answered */
    bval dpd_was_asked;
    uint32_t dpd_sequence; /* of our questions */
    uint32_t dpd_asked;    /* of the peer's */
    uint32_t dpd_idle_sec;
    bval dpd_challenged; /* the last number was asked where the peer may be */
    x4_msec challenge_after;
    x4s_ike_timer dpd_timer;
    uint64_t used;    /* bytes that were encrypted and decrypted */
    uint32_t life_kb; /* 0: no limit */
    uint32_t soft_kb; /* 0: none, or it has aged */
    x4_msec heard_at; /* the last authenticated message */
    uint8_t mode;     /* x4c_exchange_main or _aggressive */
    uint8_t natt;     /* x4e_ike_natt: the version agreed on */
    bval behind_local;
    bval behind_remote;
    x4s_ike_neg1 *neg;
};

static inline x4s_ike_xchg1 *x4_phase1_of(x4s_ike_xchg *xchg)
{
    return (x4s_ike_xchg1 *)(void *)xchg;
}

/* The exchange that a message's cookies name, or NULL. */
x4s_ike_xchg1 *x4_phase1_find(x4s_charon *charon, const uint8_t *cookies);

/*
 * Where the peer is: a keyed hash of its IP address. Peers may share an identity, so one peer is
 * who has the same identity at the same place; the port does not count, because NATs change it.
 */
uint64_t x4_phase1_place(const x4s_ike_xchg1 *xchg);

/* An established ISAKMP SA of a peer that is not `except`, or NULL. */
x4s_ike_xchg1 *x4_phase1_of_peer(x4s_charon *charon, uint64_t peer, uint64_t place,
                                 const x4s_ike_xchg1 *except);

/* Whether a configuration of the user's can be negotiated with. */
bval x4_phase1_usable(const x4s_charon *charon, const x4s_ike_config1 *config, x4e_ike_role role);

bval x4_phase1_initiate(x4s_charon *charon, const x4s_ike_config1 *config);
bval x4_phase1_resume(x4s_charon *charon, const x4s_ike_config1 *config);

/* May be used: told to the user as completed, and not ended. */
static inline bval x4_phase1_ready(const x4s_ike_xchg1 *xchg)
{
    return xchg->open && xchg->base.state == x4c_state_established;
}

/* All is proven: the SA begins to be of use, and the user is told. */
void x4_phase1_open(x4s_ike_xchg1 *xchg);

/* As initiator: the responder keeps the SA for so much (RFC 2407 4.6.3.1). */
void x4_phase1_shorten(x4s_ike_xchg1 *xchg, const x4s_ike_lifetime *told);

/* Who extended authentication asked, in place of one before. */
bval x4_phase1_take_user(x4s_ike_xchg1 *xchg, x4s_chunk name) x4m_must_use;

/* The peer is there now. */
void x4_phase1_move(x4s_ike_xchg1 *xchg, const x4s_net_link *link);

/* What a peer's exchange is made of. */
typedef struct x4s_ike_begin1 {
    const x4s_ike_config1 *config;
    const x4s_net_link *link;
    uint8_t mode; /* x4c_exchange_main or _aggressive */
    uint8_t cookies[2 * x4c_isakmp_cookie];
    x4s_ike_transform1 agreed;
    uint32_t common; /* abilities of both sides, x4/ike/vendor.h */
    x4s_chunk sa_body;
    x4s_chunk id_body; /* aggressive mode */
    uint16_t chosen;   /* aggressive mode: the place of the transform in sa_body */
} x4s_ike_begin1;

/* Makes a peer's exchange, of copies. NULL and *reason: refused. The user does not know it yet. */
x4s_ike_xchg1 *x4_phase1_respond(x4s_charon *charon, const x4s_ike_begin1 *begin,
                                 x4e_ike_reason *reason);

/* Tells the user of it; bfalse: it was ended in there. `digest`: of the first message. */
bval x4_phase1_introduce(x4s_ike_xchg1 *xchg, const x4s_ike_offer1 *offer, uint64_t digest);

/* A peer went on with its half-open slot, which is freed. NULL and *reason: refused. */
x4s_ike_xchg1 *x4_phase1_promote(x4s_charon *charon, x4s_ike_half_open *slot,
                                 x4e_ike_reason *reason);

/* The exchange that this first message of aggressive mode began, or NULL. */
x4s_ike_xchg1 *x4_phase1_by_first(x4s_charon *charon, const x4s_ike_message *message);

/* Aggressive mode: keeps a copy of the bytes, in place of those before. */
bval x4_phase1_hold_bytes(x4s_ike_xchg1 *xchg, x4s_chunk bytes) x4m_must_use;

/* A message was refused after all: counted, traced, the peer told where the reason says so. */
void x4_phase1_refuse(x4s_ike_xchg1 *xchg, const x4s_ike_message *message, x4e_ike_reason reason);

/* The peer takes phase 1 for complete: the last message of aggressive mode was lost. */
void x4_phase1_remind(x4s_ike_xchg1 *xchg);

/* The responder cookie is known: the exchange is found by both from now on. */
void x4_phase1_take_cookie(x4s_ike_xchg1 *xchg, const uint8_t *cookie_r);

/* A message of main or aggressive mode, not decrypted yet. */
x4e_ike_reason x4_phase1_receive(x4s_ike_xchg1 *xchg, x4s_ike_message *message);

/* Sends a message over the link, in fragments where they are needed and agreed on. */
bval x4_phase1_send(x4s_ike_xchg1 *xchg, const x4s_net_link *link, const void *data,
                    size_t len) x4m_must_use;

/* An authenticated message came over this link. */
void x4_phase1_heard(x4s_ike_xchg1 *xchg, const x4s_net_link *link);

/* Takes the identity of the authenticated peer. */
x4e_ike_reason x4_phase1_take_peer(x4s_ike_xchg1 *xchg, x4s_chunk id_body);

/* A quick mode begins and ends to be under way; a disposed exchange stays until the last ended. */
void x4_phase1_hold(x4s_ike_xchg1 *xchg);
void x4_phase1_unhold(x4s_ike_xchg1 *xchg);

#endif
