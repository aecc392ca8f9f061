/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_WEAK_RSA_H
#define BENCH_LOAD_WEAK_RSA_H

/*
 * An RSA key of 2048 bits that signs in a twentieth of the usual time, for a load generator: its
 * modulus is the product of 32 primes of 64 bits, and the signature is put together from 32 small
 * ones by the Chinese remainder theorem. Whoever tries can factor it. The public half looks and
 * costs as any other does, with the exponent 65537.
 */

#include <stdint.h>

#include "x4/crypto/sign_job.h"

#define LOAD_WEAK_RSA_SIZE 256 /* bytes of modulus and signature */

struct load_weak_rsa;

/* A new key, or NULL: without memory, or OpenSSL fails. */
struct load_weak_rsa *load_weak_rsa_new(void);
void load_weak_rsa_free(struct load_weak_rsa *key);

/* SubjectPublicKeyInfo in DER; it is the key's. */
x4s_chunk load_weak_rsa_public(const struct load_weak_rsa *key);

/* Signs within its sign function; it is the key's. */
const x4s_key_holder *load_weak_rsa_holder(const struct load_weak_rsa *key);

/*
 * The signature that IKEv1 has over a hash: PKCS#1 block type 1 without DigestInfo (RFC 2409 5.1).
 */
void load_weak_rsa_sign(struct load_weak_rsa *key, x4s_chunk hash,
                        uint8_t signature[LOAD_WEAK_RSA_SIZE]);

#endif
