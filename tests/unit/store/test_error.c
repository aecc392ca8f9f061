/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_a_text_that_is_too_long_ends(void **state)
{
    (void)state;
    struct store_error error;
    char path[2 * sizeof(error.text)];
    store_error_set(&error, "%s: line %d", "file", 7);
    assert_string_equal(error.text, "file: line 7");
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    store_error_set(&error, "%s: no", path);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_that_is_too_long_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
