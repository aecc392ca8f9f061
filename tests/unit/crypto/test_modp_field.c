/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp_field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

static x4s_modp_field fields[x4c_modp_fields];

static int setup(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_modp_fields; i++)
        if (!x4_modp_field_init(&fields[i], i))
            return -1;
    return 0;
}

static BIGNUM *number_of(const uint64_t *limbs, unsigned count)
{
    BIGNUM *number = BN_new();
    for (unsigned i = count; i-- > 0;) {
        BN_lshift(number, number, x4c_modp_bits);
        BN_add_word(number, limbs[i]);
    }
    return number;
}

/* What the kernels rely on: modp_kernel.h. */
static void test_bounds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_modp_fields; i++) {
        const x4s_modp_field *field = &fields[i];
        assert_int_equal(field->limbs % 10, 0);
        assert_in_range(field->limbs, 10, x4c_modp_limbs_max);
        assert_true(x4c_modp_bits * field->limbs >= 8 * field->bytes + 16);
        assert_int_equal(field->above[0], 0);
        assert_true((4 * (uint64_t)field->limbs + 1) << x4c_modp_bits < UINT64_C(1) << 61);
        assert_int_equal(field->exponent_bits % x4c_modp_window, 0);
        assert_int_equal(field->columns % 2, 0);
        assert_true(field->columns * x4c_modp_teeth >= field->exponent_bits);
        assert_int_equal(x4_modp_comb_size(field) % x4c_modp_align, 0);
    }
}

/* p + 1, R mod p, 2 R mod p and R^2 mod p, as BIGNUM sees them. */
static void test_constants(void **state)
{
    (void)state;
    BN_CTX *ctx = BN_CTX_new();
    for (unsigned i = 0; i < x4c_modp_fields; i++) {
        const x4s_modp_field *field = &fields[i];
        BIGNUM *prime = BN_new();
        BIGNUM *r = BN_new();
        BIGNUM *expected = BN_new();
        assert_true(x4_modp_prime(field, prime));
        BN_set_bit(r, (int)(x4c_modp_bits * field->limbs));
        BIGNUM *above = number_of(field->above, field->limbs);
        BN_sub_word(above, 1);
        assert_int_equal(BN_cmp(above, prime), 0);

        BIGNUM *unit = number_of(field->unit, field->limbs);
        BN_nnmod(expected, r, prime, ctx);
        assert_int_equal(BN_cmp(unit, expected), 0);
        BIGNUM *two = number_of(field->two, field->limbs);
        BN_mod_lshift1(expected, expected, prime, ctx);
        assert_int_equal(BN_cmp(two, expected), 0);
        BIGNUM *enter = number_of(field->enter, field->limbs);
        BN_mod_sqr(expected, r, prime, ctx);
        assert_int_equal(BN_cmp(enter, expected), 0);
        BN_free(enter);
        BN_free(two);
        BN_free(unit);
        BN_free(above);
        BN_free(expected);
        BN_free(r);
        BN_free(prime);
    }
    BN_CTX_free(ctx);
}

static void test_shifted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_modp_fields; i++) {
        const x4s_modp_field *field = &fields[i];
        const unsigned row = x4m_modp_stride(field->limbs) + 8;
        for (unsigned r = 0; r < x4c_modp_shifts; r++)
            for (unsigned k = 0; k < row; k++) {
                const bval inside = k >= r && k - r < field->limbs;
                assert_int_equal(field->shifted[r * row + k], inside ? field->above[k - r] : 0);
            }
    }
}

/* Bytes to limbs and back, alone and side by side; what is beyond a number is not touched. */
static void test_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_modp_fields; i++)
        for (unsigned width = 1; width <= 8; width++) {
            const x4s_modp_field *field = &fields[i];
            uint8_t bytes[x4c_modp_bytes_max], back[x4c_modp_bytes_max + 1];
            uint64_t limbs[x4c_modp_number_max];
            for (unsigned k = 0; k < field->bytes; k++)
                bytes[k] = (uint8_t)(k * 37 + width + 200);
            memset(limbs, 0xee, sizeof(limbs));
            memset(back, 0xee, sizeof(back));
            x4_modp_read(field, limbs + width - 1, width, bytes);
            for (unsigned k = 0; k < field->limbs; k++)
                assert_true(limbs[k * width + width - 1] <= x4c_modp_mask);
            x4_modp_write(field, back, limbs + width - 1, width);
            assert_memory_equal(back, bytes, field->bytes);
            assert_int_equal(back[field->bytes], 0xee);
            for (unsigned k = field->limbs; width == 1 && k < x4m_modp_stride(field->limbs); k++)
                assert_int_equal(limbs[k], 0);
        }
}

/* Limbs are full as far as the bits go. */
static void test_all_ones(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_modp_fields; i++) {
        const x4s_modp_field *field = &fields[i];
        uint8_t bytes[x4c_modp_bytes_max];
        uint64_t limbs[x4c_modp_limbs_max];
        unsigned left = 8 * field->bytes;
        memset(bytes, 0xff, sizeof(bytes));
        x4_modp_read(field, limbs, 1, bytes);
        for (unsigned k = 0; k < field->limbs; k++) {
            const unsigned bits = x4m_min(left, (unsigned)x4c_modp_bits);
            assert_int_equal(limbs[k], (UINT64_C(1) << bits) - 1);
            left -= bits;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),   cmocka_unit_test(test_constants),
        cmocka_unit_test(test_shifted),  cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_all_ones),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
