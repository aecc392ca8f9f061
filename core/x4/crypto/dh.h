/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_DH_H
#define X4_CRYPTO_DH_H

/*
 * Diffie-Hellman over the groups of IKEv1, done in batches: the engine collects what its peers need
 * and has it done in one call, so that an implementation can work on several at once.
 *
 * Public values are what a KE payload carries: for MODP groups the number, padded with zeros to the
 * length of the prime (RFC 2409 5), for ECP groups x and y without a prefix (RFC 5903 7), for
 * Curve25519 and Curve448 the u coordinate (RFC 7748 6). Shared values are g^xy of the prime's
 * length, the x coordinate (RFC 5903 9), or u.
 *
 * Private exponents are of one use. They are short for the MODP groups, twice the strength of the
 * group or more (SP 800-56A rev. 3, 5.6.1.1; RFC 3526 8), which the safe primes allow; for the
 * groups of RFC 5114 they are below the order of the subgroup.
 */

#include "x4/crypto/crypto.h"

#define x4c_dh_public_max 1024
#define x4c_dh_shared_max 1024

/* Lengths in bytes of a public and of a shared value; 0 for an unknown group. */
size_t x4_dh_public_size(x4e_group group);
size_t x4_dh_shared_size(x4e_group group);

/* "modp2048", "modp2048s256", "ecp256", "ecp256bp", "curve25519"; NULL for an unknown group. */
const char *x4_dh_group_name(x4e_group group);

/*
 * Tells whether a peer's public value may be used: the exact length; 1 < y < p - 1, which is all
 * that a safe prime with one-time exponents needs; for the groups of RFC 5114, which have none,
 * also y^q = 1; for ECP groups coordinates below the prime that satisfy the curve's equation, whose
 * points are all in the group; for Curve25519 and Curve448 none of the values of small order. Costs
 * microseconds, and y^q as much as a derivation.
 */
bval x4_dh_public_valid(x4s_crypto *crypto, x4e_group group, x4s_chunk value) x4m_must_use;

/* Our private value between generation and derivation. */
typedef struct x4s_dh_key x4s_dh_key;

/* Wipes and releases; NULL is ignored. */
void x4_dh_key_free(x4s_dh_key *key);

typedef enum x4e_dh_work {
    x4c_dh_generate = 1, /* makes key and own */
    x4c_dh_derive = 2,   /* key and peer make shared */
    x4c_dh_both = 3,     /* makes own and shared; leaves no key */
} x4e_dh_work;

/*
 * One peer's work. `own`, `peer` and `shared` are the caller's memory of x4_dh_public_size() and
 * x4_dh_shared_size() bytes and are read or written as the work says. `key` is made by generate and
 * stays the caller's; derive neither frees nor changes it. `peer` has passed x4_dh_public_valid.
 * `done` tells success after the run; where it is bfalse nothing else may be looked at.
 */
typedef struct x4s_dh_job {
    x4e_group group;
    x4e_dh_work work;
    x4s_dh_key *key;
    uint8_t *own;
    const uint8_t *peer;
    uint8_t *shared;
    bval done;
    bval vector; /* out: the vector unit did it (x4/crypto/modp.h), not OpenSSL */
} x4s_dh_job;

void x4_dh_run(x4s_crypto *crypto, x4s_dh_job *const *jobs, size_t count);

#endif
