/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DH_AHEAD_H
#define X4_CRYPTO_DH_AHEAD_H

/*
 * Key pairs that are made before anybody needs them, while there is nothing else to do: a responder
 * then has half of its work behind it, an initiator its first half. Each is used once. They are in
 * memory for longer than others, which weakens forward secrecy by no more than an exchange does
 * that waits for its peer.
 *
 * The groups are those that x4_dh_run has made key pairs of. Where the vector unit does the work,
 * the lanes that x4_dh_run has no use for make such key pairs as well.
 */

#include "x4/crypto/crypto.h"

#define x4c_dh_ahead_max 32

/* How many of each group there shall be, up to x4c_dh_ahead_max; 0 at first. */
void x4_dh_ahead_set(x4s_crypto *crypto, uint32_t count);

/* Whether there is something to make. */
bval x4_dh_ahead_lacks(const x4s_crypto *crypto);

/*
 * Makes of what is lacking one key pair, or as many as the vector unit makes at a time. bfalse:
 * none. A group that OpenSSL fails in is left alone.
 */
bval x4_dh_ahead_make(x4s_crypto *crypto);

/* How many were made since this was asked the last time. */
uint32_t x4_dh_ahead_made(x4s_crypto *crypto);

#endif
