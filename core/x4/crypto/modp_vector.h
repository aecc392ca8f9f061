/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_VECTOR_H
#define X4_CRYPTO_MODP_VECTOR_H

/*
 * Vectors of x4m_lanes 64-bit lanes, which is 8 or 4 and defined before this header is included by
 * a file that is compiled for AVX-512 IFMA. Plain operators work on all lanes.
 */

#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "x4/crypto/modp_kernel.h"

#define x4m_inline static inline __attribute__((always_inline))

typedef uint64_t x4_vec
    __attribute__((vector_size(8 * x4m_lanes), aligned(8 * x4m_lanes), may_alias));

#if x4m_lanes == 8
#define x4m_ifma_low(sum, a, b)                                                                    \
    ((x4_vec)_mm512_madd52lo_epu64((__m512i)(sum), (__m512i)(a), (__m512i)(b)))
#define x4m_ifma_high(sum, a, b)                                                                   \
    ((x4_vec)_mm512_madd52hi_epu64((__m512i)(sum), (__m512i)(a), (__m512i)(b)))
#define x4m_splat(number) ((x4_vec)_mm512_set1_epi64((long long)(number)))
#else
#define x4m_ifma_low(sum, a, b)                                                                    \
    ((x4_vec)_mm256_madd52lo_epu64((__m256i)(sum), (__m256i)(a), (__m256i)(b)))
#define x4m_ifma_high(sum, a, b)                                                                   \
    ((x4_vec)_mm256_madd52hi_epu64((__m256i)(sum), (__m256i)(a), (__m256i)(b)))
#define x4m_splat(number) ((x4_vec)_mm256_set1_epi64x((long long)(number)))
#endif

/*
 * MemorySanitizer takes each bit of such a product to depend on the same bit of what is multiplied,
 * so that the carries above it would depend on nothing. For it a lane depends on all of a lane; the
 * value is the same.
 */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define x4m_marked
#endif
#endif

#ifdef x4m_marked
x4m_inline x4_vec x4_modp_mark(x4_vec result, x4_vec of)
{
    const volatile x4_vec same = of;
    return result | (x4_vec)(of != same);
}

#define x4m_mark(result, sum, a, b) x4_modp_mark(x4_modp_mark(x4_modp_mark(result, sum), a), b)
#else
#define x4m_mark(result, sum, a, b) (result)
#endif

/* sum + the lower, or the higher, 52 bits of a b, of which the lower 52 count. */
#define x4m_low(sum, a, b)  x4m_mark(x4m_ifma_low(sum, a, b), sum, a, b)
#define x4m_high(sum, a, b) x4m_mark(x4m_ifma_high(sum, a, b), sum, a, b)

/* The invariants of modp_kernel.h: of `count` numbers none exceeds `bound`. */
x4m_inline void x4_modp_check(const void *numbers, size_t count, uint64_t bound)
{
#ifdef IKEHUB_LIMB_CHECKS
    for (size_t i = 0; i < count; i++) {
        uint64_t number;
        memcpy(&number, (const char *)numbers + i * sizeof(number), sizeof(number));
        assert(number <= bound);
    }
#else
    (void)numbers;
    (void)count;
    (void)bound;
#endif
}

/* The most that a column can be. */
x4m_inline uint64_t x4_modp_column(const x4s_modp_field *field)
{
    return (4 * (uint64_t)field->limbs + 1) << x4c_modp_bits;
}

/* The most that the highest limb of a number below 2p can be: MODP-4096 has none of its bits there.
 */
x4m_inline uint64_t x4_modp_highest(const x4s_modp_field *field)
{
    const unsigned below = x4c_modp_bits * (field->limbs - 1);
    const unsigned bits = 8 * field->bytes + 1;
    return bits > below ? (UINT64_C(1) << (bits - below)) - 1 : 0;
}

#endif
