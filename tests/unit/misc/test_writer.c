/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x4/misc/writer.h"

static void test_integers_are_big_endian(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    uint8_t buffer[7];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_writer_u8(&w, 0x01);
    x4_writer_u16(&w, 0x0203);
    x4_writer_u32(&w, 0xf4f5f6f7);
    assert_false(w.failed);
    assert_int_equal(x4_writer_len(&w), 7);
    assert_memory_equal(buffer, expected, sizeof(expected));
}

static void test_bytes_and_zeros(void **state)
{
    (void)state;
    static const uint8_t expected[] = {'a', 'b', 0, 0, 'c'};
    uint8_t buffer[5] = {9, 9, 9, 9, 9};
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_writer_bytes(&w, "ab", 2);
    x4_writer_zeros(&w, 2);
    x4_writer_bytes(&w, NULL, 0);
    x4_writer_zeros(&w, 0);
    x4_writer_bytes(&w, "c", 1);
    assert_false(w.failed);
    assert_memory_equal(buffer, expected, sizeof(expected));
}

static void test_failure_sticks(void **state)
{
    (void)state;
    uint8_t buffer[4] = {1, 1, 1, 1};
    x4s_writer w = x4_writer(buffer, 3);
    x4_writer_u16(&w, 0);
    x4_writer_u16(&w, 0xffff);
    assert_true(w.failed);
    x4_writer_u8(&w, 0xff);
    assert_true(w.failed);
    assert_int_equal(x4_writer_len(&w), 2);
    assert_int_equal(buffer[2], 1);
    assert_int_equal(buffer[3], 1);
}

static void test_huge_lengths(void **state)
{
    (void)state;
    uint8_t buffer[4];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_writer_u8(&w, 0);
    assert_null(x4_writer_reserve(&w, SIZE_MAX));
    assert_true(w.failed);
}

static void test_reserve(void **state)
{
    (void)state;
    uint8_t buffer[4];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    assert_ptr_equal(x4_writer_reserve(&w, 1), buffer);
    assert_ptr_equal(x4_writer_reserve(&w, 3), buffer + 1);
    assert_non_null(x4_writer_reserve(&w, 0));
    assert_null(x4_writer_reserve(&w, 1));
}

static void test_patch(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x07, 0x12, 0x34, 0x01};
    uint8_t buffer[4];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_writer_u8(&w, 0);
    size_t at = x4_writer_len(&w);
    x4_writer_u16(&w, 0);
    x4_writer_u8(&w, 1);
    x4_writer_patch_u8(&w, 0, 7);
    x4_writer_patch_u16(&w, at, 0x1234);
    assert_memory_equal(buffer, expected, sizeof(expected));
    assert_int_equal(x4_writer_len(&w), 4);
}

static void test_patch_of_too_much_fails(void **state)
{
    (void)state;
    uint8_t buffer[2];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_writer_u16(&w, 0x0102);
    x4_writer_patch_u16(&w, 0, 0x10000);
    assert_true(w.failed);
    assert_int_equal(buffer[0], 1);
    assert_int_equal(buffer[1], 2);
}

static void test_patch_after_failure_touches_nothing(void **state)
{
    (void)state;
    uint8_t buffer[2] = {5, 5};
    x4s_writer w = x4_writer(buffer, 1);
    x4_writer_u16(&w, 0);
    x4_writer_patch_u16(&w, 0, 0x0102);
    assert_int_equal(buffer[0], 5);
    assert_int_equal(buffer[1], 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_big_endian),
        cmocka_unit_test(test_bytes_and_zeros),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_huge_lengths),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_patch_of_too_much_fails),
        cmocka_unit_test(test_patch_after_failure_touches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
