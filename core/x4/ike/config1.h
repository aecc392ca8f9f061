/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CONFIG1_H
#define X4_IKE_CONFIG1_H

/*
 * What the user says of a phase 1 exchange, what a peer offers, and what comes of it: an ISAKMP SA.
 * Part of the public API (x4/ike/charon.h).
 */

#include "x4/core/memory.h"
#include "x4/core/types.h"
#include "x4/crypto/algorithms.h"
#include "x4/crypto/sign_job.h"
#include "x4/ike/timing.h"
#include "x4/net/addr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Identification types of RFC 2407 4.6.2.1. */
typedef enum x4e_ike_id_type {
    x4c_ike_id_ipv4 = 1,
    x4c_ike_id_fqdn = 2,
    x4c_ike_id_user_fqdn = 3,
    x4c_ike_id_ipv4_subnet = 4,
    x4c_ike_id_ipv6 = 5,
    x4c_ike_id_ipv6_subnet = 6,
    x4c_ike_id_ipv4_range = 7,
    x4c_ike_id_ipv6_range = 8,
    x4c_ike_id_dn = 9,  /* DER of an X.501 Name */
    x4c_ike_id_gn = 10, /* DER of an X.509 GeneralName */
    x4c_ike_id_key_id = 11,
} x4e_ike_id_type;

/* An identity of phase 1: 4 or 16 address bytes, a name without NUL, DER, or opaque bytes. */
typedef struct x4s_ike_id {
    x4e_ike_id_type type;
    x4s_chunk data;
} x4s_ike_id;

typedef enum x4e_ike_role {
    x4c_ike_initiator,
    x4c_ike_responder,
} x4e_ike_role;

/*
 * Authentication Method, RFC 2409 Appendix A, attribute class 3; ECDSA after RFC 4754. Where the
 * name ends the party in the middle of it is the one whose user is asked for name and password
 * when phase 1 is done (x4/ike/xauth_job.h); with the hybrid methods that is all that it proves,
 * and the other party signs. The methods that encrypt with RSA are neither offered nor answered:
 * what they reveal about the padding lets a peer's traffic be decrypted elsewhere.
 */
typedef enum x4e_ike_auth {
    x4c_ike_auth_psk = 1,
    x4c_ike_auth_rsa = 3,      /* RSA signatures */
    x4c_ike_auth_ecdsa256 = 9, /* ECDSA, P-256 and SHA2-256 */
    x4c_ike_auth_ecdsa384 = 10,
    x4c_ike_auth_ecdsa521 = 11,
    x4c_ike_auth_hybrid_init_rsa = 64221, /* draft-ietf-ipsec-isakmp-hybrid-auth-05 */
    x4c_ike_auth_hybrid_resp_rsa = 64222,
    x4c_ike_auth_xauth_init_psk = 65001, /* draft-beaulieu-ike-xauth-02 */
    x4c_ike_auth_xauth_resp_psk = 65002,
    x4c_ike_auth_xauth_init_rsa = 65005,
    x4c_ike_auth_xauth_resp_rsa = 65006,
} x4e_ike_auth;

/* One transform of a phase 1 proposal. Lifetimes of 0 are neither offered nor limited. */
typedef struct x4s_ike_transform1 {
    uint8_t cipher;    /* x4e_cipher */
    uint8_t hash;      /* x4e_hash */
    uint8_t group;     /* x4e_group */
    uint16_t auth;     /* x4e_ike_auth; signatures of ours need ph1_get_prikey */
    uint16_t key_bits; /* AES, Camellia: 128, 192, 256; DES, 3DES: 0 */
    uint32_t life_sec;
    uint32_t life_kb;
} x4s_ike_transform1;

