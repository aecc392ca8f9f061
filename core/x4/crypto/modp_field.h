/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_FIELD_H
#define X4_CRYPTO_MODP_FIELD_H

/*
 * The groups for the kernels of modp_kernel.h, and numbers to and from their limbs.
 */

#include <openssl/types.h>

#include "x4/crypto/modp_kernel.h"

#define x4c_modp_fields 5 /* groups 2, 5, 14, 15 and 16 */

/* Field i of x4c_modp_fields but for its comb, computed by OpenSSL; bfalse without memory. */
bval x4_modp_field_init(x4s_modp_field *field, unsigned i) x4m_must_use;

/* The field's prime into a number of OpenSSL's; bfalse without memory. */
bval x4_modp_prime(const x4s_modp_field *field, BIGNUM *prime) x4m_must_use;

/* Bytes that the comb of a field takes, a multiple of x4c_modp_align. */
size_t x4_modp_comb_size(const x4s_modp_field *field);

/*
 * Limbs of a number of field->bytes bytes, the highest byte first. Limb i is at limbs[i * width].
 * With width 1 x4m_modp_stride(field->limbs) are written, of which the last are zero.
 */
void x4_modp_read(const x4s_modp_field *field, uint64_t *limbs, unsigned width,
                  const uint8_t *bytes);
void x4_modp_write(const x4s_modp_field *field, uint8_t *bytes, const uint64_t *limbs,
                   unsigned width);

#endif
