/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/micro/case.h"

/* What takes a sanitizer too long: big tables, big groups and keys in numbers. */
static bool small(const struct micro_case *of)
{
    static const char *const big[] = {"/64", "modp6144", "modp8192", "rsa4096"};
    for (size_t i = 0; i < sizeof(big) / sizeof(big[0]); i++)
        if (strstr(of->name, big[i]) && strncmp(of->name, "hash", 4) != 0)
            return false;
    return of->size <= 10000 && strncmp(of->name, "echo/", 5) != 0;
}

/* Whatever fails in a case ends the program. */
static void each_runs(void **state)
{
    (void)state;
    const struct micro_case *of;
    for (size_t i = 0; (of = micro_case_at(i)) != NULL; i++) {
        void *opened = small(of) ? of->open(of) : NULL;
        if (!opened)
            continue;
        for (int run = 0; run < 3; run++)
            of->run(opened);
        of->close(opened);
    }
}

static void names_are_of_one_case(void **state)
{
    (void)state;
    const struct micro_case *of;
    size_t i = 0;
    for (; (of = micro_case_at(i)) != NULL; i++)
        assert_ptr_equal(micro_case_find(of->name), of);
    assert_true(i > 100);
    assert_null(micro_case_find("dh"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_runs),
        cmocka_unit_test(names_are_of_one_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