/* Versions of NAT traversal, for x4s_ike_config1.natt. The newest that both know is used. */
typedef enum x4e_ike_natt {
    x4c_ike_natt_rfc = 1 << 0, /* RFC 3947 */
    x4c_ike_natt_03 = 1 << 1,  /* draft-ietf-ipsec-nat-t-ike-03 */
    x4c_ike_natt_02n = 1 << 2, /* -02 as Windows and iOS announce it, with a newline in the hash */
    x4c_ike_natt_02 = 1 << 3,  /* -02 */
    x4c_ike_natt_00 = 1 << 4,  /* -00: stays on port 500 */
} x4e_ike_natt;

/*
 * Messages that are longer than a link carries, in fragments that are datagrams of their own, as
 * Cisco and Microsoft do it (x4/ike/fragment.h); for x4s_ike_config1.fragmentation.
 */
typedef enum x4e_ike_fragmentation {
    x4c_ike_fragment_no,     /* neither announced nor taken nor sent */
    x4c_ike_fragment_accept, /* announced and taken */
    x4c_ike_fragment_yes,    /* sent as well, where the peer announces it too */
    x4c_ike_fragment_force,  /* sent whatever the peer announces */
} x4e_ike_fragmentation;

#define x4c_ike_fragment_size 1280 /* the default: what every link of IPv6 carries */

struct x4s_ike_keys1;

/*
 * How one phase 1 exchange is to be negotiated. The user's memory: it, and all that it points to,
 * stays valid and unchanged until the exchange is completed or disposed of.
 */
typedef struct x4s_ike_config1 {
    void *userdata;    /* callback context; ph1_responded gives it instead when we respond */
    x4s_net_link link; /* where to; only for x4_charon_init1 */
    x4s_ike_id id;     /* who we say that we are */

    /* In the order of preference. 1 to x4c_ike_transforms1_max. */
    const x4s_ike_transform1 *transforms;
    size_t transform_count;

    /* As responder: btrue selects by our order, bfalse by the peer's. */
    bval own_order;

    /*
     * Aggressive mode (RFC 2409 5): as initiator use it, for which all transforms have the same
     * group; as responder accept it. It shows identities to whoever listens. With preshared keys
     * its responder also lets whoever asks try passwords against an answer of ours, at leisure:
     * that needs aggressive_psk as well.
     */
    bval aggressive;
    bval aggressive_psk;

    /*
     * The hard lifetime of the ISAKMP SA: the lesser of this and of life_sec in the transform that
     * the responder chose, as it is on the wire; 0 none. What an initiator offers does not bound a
     * responder that answers with more: this does.
     */
    uint32_t life_sec;

    /* After so many seconds ph1_aging tells that it is time for a new one; 0 never. */
    uint32_t soft_sec;

    /*
     * The same in kilobytes (1,024 bytes) that the SA encrypts and decrypts, as ph1_sa_used tells
     * them: whichever is over first counts. 0: none.
     */
    uint32_t life_kb;
    uint32_t soft_kb;

    /* x4e_ike_natt bits: what is announced and accepted; needs ph1_natt. 0: none. */
    uint8_t natt;

    /* Make both sides see a NAT, so that IPsec is encapsulated in UDP whatever lies between. */
    bval natt_force;

    /*
     * Dead peer detection (RFC 3706): a peer that was not heard of for so many seconds is asked, by
     * the schedule of x4s_ike_timing, and disposed of when it does not answer. 0: it is not asked;
     * its own questions are answered all the same.
     */
    uint32_t dpd_sec;

    /*
     * The certification authorities whose certificates the peer is asked for, if the method agreed
     * on has signatures: names in DER, of which an empty one asks for any (RFC 2408 3.10). Without
     * any, most peers send no certificate.
     */
    const x4s_chunk *authorities;
    size_t authority_count;

    /*
     * Extended authentication, where we ask: how often a user may err, 0 as 1; the question is put
     * again after a refusal.
     */
    uint8_t xauth_tries;

    /*
     * Announce Cisco's Unity, which some clients want to see before they ask for its attributes of
     * mode config.
     */
    bval unity;

    uint8_t fragmentation;  /* x4e_ike_fragmentation */
    uint16_t fragment_size; /* bytes of an IP packet, from 256 on; 0 is x4c_ike_fragment_size */

    /*
     * Tell the peer that it may forget all older SAs with us (RFC 2407 4.6.3.3). Only an initiator
     * does, in its last message; a responder's setting is without effect.
     */
    bval initial_contact;

    /*
     * Not NULL: no negotiation. The exchange is made from the state that ph1_completed of this or
     * another instance handed out, complete, without a packet; then userdata, the lifetimes,
     * dpd_sec and this count. ph1_initiated is called, ph1_completed is not.
     */
    const struct x4s_ike_keys1 *resume;
} x4s_ike_config1;

