/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/modp/powers.h"
#include "tests/vectors/vector_file.h"
#include "x4/crypto/dh.h"

/* Published key pairs of MODP groups, for the vector unit's kernels. */

static const x4s_modp_field *field_of(const vector_file *file, const x4s_modp *modp,
                                      const char *name)
{
    for (unsigned i = 1; i < 32; i++) {
        const char *group = x4_dh_group_name((x4e_group)i);
        const x4s_modp_field *field = x4_modp_field_of(modp, (x4e_group)i);
        if (group && field && strcmp(group, name) == 0)
            return field;
    }
    vector_fail(file, "not a group of the vector unit");
}

static void set_power(struct power *power, const x4s_modp_field *field, const vector_bytes *x,
                      const vector_bytes *y)
{
    memset(power, 0, sizeof(*power));
    power->base[field->bytes - 1] = 2;
    for (size_t i = 0; i < x->len; i++)
        power->exponent[i] = x->data[x->len - 1 - i];
    memcpy(power->result, y->data, y->len);
}

/* 2^x = y in every lane of every kernel. */
static void check_pair(const vector_file *file, const x4s_modp_field *field, x4s_modp_work *work,
                       const struct power *power)
{
    struct power powers[8];
    for (unsigned i = 0; i < 8; i++)
        powers[i] = *power;
    for (size_t k = 0; k < x4m_countof(powers_kernels); k++)
        if (!powers_right(powers_kernels[k], field, work, powers, 8 * field->bytes, false))
            vector_fail(file, "another public value");
}

static void test_pairs(void **state)
{
    (void)state;
    enum { GROUP, PRIVATE, PUBLIC, FIELDS };
    const char *why;
    x4s_modp *modp = x4_modp_new(NULL, &why);
    if (!modp)
        skip();
    x4s_modp_work *work = x4_modp_work_new(&x4_libc_allocator);
    vector_file file;
    char *fields[FIELDS];
    unsigned count = 0;
    assert_true(vector_open(&file, "tests/vectors/data/modp.txt"));
    while (vector_case(&file, fields, FIELDS)) {
        const x4s_modp_field *field = field_of(&file, modp, fields[GROUP]);
        static struct power power;
        vector_bytes x, y;
        vector_hex(&file, fields[PRIVATE], &x);
        vector_hex(&file, fields[PUBLIC], &y);
        assert_true(x.len <= field->bytes && y.len == field->bytes);
        set_power(&power, field, &x, &y);
        check_pair(&file, field, work, &power);
        count++;
    }
    vector_close(&file);
    assert_int_equal(count, 1);
    x4_modp_work_free(&x4_libc_allocator, work);
    x4_modp_free(modp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
