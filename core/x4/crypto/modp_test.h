/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_TEST_H
#define X4_CRYPTO_MODP_TEST_H

/*
 * The self-test of a kernel: whether its results are OpenSSL's. It is done at each start, before
 * anything is trusted to the kernel.
 */

#include "x4/crypto/modp_kernel.h"

/* Powers of numbers and of 2, in all lanes different. bfalse also without memory. */
bval x4_modp_test(const x4s_modp_field *field, const x4s_modp_kernel *kernel,
                  x4s_modp_work *work) x4m_must_use;

#endif