#define x4c_ike_transforms1_max 32

/* What a first message of phase 1 tells before anything of it is proven. */
typedef struct x4s_ike_offer1 {
    const x4s_net_link *link;
    bval aggressive;      /* aggressive mode, else main mode */
    const x4s_ike_id *id; /* aggressive mode: who the peer says it is; else NULL */

    /*
     * To ph1_policy: what the peer proposes, in its order and with its lifetimes, without what is
     * not understood; it may be that nothing is left. For the exchange itself, that is the second
     * time in main mode and to ph1_responded: the one that was agreed on. Valid during the call.
     */
    const x4s_ike_transform1 *transforms;
    size_t transform_count;
} x4s_ike_offer1;

/*
 * A completed ISAKMP SA: all that another instance needs to go on with it. Handed out for the time
 * of ph1_completed; who keeps it keeps secrets. Nothing in it changes later but the link, the time
 * that is left and the age.
 */
typedef struct x4s_ike_keys1 {
    uint8_t cookie_i[8];
    uint8_t cookie_r[8];
    x4e_ike_role role;
    x4s_net_link link;
    x4s_ike_transform1 suite; /* as agreed */
    x4s_secret skeyid_d;      /* RFC 2409 5 */
    x4s_secret skeyid_a;
    x4s_secret cipher_key; /* SKEYID_e after Appendix B */
    uint8_t iv[16];        /* last block of phase 1, zero-padded */
    x4s_ike_id local_id;
    x4s_ike_id remote_id;
    x4s_chunk user;         /* who extended authentication let in at the peer's; else empty */
    bval knows_dpd;         /* the peer announced RFC 3706 */
    uint8_t natt;           /* x4e_ike_natt: the version agreed on, or 0 */
    bval fragments;         /* the peer may send fragments */
    uint16_t fragment_size; /* we do, of IP packets of so many bytes; 0: we do not */
    bval behind_local;      /* a NAT is before us */
    bval behind_remote;     /* a NAT is before the peer */
    uint32_t life_left_sec; /* 0: no limit */
    uint32_t life_left_kb;

    /*
     * Seconds since phase 1 was completed, 0 in ph1_completed. Who resumes the SA sets it, rounded
     * up: our message IDs (x4/ike/message_id.h) and the numbers of our questions of dead peer
     * detection go on from it, so that none is used twice.
     */
    uint32_t age_sec;
    uint32_t dpd_sequence; /* the number before our first question, RFC 3706 5.3 */
} x4s_ike_keys1;

/* Certificates of ours in DER: our own, and those between it and a CA. The user's memory. */
typedef struct x4s_ike_certs {
    const x4s_chunk *list;
    size_t count;
} x4s_ike_certs;

/* A private key of ours. The user's memory. */
typedef struct x4s_ike_prikey {
    /* PKCS#1, SEC 1 or PKCS#8 in DER; with a holder the SubjectPublicKeyInfo of its key. */
    x4s_chunk der;

    /* Who has the key and signs in its own time (x4/crypto/sign_job.h); NULL: der is the key. */
    const x4s_key_holder *holder;
} x4s_ike_prikey;

#ifdef __cplusplus
}
#endif

#endif
