/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_XDH_H
#define X4_CRYPTO_XDH_H

/*
 * Diffie-Hellman over Curve25519 and Curve448 (RFC 7748), the groups 31 and 32. No RFC has them for
 * IKEv1: peers that have them there do as RFC 8031 has it for IKEv2. Public and shared values are
 * u coordinates as RFC 7748 encodes them.
 */

#include <openssl/evp.h>

#include "x4/core/types.h"

/* Makes keys of the group with OpenSSL's name "X25519" or "X448". NULL: it does not have it. */
EVP_PKEY_CTX *x4_xdh_keygen(const char *name);

/* A private key, EVP_PKEY_free it, and its public value of `size` bytes. NULL: OpenSSL fails. */
EVP_PKEY *x4_xdh_generate(EVP_PKEY_CTX *keygen, uint8_t *value, size_t size) x4m_must_use;

/*
 * Whether something secret follows from a peer's value of that length: any bytes are a point of the
 * curve or of its twist, but some are of small order, which make the shared value zero whatever
 * ours is.
 */
bval x4_xdh_valid(const uint8_t *value, size_t size) x4m_must_use;

/*
 * The shared value of ours and a peer's, as long as that. bfalse where it is zero, as RFC 8031 2
 * demands.
 */
bval x4_xdh_derive(const char *name, EVP_PKEY *own, x4s_chunk value, uint8_t *shared) x4m_must_use;

#endif
