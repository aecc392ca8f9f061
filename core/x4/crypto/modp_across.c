/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * One exponentiation with the limbs of a number in the lanes, 8 in a vector: for a peer that comes
 * alone. It takes a third of the time that 8 together do.
 *
 * A product is made 8 digits of a factor at a time. Vector k of the sum has the columns 8 k to
 * 8 k + 7; for digit r the other factor is needed r lanes up for its low halves and r + 1 for its
 * high ones, so it is shifted by 0 to 8 lanes once for each product, and p + 1 once for all.
 *
 * What limits Montgomery's multiplication here is that each digit of q waits for the one before. A
 * digit depends on no more than the columns below it in the same 8: those are done with the
 * processor's 64-bit multiplication, which is quicker than the way to a vector and back, while the
 * vectors add the digits that are known to the columns above.
 */

#include "x4/crypto/modp_kernel.h"

#if defined(__x86_64__)

#define x4m_lanes 8
#include "x4/crypto/modp_vector.h"

__extension__ typedef unsigned __int128 x4_wide;

x4m_inline unsigned vectors_of(const x4s_modp_field *field)
{
    return x4m_modp_stride(field->limbs) / x4m_lanes;
}

/* The last lanes of `below`, `lanes` of them, and above them the first of `here`. */
#define x4m_up(lanes, here, below)                                                                 \
    ((x4_vec)_mm512_alignr_epi64((__m512i)(here), (__m512i)(below), 8 - (lanes)))

/* shifted[r][k] = vector k of the number, r lanes up; r is 0 to 8, k one more than it has. */
x4m_inline void shift(uint64_t *shifted, const x4_vec *a, unsigned count)
{
    x4_vec *out = (x4_vec *)shifted;
    const unsigned row = count + 1;
    x4_vec below = x4m_splat(0);
#pragma GCC unroll 11
    for (unsigned k = 0; k <= count; k++) {
        const x4_vec here = k < count ? a[k] : x4m_splat(0);
        out[k] = here;
        out[1 * row + k] = x4m_up(1, here, below);
        out[2 * row + k] = x4m_up(2, here, below);
        out[3 * row + k] = x4m_up(3, here, below);
        out[4 * row + k] = x4m_up(4, here, below);
        out[5 * row + k] = x4m_up(5, here, below);
        out[6 * row + k] = x4m_up(6, here, below);
        out[7 * row + k] = x4m_up(7, here, below);
        out[8 * row + k] = below;
        below = here;
    }
}

/* sum[first..count] += digits[0..] times the number that is shifted. */
x4m_inline void add_digits(x4_vec *sum, const uint64_t *shifted, const x4_vec *digits,
                           unsigned digit_count, unsigned first, unsigned count)
{
    const x4_vec *rows = (const x4_vec *)shifted;
    const unsigned row = count + 1;
#pragma GCC unroll 11
    for (unsigned k = first; k <= count; k++) {
        x4_vec low = sum[k];
        x4_vec high = x4m_splat(0);
#pragma GCC unroll 8
        for (unsigned r = 0; r < digit_count; r++) {
            low = x4m_low(low, rows[r * row + k], digits[r]);
            high = x4m_high(high, rows[(r + 1) * row + k], digits[r]);
        }
        sum[k] = low + high;
    }
}

/* The digits of q that clear the columns, and what goes from the last of them to the next. */
x4m_inline uint64_t find_digits(const uint64_t *columns, const uint64_t *above, x4_vec *digits,
                                unsigned digit_count)
{
    uint64_t column[x4m_lanes] = {0};
    uint64_t over = 0;
#pragma GCC unroll 8
    for (unsigned r = 0; r < digit_count; r++)
        column[r] = columns[r];
#pragma GCC unroll 8
    for (unsigned r = 0; r < digit_count; r++) {
        const uint64_t sum = column[r] + over;
        const uint64_t q = sum & x4c_modp_mask;
        over = sum >> x4c_modp_bits;
        digits[r] = x4m_splat(q);
#pragma GCC unroll 8
        for (unsigned k = 1; r + k < digit_count; k++) {
            const x4_wide product = (x4_wide)q * above[k];
            column[r + k] += (uint64_t)product & x4c_modp_mask;
            if (r + k + 1 < digit_count)
                column[r + k + 1] += (uint64_t)(product >> x4c_modp_bits);
        }
    }
    return over;
}

/* Up to 8 digits of b, from 8 * block on, and as many of q: block 0 to limbs / 8. */
x4m_inline void add_block(const x4s_modp_field *field, x4s_modp_work *work, const x4_vec *b,
                          unsigned block, unsigned digit_count, unsigned count)
{
    x4_vec *sum = (x4_vec *)work->sum + block;
    const uint64_t *factor = (const uint64_t *)b + block * x4m_lanes;
    x4_vec digits[x4m_lanes];
#pragma GCC unroll 8
    for (unsigned r = 0; r < digit_count; r++)
        digits[r] = x4m_splat(factor[r]);
    add_digits(sum, work->shifted, digits, digit_count, 0, count);

    const uint64_t over =
        find_digits(work->sum + block * x4m_lanes, field->above, digits, digit_count);
    const unsigned first = digit_count == x4m_lanes ? 1 : 0;
    sum[first] +=
        (x4_vec)_mm512_maskz_set1_epi64((__mmask8)(1U << digit_count % x4m_lanes), (long long)over);
    add_digits(sum, field->shifted, digits, digit_count, first, count);
}

/*
 * The columns become limbs. What is above 52 bits of one is added to the next, which can carry once
 * more, and on through limbs that are all ones: where, an addition of integers with a bit for each
 * limb finds out. A limb carries if what is added is more than it lacks to be all ones, and passes
 * a carry on if it is as much.
 */
