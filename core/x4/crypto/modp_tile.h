/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_TILE_H
#define X4_CRYPTO_MODP_TILE_H

/*
 * Multiplication of x4m_lanes pairs of numbers at a time, a pair in each lane: a number is a vector
 * for each limb.
 *
 * All limb counts are multiples of 10, so products are made of tiles of 10 by 10 limbs. A tile
 * keeps 10 limbs of one factor and the 10 columns that it works on in registers, of which there are
 * 32; it walks along the other factor, and with every limb the columns move on by one. An IFMA
 * instruction takes 4 cycles and two can begin in each: 10 columns are enough to wait for none.
 */

#include "x4/crypto/modp_vector.h"

#define x4c_tile 10

/* Limb i of a factor that is the same number in all lanes, or another in each. */
x4m_inline x4_vec limb_of(const void *factor, bval shared, unsigned i)
{
    return shared ? x4m_splat(((const uint64_t *)factor)[i]) : ((const x4_vec *)factor)[i];
}

/* sum[0..19] += a[0..9] b[0..9] */
x4m_inline void tile(x4_vec *sum, const x4_vec *a, const void *b, bval shared)
{
    x4_vec column[x4c_tile + 1];
    x4_vec limb[x4c_tile];
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++) {
        limb[i] = a[i];
        column[i] = sum[i];
    }
#pragma GCC unroll 10
    for (unsigned j = 0; j < x4c_tile; j++) {
        const x4_vec y = limb_of(b, shared, j);
        column[x4c_tile] = sum[j + x4c_tile];
#pragma GCC unroll 10
        for (unsigned i = 0; i < x4c_tile; i++)
            column[i] = x4m_low(column[i], limb[i], y);
        sum[j] = column[0];
#pragma GCC unroll 10
        for (unsigned i = 0; i < x4c_tile; i++)
            column[i] = x4m_high(column[i + 1], limb[i], y);
    }
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++)
        sum[x4c_tile + i] = column[i];
}

/*
 * The tile that finds out 10 digits of q: sum[0..19] += q[0..9] (p + 1)[0..9], with each digit
 * taken from the lowest column, which it clears, when all before it are added. What is above the
 * digit goes to the next column. The lowest limb of p + 1 is zero.
 */
static void quotient_tile(x4_vec *sum, x4_vec *q, const uint64_t *above)
{
    const x4_vec mask = x4m_splat(x4c_modp_mask);
    x4_vec column[x4c_tile + 1];
    x4_vec limb[x4c_tile];
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++) {
        limb[i] = x4m_splat(above[i]);
        column[i] = sum[i];
    }
#pragma GCC unroll 10
    for (unsigned j = 0; j < x4c_tile; j++) {
        const x4_vec y = column[0] & mask;
        q[j] = y;
        column[1] += column[0] >> x4c_modp_bits;
        column[x4c_tile] = sum[j + x4c_tile];
#pragma GCC unroll 10
        for (unsigned i = 1; i < x4c_tile; i++)
            column[i] = x4m_low(column[i], limb[i], y);
        column[0] = column[1];
#pragma GCC unroll 10
        for (unsigned i = 1; i < x4c_tile; i++)
            column[i] = x4m_high(column[i + 1], limb[i], y);
    }
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++)
        sum[x4c_tile + i] = column[i];
}

/* sum[0..19] = 2 (sum[0..19] + the products of two limbs) + the squares of a[0..9]. */
static void square_tile(x4_vec *sum, const x4_vec *a)
{
    x4_vec column[2 * x4c_tile];
#pragma GCC unroll 20
    for (unsigned i = 0; i < 2 * x4c_tile; i++)
        column[i] = sum[i];
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++) {
        const x4_vec y = a[i];
#pragma GCC unroll 10
        for (unsigned j = i + 1; j < x4c_tile; j++) {
            column[i + j] = x4m_low(column[i + j], a[j], y);
            column[i + j + 1] = x4m_high(column[i + j + 1], a[j], y);
        }
    }
#pragma GCC unroll 10
    for (unsigned i = 0; i < x4c_tile; i++) {
        const x4_vec y = a[i];
        sum[2 * i] = x4m_low(column[2 * i] + column[2 * i], y, y);
        sum[2 * i + 1] = x4m_high(column[2 * i + 1] + column[2 * i + 1], y, y);
    }
}

