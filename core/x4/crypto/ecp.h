/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_ECP_H
#define X4_CRYPTO_ECP_H

/*
 * Diffie-Hellman over one curve, with the points of OpenSSL. EVP_PKEY does the same and takes half
 * as long again for P-256, because it makes, copies and looks up keys, types and methods each time.
 *
 * Private values are OpenSSL's numbers, below the order of the curve; public values are x and y of
 * the prime's length, shared ones are x (RFC 5903 7 and 9).
 */

#include <openssl/bn.h>

#include "x4/core/memory.h"

typedef struct x4s_ecp x4s_ecp;

/*
 * By OpenSSL's name: "P-256", "brainpoolP256r1". A curve that it does not have leaves *ecp NULL;
 * bfalse without memory.
 */
bval x4_ecp_new(const x4s_allocator *allocator, const char *curve, x4s_ecp **ecp) x4m_must_use;
void x4_ecp_free(x4s_ecp *ecp);

/* Whether the coordinates are below the prime and satisfy the curve's equation. */
bval x4_ecp_valid(const x4s_ecp *ecp, const uint8_t *value) x4m_must_use;

/* A random private value, BN_clear_free it, and its public one. NULL: OpenSSL fails. */
BIGNUM *x4_ecp_generate(const x4s_ecp *ecp, uint8_t *value) x4m_must_use;

/* The shared value of ours and a peer's that is valid. */
bval x4_ecp_derive(const x4s_ecp *ecp, const BIGNUM *own, const uint8_t *peer,
                   uint8_t *shared) x4m_must_use;

#endif
