/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_SIGNATURE_H
#define X4_IKE_SIGNATURE_H

/*
 * Our signature of an exchange: made in a batch by x4_charon_tick, or by the holder of the key in
 * its own time.
 */

#include "x4/crypto/sign.h"
#include "x4/ike/exchange.h"
#include "x4/ike/keyring.h"

typedef struct x4s_ike_signature {
    x4s_list link; /* in charon->signing: to be begun, or ended by its holder meanwhile */
    x4s_ike_xchg *owner;
    x4s_ike_key *key;
    x4s_sign_job job;
    uint8_t bytes[];
} x4s_ike_signature;

/* Gives the exchange a signature over `hash` to be made; takes the key over, without memory too. */
bval x4_signature_new(x4s_ike_xchg *xchg, x4s_ike_key *key, x4s_chunk hash) x4m_must_use;

/* Puts it into the next batch. */
void x4_signature_queue(x4s_ike_xchg *xchg);

/* Once it is made. */
x4s_chunk x4_signature_value(const x4s_ike_xchg *xchg);

/* Takes it back from the key's holder, and releases it; nothing if there is none. */
void x4_signature_free(x4s_ike_xchg *xchg);

/* Does all that waits. */
void x4_signature_run(x4s_charon *charon);

#endif