static void lanes_tile(x4_vec *sum, const x4_vec *a, const x4_vec *b)
{
    tile(sum, a, b, bfalse);
}

static void shared_tile(x4_vec *sum, const x4_vec *a, const uint64_t *b)
{
    tile(sum, a, b, btrue);
}

/* The columns become limbs. */
static void carry(const x4s_modp_field *field, const x4_vec *sum, x4_vec *out)
{
    const x4_vec mask = x4m_splat(x4c_modp_mask);
    x4_vec over = sum[0] >> x4c_modp_bits;
    out[0] = sum[0] & mask;
    for (unsigned i = 1; i < field->limbs; i++) {
        const x4_vec column = sum[i] + over;
        out[i] = column & mask;
        over = column >> x4c_modp_bits;
    }
    x4_modp_check(&over, x4m_lanes, 0);
    x4_modp_check(&out[field->limbs - 1], x4m_lanes, x4_modp_highest(field));
}

/* out = sum / R mod p */
static void reduce(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out)
{
    const unsigned limbs = field->limbs;
    x4_vec *sum = (x4_vec *)work->sum;
    x4_vec *q = (x4_vec *)work->quotient;
    for (unsigned i = 0; i < limbs; i += x4c_tile) {
        quotient_tile(sum + i, q, field->above);
        for (unsigned j = x4c_tile; j < limbs; j += x4c_tile)
            shared_tile(sum + i + j, q, field->above + j);
    }
    x4_modp_check(sum, (size_t)2 * limbs * x4m_lanes, x4_modp_column(field));
    carry(field, sum + limbs, out);
}

static void clear_sum(const x4s_modp_field *field, x4s_modp_work *work)
{
    x4_vec *sum = (x4_vec *)work->sum;
    for (unsigned i = 0; i < 2 * field->limbs; i++)
        sum[i] = x4m_splat(0);
}

/* out = a b / R mod p */
static void multiply(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out, const x4_vec *a,
                     const x4_vec *b)
{
    x4_vec *sum = (x4_vec *)work->sum;
    x4_modp_check(a, (size_t)field->limbs * x4m_lanes, x4c_modp_mask);
    x4_modp_check(b, (size_t)field->limbs * x4m_lanes, x4c_modp_mask);
    clear_sum(field, work);
    for (unsigned i = 0; i < field->limbs; i += x4c_tile)
        for (unsigned j = 0; j < field->limbs; j += x4c_tile)
            lanes_tile(sum + i + j, a + i, b + j);
    reduce(field, work, out);
}

/* The same with a factor that is the same in all lanes. */
static void multiply_shared(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out,
                            const x4_vec *a, const uint64_t *b)
{
    x4_vec *sum = (x4_vec *)work->sum;
    x4_modp_check(a, (size_t)field->limbs * x4m_lanes, x4c_modp_mask);
    clear_sum(field, work);
    for (unsigned i = 0; i < field->limbs; i += x4c_tile)
        for (unsigned j = 0; j < field->limbs; j += x4c_tile)
            shared_tile(sum + i + j, a + i, b + j);
    reduce(field, work, out);
}

/* out = a^2 / R mod p: of the product of two different limbs one half is made and doubled. */
static void square(const x4s_modp_field *field, x4s_modp_work *work, x4_vec *out, const x4_vec *a)
{
    x4_vec *sum = (x4_vec *)work->sum;
    x4_modp_check(a, (size_t)field->limbs * x4m_lanes, x4c_modp_mask);
    clear_sum(field, work);
    for (unsigned i = 0; i < field->limbs; i += x4c_tile)
        for (unsigned j = i + x4c_tile; j < field->limbs; j += x4c_tile)
            lanes_tile(sum + i + j, a + i, a + j);
    for (unsigned i = 0; i < field->limbs; i += x4c_tile)
        square_tile(sum + 2 * i, a + i);
    reduce(field, work, out);
}

/* ------------------------------------------------------------- what modp_power.h asks for */

x4m_inline unsigned vectors_of(const x4s_modp_field *field)
{
    return field->limbs;
}

x4m_inline x4_vec exponent_word(const x4s_modp_work *work, unsigned i)
{
    return ((const x4_vec *)work->exponent)[i];
}

/* Vector i of a number that is the same in all lanes. */
x4m_inline x4_vec shared_vector(const uint64_t *number, unsigned i)
{
    return x4m_splat(number[i]);
}

#endif