x4m_inline void carry(const uint64_t *columns, x4_vec *out, unsigned count)
{
    const x4_vec mask = x4m_splat(x4c_modp_mask);
    x4_vec below = x4m_splat(0);
    x4_wide makes = 0;
    x4_wide passes = 0;
#pragma GCC unroll 10
    for (unsigned k = 0; k < count; k++) {
        const x4_vec sum = (x4_vec)_mm512_loadu_si512(columns + k * x4m_lanes);
        const x4_vec over = sum >> x4c_modp_bits;
        const x4_vec added = x4m_up(1, over, below);
        const x4_vec lacks = ~sum & mask;
        out[k] = (sum & mask) + added;
        below = over;
        makes |= (x4_wide)_mm512_movepi64_mask((__m512i)(added > lacks)) << (k * x4m_lanes);
        passes |= (x4_wide)_mm512_movepi64_mask((__m512i)(added == lacks)) << (k * x4m_lanes);
    }
    const x4_wide takes = (passes + (makes << 1)) ^ passes;
#pragma GCC unroll 10
    for (unsigned k = 0; k < count; k++) {
        const __mmask8 one_more = (__mmask8)(takes >> (k * x4m_lanes));
        out[k] = (out[k] + (x4_vec)_mm512_maskz_set1_epi64(one_more, 1)) & mask;
    }
}

/* out = a b / R mod p, for a number of limbs that is known here. */
x4m_inline void multiply_limbs(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out,
                               const x4_vec *a, const x4_vec *b, unsigned limbs)
{
    const unsigned count = x4m_modp_stride(limbs) / x4m_lanes;
    x4_vec *sum = (x4_vec *)work->sum;
    shift(work->shifted, a, count);
    for (unsigned k = 0; k <= 2 * count; k++)
        sum[k] = x4m_splat(0);
    for (unsigned block = 0; block < limbs / x4m_lanes; block++)
        add_block(field, work, b, block, x4m_lanes, count);
    if (limbs % x4m_lanes)
        add_block(field, work, b, limbs / x4m_lanes, limbs % x4m_lanes, count);
    carry(work->sum + limbs, out, count);
}

static void multiply(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out, const x4_vec *a,
                     const x4_vec *b)
{
    x4_modp_check(a, vectors_of(field) * x4m_lanes, x4c_modp_mask);
    x4_modp_check(b, vectors_of(field) * x4m_lanes, x4c_modp_mask);
    switch (field->limbs) {
    case 20:
        multiply_limbs(field, work, out, a, b, 20);
        break;
    case 30:
        multiply_limbs(field, work, out, a, b, 30);
        break;
    case 40:
        multiply_limbs(field, work, out, a, b, 40);
        break;
    case 60:
        multiply_limbs(field, work, out, a, b, 60);
        break;
    default:
        multiply_limbs(field, work, out, a, b, 80);
        break;
    }
    x4_modp_check(work->sum, 2 * vectors_of(field) * x4m_lanes, x4_modp_column(field));
    x4_modp_check((const uint64_t *)out + field->limbs - 1, 1, x4_modp_highest(field));
    x4_modp_check((const uint64_t *)out + field->limbs,
                  vectors_of(field) * x4m_lanes - field->limbs, 0);
}

static void square(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out, const x4_vec *a)
{
    multiply(field, work, out, a, a);
}

static void multiply_shared(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out,
                            const x4_vec *a, const uint64_t *b)
{
    multiply(field, work, out, a, (const x4_vec *)b);
}

x4m_inline x4_vec exponent_word(const x4s_modp_work *work, unsigned i)
{
    return x4m_splat(work->exponent[i]);
}

x4m_inline x4_vec shared_vector(const uint64_t *number, unsigned i)
{
    return ((const x4_vec *)number)[i];
}

#include "x4/crypto/modp_power.h"

/* Entry `index` of table number `table`: the one without its highest bit, times that bit's power.
 */
static void make_entry(const x4s_modp_field *field, x4s_modp_work *work, unsigned table,
                       unsigned row)
{
    const unsigned stride = x4m_modp_stride(field->limbs);
    uint64_t *entries = field->comb + (size_t)table * x4c_indices * stride;
    const x4_vec *factor = (const x4_vec *)work->power;
    for (unsigned i = 0; i < 1U << row; i++)
        multiply(field, work, (x4_vec *)(entries + ((1U << row) + i) * stride),
                 (const x4_vec *)(entries + i * stride), factor);
}

void x4_modp_make_comb(const x4s_modp_field *field, x4s_modp_work *work)
{
    const unsigned stride = x4m_modp_stride(field->limbs);
    x4_vec *power_of_two = (x4_vec *)work->power;
    memcpy(power_of_two, field->two, stride * sizeof(uint64_t));
    for (unsigned table = 0; table < field->columns / 2; table++)
        memcpy(field->comb + (size_t)table * x4c_indices * stride, field->unit,
               stride * sizeof(uint64_t));
    for (unsigned row = 0; row < x4c_modp_teeth; row++)
        for (unsigned column = 0; column < field->columns; column++) {
            if (column % 2 == 0)
                make_entry(field, work, column / 2, row);
            square(field, work, power_of_two, power_of_two);
        }
}

const x4s_modp_kernel x4_modp_across = {
    .name = "across",
    .width = 1,
    .power = power,
    .comb = comb,
};

#else /* x4_modp_new() finds no processor for it */

const x4s_modp_kernel x4_modp_across = {.name = "across", .width = 1};

void x4_modp_make_comb(const x4s_modp_field *field, x4s_modp_work *work)
{
    (void)field;
    (void)work;
}

#endif
