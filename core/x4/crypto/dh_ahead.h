/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DH_AHEAD_H
#define X4_CRYPTO_DH_AHEAD_H

/*
 * Key pairs that are made before anybody needs them, while there is nothing else to do: a responder
 * then has half of its work behind it, an initiator its first half. Each is used once. They are in
 * memory for longer than others, which weakens forward secrecy by no more than an exchange does
 * that waits for its peer.
 *
 * The groups are those that x4_dh_run has made key pairs of; `max` of each, up to
 * x4c_dh_ahead_max.
 */

#include "x4/crypto/crypto.h"

#define x4c_dh_ahead_max 32

/* Whether there is something to make. */
bval x4_dh_ahead_lacks(const x4s_crypto *crypto, uint32_t max);

/* Makes one key pair of what is lacking. A group that OpenSSL fails in is left alone. */
bval x4_dh_ahead_make(x4s_crypto *crypto, uint32_t max);

#endif
