/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_HASH_H
#define X4_CRYPTO_HASH_H

/*
 * Hashes, and the HMAC of them that is the PRF of phase 1 and 2 (RFC 2409 4).
 */

#include "x4/crypto/crypto.h"

/* Output bytes: 16 (MD5) to 64 (SHA2-512); 0 for what is no hash. */
size_t x4_hash_size(x4e_hash hash);

/* The hash of the parts, one after the other. `out` has room for x4_hash_size(). */
bval x4_hash(x4s_crypto *crypto, x4e_hash hash, const x4s_chunk *parts, size_t count,
             uint8_t *out) x4m_must_use;

/*
 * HMAC of the parts, one after the other (RFC 2104). A key of any length, empty included. `out`
 * has room for x4_hash_size() and may be one of the inputs' or the key's own memory.
 */
bval x4_prf(x4s_crypto *crypto, x4e_hash hash, x4s_chunk key, const x4s_chunk *parts, size_t count,
            uint8_t *out) x4m_must_use;

#endif
