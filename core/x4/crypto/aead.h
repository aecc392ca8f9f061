/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_AEAD_H
#define X4_CRYPTO_AEAD_H

/*
 * AES-256-GCM (NIST SP 800-38D) with a nonce of 12 and a tag of 16 bytes: what is kept outside the
 * process is sealed with it. IKEv1 itself has no such cipher.
 *
 * A nonce must never be used twice with a key: who has two messages of the same nonce reads both
 * and forges others.
 */

#include "x4/crypto/crypto.h"

#define x4c_aead_key   32
#define x4c_aead_nonce 12
#define x4c_aead_tag   16

bval x4_crypto_has_aead(const x4s_crypto *crypto);

/*
 * Encrypts `data` in place and writes the tag over it and over `known`, which stays in the clear.
 * Either may be empty. bfalse: OpenSSL failed or does not have it; data is unusable then.
 */
bval x4_aead_seal(x4s_crypto *crypto, const uint8_t key[x4c_aead_key],
                  const uint8_t nonce[x4c_aead_nonce], x4s_chunk known, uint8_t *data, size_t len,
                  uint8_t tag[x4c_aead_tag]) x4m_must_use;

/* The reverse. bfalse: not what was sealed with this key, nonce and `known`; data is wiped then. */
bval x4_aead_open(x4s_crypto *crypto, const uint8_t key[x4c_aead_key],
                  const uint8_t nonce[x4c_aead_nonce], x4s_chunk known, uint8_t *data, size_t len,
                  const uint8_t tag[x4c_aead_tag]) x4m_must_use;

#endif
