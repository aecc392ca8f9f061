/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/reason.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Names become names of counters, so all differ and have no character that a client would quote. */
static void test_each_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < STORE_REASON_COUNT; i++) {
        const char *name = store_reason_name((enum store_reason)i);
        assert_true(strlen(name) > 0);
        assert_true(strlen(store_reason_text((enum store_reason)i)) > 0);
        for (const char *c = name; *c; c++)
            assert_true(islower(*c) || *c == '_');
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, store_reason_name((enum store_reason)j));
    }
    assert_string_equal(store_reason_name(STORE_unknown_key), "unknown_key");
    assert_string_equal(store_reason_text(STORE_truncated), "ends too early");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_a_name_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
