/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CREDENTIALS_H
#define X4_IKE_CREDENTIALS_H

/*
 * Certificates and public keys in phase 1: CERT and CERT_REQUEST payloads (RFC 2408 3.9, 3.10), and
 * the key that a peer's signature is verified with.
 */

#include "x4/crypto/cert.h"
#include "x4/ike/phase1.h"

/* What a peer shows with its signature. Zeroed is empty. */
typedef struct x4s_ike_credentials {
    x4s_cert *certs[x4c_cert_chain_max];
    unsigned payload[x4c_cert_chain_max]; /* the CERT payload, counted from 0, that it came in */
    size_t count;
    size_t leaf;               /* the peer's own among them */
    x4s_public_key *known_key; /* the user's, if no certificate came */
} x4s_ike_credentials;

/*
 * Reads what a message holds, or asks the user for the key of who claims to be `id`. Nothing of it
 * is proven. Whatever the reason is, close has to follow.
 */
x4e_ike_reason x4_credentials_open(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                   const x4s_ike_id *id, x4s_ike_credentials *credentials);
void x4_credentials_close(x4s_ike_credentials *credentials);

/* The key that they speak for. */
const x4s_public_key *x4_credentials_key(const x4s_ike_credentials *credentials);

/* Has the user validate the CERT payloads of a message whose signature is right. */
x4e_ike_reason x4_credentials_validate(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                                       const x4s_ike_credentials *credentials);

/* Has the user look at the message's CERT_REQUEST payloads. */
x4e_ike_reason x4_credentials_asked(x4s_ike_xchg1 *xchg, const x4s_ike_message *message);

/* Adds CERT_REQUEST payloads for the authorities that the configuration names. */
void x4_credentials_ask(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/* Adds our certificates as CERT payloads. */
x4e_ike_reason x4_credentials_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

#endif
