/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_H
#define X4_CRYPTO_MODP_H

/*
 * Diffie-Hellman of MODP groups with the processor's vector unit, several peers at a time.
 *
 * An object of this type has what instances of libike need for it: the groups' constants, and
 * tables for key generation, 1.7 MB in all. A user makes one, gives it to as many instances as it
 * has by x4s_charon_config.modp, and releases it when the last of them is gone. Once made it is
 * only read, so instances in different threads share it; nothing counts them.
 *
 * It serves groups 2, 5, 14, 15 and 16. All others, and instances without such an object, have
 * OpenSSL. Peers cannot tell the difference but by the time that it takes.
 */

#include "x4/core/memory.h"
#include "x4/core/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct x4s_modp x4s_modp;

/*
 * A new object, or NULL with a text in *why (static storage): "the processor has no AVX-512 IFMA",
 * "the operating system does not keep AVX-512 registers", "out of memory", or that the self-test
 * failed, which compares results in all groups with OpenSSL's. Takes some 10 ms. `allocator` stays
 * the user's and outlives the object; NULL: the C library's.
 */
x4m_api x4s_modp *x4_modp_new(const x4s_allocator *allocator, const char **why) x4m_must_use;

/* No instance uses it any more. NULL is ignored. */
x4m_api void x4_modp_free(x4s_modp *modp);

/* What it works with. */
#define x4c_modp_method "avx512-ifma"

#ifdef __cplusplus
}
#endif

#endif
