/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_SIGN_H
#define X4_CRYPTO_SIGN_H

/*
 * The signatures of phase 1, over HASH_I and HASH_R (RFC 2409 5.1).
 *
 *     RSA     PKCS#1 v1.5 block type 1 around the bare hash - no DigestInfo, unlike everywhere
 *             else. strongSwan's name for it is RSA_EMSA_PKCS1_NULL. As long as the modulus.
 *     ECDSA   r and s, each as long as the curve's order: 64, 96 or 132 bytes (RFC 4754 7). The
 *             hash is signed as it is, not hashed again: it is of the signature's own hash already,
 *             see x4_sign_hash.
 *
 * Making signatures is done in batches and may take longer than a call, see x4s_sign_job. Verifying
 * costs little and is a plain function.
 */

#include "x4/crypto/hash.h"
#include "x4/crypto/key.h"
#include "x4/crypto/sign_job.h"

#define x4c_signature_max 1024 /* RSA with 8192 bits */

/*
 * The hash whose HMAC makes the HASH_I or HASH_R that a key of this type signs. For RSA it is what
 * was negotiated. ECDSA is tied to a hash of its own - SHA2-256, SHA2-384, SHA2-512 - whose HMAC
 * then makes HASH_I and HASH_R, whatever hash was negotiated (RFC 2409 5.1). The two sides of an
 * exchange may have different keys, but not different types: the method is negotiated.
 */
x4e_hash x4_sign_hash(x4e_key_type type, x4e_hash negotiated);

/*
 * btrue only if `signature` is the key's over `hash`: of the exact length, and for RSA the one
 * block that the hash makes, compared whole, so that there is nothing to parse and nothing to
 * forge. Whatever else OpenSSL says is a refusal. `hash` has 16 to 64 bytes; for ECDSA the size of
 * the type's hash.
 */
bval x4_sign_verify(x4s_crypto *crypto, const x4s_public_key *key, x4s_chunk hash,
                    x4s_chunk signature) x4m_must_use;

/*
 * Begins the jobs, which are not pending. Afterwards each has ended, or is pending because its
 * key's holder has not ended it yet. `completed` is not called for what ended during the run:
 * a holder that ends a job inside its sign function only sets the state.
 */
void x4_sign_run(x4s_crypto *crypto, x4s_sign_job *const *jobs, size_t count);

/* Takes a pending job back from the key's holder; a job in another state is left as it is. */
void x4_sign_cancel(x4s_sign_job *job);

#endif
