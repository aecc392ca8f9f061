/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/random.h"

static void test_first_values_of_splitmix64(void **state)
{
    (void)state;
    /* The sequence of seed 1234567, as published with the reference implementation. */
    static const uint64_t expected[] = {UINT64_C(6457827717110365317),
                                        UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423)};
    struct load_random source = {.state = 1234567};
    uint64_t values[3];
    load_random_fill(&source, values, sizeof(values));
    assert_memory_equal(values, expected, sizeof(expected));
}

static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    struct load_random one = {.state = 7};
    struct load_random two = {.state = 7};
    uint8_t a[37];
    uint8_t b[37];
    load_random_fill(&one, a, sizeof(a));
    load_random_fill(&two, b, sizeof(b));
    assert_memory_equal(a, b, sizeof(a));
    load_random_fill(&one, a, sizeof(a));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void test_length_is_kept(void **state)
{
    (void)state;
    struct load_random source = {.state = 7};
    uint8_t bytes[16] = {0};
    static const uint8_t zeros[16];
    load_random_fill(&source, bytes, 0);
    assert_memory_equal(bytes, zeros, sizeof(bytes));
    load_random_fill(&source, bytes, 9);
    assert_memory_equal(bytes + 9, zeros, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_values_of_splitmix64),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_length_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
