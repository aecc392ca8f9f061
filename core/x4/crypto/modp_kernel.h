/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_KERNEL_H
#define X4_CRYPTO_MODP_KERNEL_H

/*
 * Exponentiation modulo the primes of RFC 2409 and RFC 3526 with the 52-bit multiply-add of AVX-512
 * IFMA. Not for use outside x4/crypto/modp.c but in tests.
 *
 * A number is a row of limbs of 52 bits, the lowest first. Three kernels work on them. In two of
 * them each lane of a vector is a number of its own, so that one instruction does the same step of
 * 8 or 4 exponentiations (x4/crypto/modp_tile.h); the third has the limbs of one number in the
 * lanes (x4/crypto/modp_across.c). Above the multiplication all are the same code
 * (x4/crypto/modp_power.h).
 *
 * The method is that of Gueron and Krasnov, "Software Implementation of Modular Exponentiation,
 * Using Advanced Vector Instructions Architectures" (WAIFI 2012), and of Drucker and Gueron, "Fast
 * modular squaring with AVX512IFMA" (ITNG 2019): Montgomery's multiplication without its last
 * subtraction ("almost Montgomery"). With n limbs, R = 2^(52 n) and a, b < 2p,
 *
 *     multiply(a, b) = (a b + q p) / R,  q < R
 *                    < 4 p^2 / R + p  <  2p      since R >= 2^16 p in each of the groups,
 *
 * so results can be multiplied again as they are, and what comes out of Montgomery's form by a
 * multiplication with 1 is at most p, which it equals for multiples of p only.
 *
 * All these primes end in 64 one bits. Hence -1/p = 1 modulo 2^52: a digit of q is the lowest limb
 * itself. Hence too the lowest limb of p + 1 is zero: q p is added as q (p + 1) - q, of which the
 * second part clears the lowest limb and costs nothing.
 *
 * A column is a sum of at most n low and n high halves of products from a b, as many from q p, and
 * a carry: less than (4 n + 1) 2^52 <= 321 * 2^52 < 2^61, so 64 bits hold it. Where
 * IKEHUB_LIMB_CHECKS is defined (the builds with a sanitizer) each multiplication asserts that its
 * operands have limbs of 52 bits, that columns keep to the bound, and that nothing is left of the
 * result above its limbs and above 2p. The assertions branch on secrets, so no other build has
 * them.
 *
 * Nothing here branches on a number or an exponent, or has an address that depends on them: what is
 * looked up in a table is picked out of all its entries with masks.
 */

#include "x4/core/types.h"
#include "x4/crypto/algorithms.h"

#define x4c_modp_bits      52
#define x4c_modp_mask      ((UINT64_C(1) << x4c_modp_bits) - 1)
#define x4c_modp_limbs_max 80  /* MODP-4096 */
#define x4c_modp_lanes_max 8   /* numbers in one go */
#define x4c_modp_bytes_max 512 /* of a number */
#define x4c_modp_words_max 64  /* 64-bit words of an exponent */
#define x4c_modp_window    4   /* bits of an exponent at a time */
#define x4c_modp_teeth     5   /* bits of an exponent at a time from the comb */
#define x4c_modp_align     64  /* bytes, of whatever a vector is loaded from */

/* Limbs in whole vectors of 8: how far apart numbers are in memory. */
#define x4m_modp_stride(limbs) (((limbs) + 7) / 8 * 8)

/* Numbers and sums as the kernel `across` shifts them: by 0 to 8 lanes. */
#define x4c_modp_shifts     9
#define x4c_modp_shifted    (x4c_modp_shifts * (x4c_modp_limbs_max + 8))
#define x4c_modp_number_max (x4c_modp_limbs_max * x4c_modp_lanes_max)

/*
 * A group and what is computed from it once. Numbers with the comment "form" are in Montgomery's
 * form, a R modulo p.
 *
 * The comb (Lim and Lee, CRYPTO '94) has an exponent of 5 rows of `columns` bits; the bits of a
 * column, one from each row, are an index. 2^x is the product of table[c][index of column c] over
 * all columns, where table[c][i] is 2 to the power of the exponent whose column c is i and whose
 * other columns are 0. Of two columns in a row the second table is the square of the first, so it
 * is left out, and one squaring in the end makes up for it: columns / 2 tables.
 */
typedef struct x4s_modp_field {
    x4e_group group;
    unsigned limbs; /* a multiple of 10 */
    unsigned bytes; /* of the prime */
    unsigned exponent_bits;
    unsigned columns; /* even */

    _Alignas(x4c_modp_align) uint64_t above[x4c_modp_limbs_max]; /* p + 1 */
    uint64_t one[x4c_modp_limbs_max];                            /* 1 */
    uint64_t unit[x4c_modp_limbs_max];                           /* 1, form */
    uint64_t enter[x4c_modp_limbs_max]; /* R^2 mod p: a multiplication with it makes the form */
    uint64_t two[x4c_modp_limbs_max];   /* the generator, form */

    /* p + 1, r lanes up, in rows of x4m_modp_stride(limbs) + 8 limbs: the row r = 0 to 8. */
    uint64_t shifted[x4c_modp_shifted];

    /* columns / 2 tables of 32 numbers in form, each x4m_modp_stride(limbs) limbs. */
    uint64_t *comb;
} x4s_modp_field;

/*
 * What the kernels work on. `width` numbers lie side by side: limb i of number l is at
 * i * width + l, and word i of its exponent likewise. Whoever uses it wipes it (x4_modp_wipe).
 */
typedef struct x4s_modp_work {
    _Alignas(x4c_modp_align) uint64_t value[x4c_modp_number_max]; /* in: below 2^(8 bytes) */
    uint64_t exponent[x4c_modp_words_max * x4c_modp_lanes_max];
    uint64_t power[x4c_modp_number_max];
    uint64_t factor[x4c_modp_number_max];
    uint64_t quotient[x4c_modp_number_max];
    uint64_t sum[2 * x4c_modp_number_max];
    uint64_t shifted[x4c_modp_shifted];
    uint64_t table[(1 << x4c_modp_window) * x4c_modp_number_max];
} x4s_modp_work;

typedef struct x4s_modp_kernel {
    const char *name;
    unsigned width;

    /* value = value ^ exponent mod p, of whose `bits`, a multiple of 4, the first is the highest.
     */
    void (*power)(const x4s_modp_field *field, x4s_modp_work *work, unsigned bits);

    /* value = 2 ^ exponent mod p, of field->exponent_bits; the words beyond them are zero. */
    void (*comb)(const x4s_modp_field *field, x4s_modp_work *work);
} x4s_modp_kernel;

extern const x4s_modp_kernel x4_modp_across; /* width 1 */
extern const x4s_modp_kernel x4_modp_lanes4;
extern const x4s_modp_kernel x4_modp_lanes8;

/* Makes field->comb, for which there is memory, with the kernel `across`. */
void x4_modp_make_comb(const x4s_modp_field *field, x4s_modp_work *work);

#endif
