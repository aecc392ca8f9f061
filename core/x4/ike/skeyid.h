/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_SKEYID_H
#define X4_IKE_SKEYID_H

/*
 * The keys of phase 1 (RFC 2409 5 and Appendix B). `ni` and `nr` are the bodies of the nonce
 * payloads, Ni_b and Nr_b; `gxy` is the shared Diffie-Hellman value. All functions return bfalse if
 * the hash is not available, and then their output is not to be used. Wipe secrets with x4_wipe.
 */

#include "x4/core/memory.h"
#include "x4/crypto/cipher.h"
#include "x4/crypto/hash.h"

/* A nonce payload's body has 8 to 256 bytes (RFC 2409 5). */
#define x4c_skeyid_nonce_max 256

/* SKEYID = prf(pre-shared-key, Ni_b | Nr_b). A key of any length. */
bval x4_skeyid_psk(x4s_crypto *crypto, x4e_hash hash, x4s_chunk psk, x4s_chunk ni, x4s_chunk nr,
                   x4s_secret *skeyid) x4m_must_use;

/* SKEYID = prf(Ni_b | Nr_b, g^xy); bfalse for nonces that are longer than the RFC allows. */
bval x4_skeyid_signature(x4s_crypto *crypto, x4e_hash hash, x4s_chunk ni, x4s_chunk nr,
                         x4s_chunk gxy, x4s_secret *skeyid) x4m_must_use;

/*
 * SKEYID_d, for the keys of phase 2; SKEYID_a, for the hashes of ISAKMP messages; SKEYID_e, for
 * their encryption. `cookies` is CKY-I | CKY-R.
 *
 *     SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)
 *     SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)
 *     SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)
 */
bval x4_skeyid_derive(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *skeyid, x4s_chunk gxy,
                      const uint8_t cookies[16], x4s_secret *d, x4s_secret *a,
                      x4s_secret *e) x4m_must_use;

/*
 * The cipher key of `size` bytes from SKEYID_e: its leading bytes where it is long enough, else
 * those of K1 | K2 | ..., where K1 = prf(SKEYID_e, 0) and Kn = prf(SKEYID_e, Kn-1) (Appendix B).
 */
bval x4_skeyid_expand(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *e, uint8_t *key,
                      size_t size) x4m_must_use;

/* That key for `cipher`; bfalse also for a weak or semi-weak one of DES: no SA is made with it. */
bval x4_skeyid_cipher_key(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *e, x4e_cipher cipher,
                          uint8_t *key, size_t size) x4m_must_use;

/*
 * What a party proves its identity with; x4_hash_size() bytes in `out`. Own and peer are as seen by
 * the party whose hash it is:
 *
 *     HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
 *     HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)
 *
 * `sa_body` is always the initiator's SA payload, `id_body` the party's own ID payload, both
 * without their generic headers.
 */
bval x4_skeyid_auth_hash(x4s_crypto *crypto, x4e_hash hash, const x4s_secret *skeyid,
                         x4s_chunk own_public, x4s_chunk peer_public, const uint8_t own_cookie[8],
                         const uint8_t peer_cookie[8], x4s_chunk sa_body, x4s_chunk id_body,
                         uint8_t *out) x4m_must_use;

#endif
