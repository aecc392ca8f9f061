/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_CRYPTO_MODP_POWER_H
#define X4_CRYPTO_MODP_POWER_H

/*
 * Exponentiation, over the multiplication of whoever includes this after it: multiply, square,
 * multiply_shared, vectors_of, exponent_word and shared_vector.
 *
 * Fixed windows: the powers 0 to 15 of the base, then for every 4 bits of the exponent four
 * squarings and one multiplication, also with the power 0. Windows of 5 bits need 12
 * multiplications less and 16 for their table more where an exponent has 228 bits; their table does
 * not fit into the nearest cache.
 */

#include "x4/crypto/modp_vector.h"

#define x4c_powers  (1U << x4c_modp_window)
#define x4c_indices (1U << x4c_modp_teeth)

/* All ones in the lanes that are equal. */
x4m_inline x4_vec equal(x4_vec a, uint64_t b)
{
    return (x4_vec)(a == x4m_splat(b));
}

/* `width` bits from `position` on, which do not cross a word. */
x4m_inline x4_vec exponent_bits(const x4s_modp_work *work, unsigned position, unsigned width)
{
    return (exponent_word(work, position / 64) >> (position % 64)) &
           x4m_splat((UINT64_C(1) << width) - 1);
}

/* factor = the power that each lane asks for, out of all that there are. */
static void pick_power(const x4s_modp_field *field, x4s_modp_work *work, x4_vec index)
{
    const unsigned count = vectors_of(field);
    x4_vec *factor = (x4_vec *)work->factor;
    const x4_vec *table = (const x4_vec *)work->table;
    x4_vec mask[x4c_powers];
    for (unsigned i = 0; i < x4c_powers; i++)
        mask[i] = equal(index, i);
    for (unsigned k = 0; k < count; k++) {
        x4_vec picked = x4m_splat(0);
#pragma GCC unroll 16
        for (unsigned i = 0; i < x4c_powers; i++)
            picked |= mask[i] & table[i * count + k];
        factor[k] = picked;
    }
}

/* factor = the entry that each lane asks for out of a table of the comb. */
static void pick_comb(const x4s_modp_field *field, x4s_modp_work *work, const uint64_t *table,
                      x4_vec index)
{
    const unsigned count = vectors_of(field);
    const unsigned stride = x4m_modp_stride(field->limbs);
    x4_vec *factor = (x4_vec *)work->factor;
    x4_vec mask[x4c_indices];
    for (unsigned i = 0; i < x4c_indices; i++)
        mask[i] = equal(index, i);
    for (unsigned k = 0; k < count; k++) {
        x4_vec picked = x4m_splat(0);
#pragma GCC unroll 32
        for (unsigned i = 0; i < x4c_indices; i++)
            picked |= mask[i] & shared_vector(table + i * stride, k);
        factor[k] = picked;
    }
}

/* table = the powers 0 to 15 of value; those of even numbers are squares. */
static void make_powers(const x4s_modp_field *field, x4s_modp_work *work)
{
    const unsigned count = vectors_of(field);
    x4_vec *table = (x4_vec *)work->table;
    for (unsigned k = 0; k < count; k++)
        table[k] = shared_vector(field->unit, k);
    multiply_shared(field, work, table + count, (const x4_vec *)work->value, field->enter);
    for (unsigned i = 2; i < x4c_powers; i += 2) {
        square(field, work, table + i * count, table + i / 2 * count);
        multiply(field, work, table + (i + 1) * count, table + i * count, table + count);
    }
}

static void leave(const x4s_modp_field *field, x4s_modp_work *work)
{
    multiply_shared(field, work, (x4_vec *)work->value, (const x4_vec *)work->power, field->one);
}

static void power(const x4s_modp_field *field, x4s_modp_work *work, unsigned bits)
{
    x4_vec *result = (x4_vec *)work->power;
    const x4_vec *factor = (const x4_vec *)work->factor;
    make_powers(field, work);
    unsigned position = bits - x4c_modp_window;
    pick_power(field, work, exponent_bits(work, position, x4c_modp_window));
    memcpy(result, factor, vectors_of(field) * sizeof(*result));
    while (position > 0) {
        position -= x4c_modp_window;
        for (unsigned i = 0; i < x4c_modp_window; i++)
            square(field, work, result, result);
        pick_power(field, work, exponent_bits(work, position, x4c_modp_window));
        multiply(field, work, result, result, factor);
    }
    leave(field, work);
}

/* The bits of a column, that of the first row lowest. */
static x4_vec column_bits(const x4s_modp_field *field, const x4s_modp_work *work, unsigned column)
{
    x4_vec index = x4m_splat(0);
    for (unsigned row = 0; row < x4c_modp_teeth; row++)
        index |= exponent_bits(work, row * field->columns + column, 1) << row;
    return index;
}

/* power *= the entries of every second column, from `first` on. */
static void comb_pass(const x4s_modp_field *field, x4s_modp_work *work, unsigned first)
{
    const size_t size = (size_t)x4c_indices * x4m_modp_stride(field->limbs);
    x4_vec *result = (x4_vec *)work->power;
    for (unsigned column = first; column < field->columns; column += 2) {
        const uint64_t *table = field->comb + column / 2 * size;
        pick_comb(field, work, table, column_bits(field, work, column));
        multiply(field, work, result, result, (const x4_vec *)work->factor);
    }
}

static void comb(const x4s_modp_field *field, x4s_modp_work *work)
{
    x4_vec *result = (x4_vec *)work->power;
    for (unsigned k = 0; k < vectors_of(field); k++)
        result[k] = shared_vector(field->unit, k);
    comb_pass(field, work, 1);
    square(field, work, result, result);
    comb_pass(field, work, 0);
    leave(field, work);
}

#endif
