/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/modp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/crypto/cpu.h"
#include "x4/crypto/modp_batch.h"
#include "x4/crypto/modp_test.h"

/* Gives out memory `left` times; counts what is out. */
typedef struct purse {
    unsigned left;
    int out;
} purse;

static void *purse_alloc(void *context, size_t size)
{
    purse *mine = context;
    if (mine->left == 0)
        return NULL;
    mine->left--;
    mine->out++;
    return malloc(size);
}

static void purse_free(void *context, void *pointer, size_t size)
{
    purse *mine = context;
    (void)size;
    mine->out--;
    free(pointer);
}

static bval is_able(void)
{
    const x4s_cpu_words words = x4_cpu_words();
    return !x4_cpu_lacks(&words);
}

static void test_groups(void **state)
{
    (void)state;
    const char *why = NULL;
    x4s_modp *modp = x4_modp_new(NULL, &why);
    if (!is_able()) {
        assert_null(modp);
        assert_non_null(why);
        return;
    }
    assert_non_null(modp);
    for (unsigned i = 0; i < 64; i++) {
        const bval served = i == 2 || i == 5 || (i >= 14 && i <= 16);
        assert_int_equal(x4_modp_field_of(modp, (x4e_group)i) != NULL, served);
        assert_null(x4_modp_field_of(NULL, (x4e_group)i));
    }
    x4_modp_free(modp);
    x4_modp_free(NULL);
}

static void test_memory(void **state)
{
    (void)state;
    if (!is_able())
        skip();
    enum { ALLOCATIONS = 3 };
    for (unsigned given = 0; given <= ALLOCATIONS; given++) {
        purse mine = {.left = given};
        const x4s_allocator allocator = {purse_alloc, purse_free, &mine};
        const char *why = NULL;
        x4s_modp *modp = x4_modp_new(&allocator, &why);
        assert_int_equal(modp != NULL, given == ALLOCATIONS);
        if (!modp)
            assert_string_equal(why, "out of memory");
        x4_modp_free(modp);
        assert_int_equal(mine.out, 0);
    }
}

/* ------------------------------------------------------------- kernels that are wrong */

static void power_but_one_lane(const x4s_modp_field *field, x4s_modp_work *work, unsigned bits)
{
    x4_modp_lanes8.power(field, work, bits);
    work->value[7] ^= 1;
}

static void power_zero(const x4s_modp_field *field, x4s_modp_work *work, unsigned bits)
{
    (void)bits;
    memset(work->value, 0, field->limbs * 8 * sizeof(work->value[0]));
}

static void comb_one_bit(const x4s_modp_field *field, x4s_modp_work *work)
{
    x4_modp_lanes8.comb(field, work);
    work->value[(field->limbs - 1) * 8] ^= 1;
}

static void comb_right(const x4s_modp_field *field, x4s_modp_work *work)
{
    x4_modp_lanes8.comb(field, work);
}

static void power_right(const x4s_modp_field *field, x4s_modp_work *work, unsigned bits)
{
    x4_modp_lanes8.power(field, work, bits);
}

/* The self-test finds them, so none is used. */
static void test_self_test(void **state)
{
    (void)state;
    if (!is_able())
        skip();
    const char *why;
    x4s_modp *modp = x4_modp_new(NULL, &why);
    x4s_modp_work *work = x4_modp_work_new(&x4_libc_allocator);
    const x4s_modp_field *field = x4_modp_field_of(modp, x4c_group_modp2048);
    const struct {
        x4s_modp_kernel kernel;
        bval right;
    } cases[] = {
        {{"right", 8, power_right, comb_right}, btrue},
        {{"lane", 8, power_but_one_lane, comb_right}, bfalse},
        {{"zero", 8, power_zero, comb_right}, bfalse},
        {{"comb", 8, power_right, comb_one_bit}, bfalse},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++)
        assert_int_equal(x4_modp_test(field, &cases[i].kernel, work), cases[i].right);
    x4_modp_work_free(&x4_libc_allocator, work);
    x4_modp_free(modp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_self_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
