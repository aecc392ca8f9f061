/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_CPU_H
#define X4_CRYPTO_CPU_H

/*
 * What the processor can, as far as x4/crypto wants to know.
 */

#include "x4/core/types.h"

/* What CPUID and XGETBV answer; all zero on other processors than x86-64. */
typedef struct x4s_cpu_words {
    uint32_t leaf1_ecx;
    uint32_t leaf7_ebx;
    uint64_t xcr0; /* the registers that the operating system keeps */
} x4s_cpu_words;

x4s_cpu_words x4_cpu_words(void);

/*
 * NULL: AVX-512 F, DQ, BW, VL and IFMA and BMI2 may be used; else a text that
 * says what is missing.
 */
const char *x4_cpu_lacks(const x4s_cpu_words *words);

#endif
