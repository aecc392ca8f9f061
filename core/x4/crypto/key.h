/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_KEY_H
#define X4_CRYPTO_KEY_H

/*
 * The keys that sign phase 1, and those that verify. Which keys are accepted is the same wherever
 * they come from - configuration, a certificate, a peer:
 *
 *     RSA     modulus odd and of 1024 to 8192 bits; public exponent odd, 3 to 2^64 - 1
 *     ECDSA   P-256, P-384, P-521 by name, never by parameters; a point on the curve
 *
 * A key belongs to the instance whose x4s_crypto made it, and is used serially like it. An error is
 * a text in static storage for people.
 */

#include "x4/crypto/crypto.h"
#include "x4/crypto/sign_job.h"

#define x4c_key_rsa_bits_min 1024
#define x4c_key_rsa_bits_max 8192

/* A longer encoding of a key is not looked at. */
#define x4c_key_der_max 8192

/*
 * The numbers are those of the Authentication Method, attribute class 3, by which such a key signs
 * (RFC 2409 Appendix A, RFC 4754 6); hybrid and XAUTH methods with signatures use the same keys.
 */
typedef enum x4e_key_type {
    x4c_key_none = 0,
    x4c_key_rsa = 3,
    x4c_key_ecdsa256 = 9,  /* P-256 with SHA2-256 */
    x4c_key_ecdsa384 = 10, /* P-384 with SHA2-384 */
    x4c_key_ecdsa521 = 11, /* P-521 with SHA2-512 */
} x4e_key_type;

/* "RSA", "ECDSA P-256"; NULL for what is no type. */
const char *x4_key_type_name(x4e_key_type type);

/* ------------------------------------------------------------------ public keys */

typedef struct x4s_public_key x4s_public_key;

/*
 * A public key from DER without bytes behind it: SubjectPublicKeyInfo (RFC 5280 4.1), or
 * RSAPublicKey (RFC 8017 A.1.1). NULL and *error for anything else, and without memory.
 */
x4s_public_key *x4_public_key_new(x4s_crypto *crypto, x4s_chunk der,
                                  const char **error) x4m_must_use;

/* NULL is ignored. */
void x4_public_key_free(x4s_public_key *key);

x4e_key_type x4_public_key_type(const x4s_public_key *key);

/* Bits of the modulus, or of the curve: 1024 to 8192; 256, 384, 521. */
unsigned x4_public_key_bits(const x4s_public_key *key);

/* Bytes of a signature by this key, which all have: the modulus', or twice the curve's. */
size_t x4_public_key_signature_size(const x4s_public_key *key);

/* SubjectPublicKeyInfo in DER; it is the key's. */
x4s_chunk x4_public_key_der(const x4s_public_key *key);

/* The same type and numbers. */
bval x4_public_key_equal(const x4s_public_key *a, const x4s_public_key *b);

/* ------------------------------------------------------------------ private keys */

/*
 * A private key from DER without bytes behind it: RSAPrivateKey (PKCS#1, RFC 8017 A.1.2),
 * ECPrivateKey (SEC 1, RFC 5915) or PrivateKeyInfo (PKCS#8, RFC 5208) without encryption, for which
 * see below. The key has signed once before it is returned, and its public half has verified that:
 * what is returned works. NULL and *error for anything else, and without memory. `der` stays the
 * caller's, and so does the duty to wipe it.
 */
x4s_private_key *x4_private_key_new(x4s_crypto *crypto, x4s_chunk der,
                                    const char **error) x4m_must_use;

/*
 * EncryptedPrivateKeyInfo (PKCS#8, RFC 5958 3) in DER: whether it is one, and what is in it. `out`
 * gets PrivateKeyInfo, for x4_private_key_new, and is the caller's to wipe; bfalse and *error for a
 * wrong passphrase, an algorithm that OpenSSL does not have, and where `size` is not enough.
 */
bval x4_pkcs8_encrypted(x4s_chunk der);
bval x4_pkcs8_decrypt(x4s_chunk der, x4s_chunk passphrase, uint8_t *out, size_t size, size_t *len,
                      const char **error) x4m_must_use;

/*
 * A private key that its holder uses for us. `public_key` tells its type and size and is copied;
 * `holder` is copied, too. NULL without memory.
 */
x4s_private_key *x4_private_key_opaque(x4s_crypto *crypto, const x4s_public_key *public_key,
                                       const x4s_key_holder *holder) x4m_must_use;

/* Wipes and releases; NULL is ignored. No job of it is pending. */
void x4_private_key_free(x4s_private_key *key);

/* The public half, which has type and sizes; it is the private key's. */
const x4s_public_key *x4_private_key_public(const x4s_private_key *key);

#endif
