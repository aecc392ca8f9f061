/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x4/misc/reader.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x08, 0x09};

static void test_integers_are_big_endian(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, sizeof(bytes));
    assert_int_equal(x4_reader_u8(&r), 0x01);
    assert_int_equal(x4_reader_u16(&r), 0x0203);
    assert_int_equal(x4_reader_u32(&r), 0xf4f5f6f7);
    assert_int_equal(x4_reader_left(&r), 2);
    assert_false(x4_reader_done(&r));
    assert_int_equal(x4_reader_u16(&r), 0x0809);
    assert_true(x4_reader_done(&r));
}

static void test_failure_sticks(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, 3);
    assert_int_equal(x4_reader_u32(&r), 0);
    assert_true(r.failed);
    assert_int_equal(x4_reader_u8(&r), 0);
    assert_int_equal(x4_reader_u16(&r), 0);
    assert_null(x4_reader_bytes(&r, 1));
    assert_null(x4_reader_chunk(&r, 1).data);
    assert_int_equal(x4_reader_rest(&r).len, 0);
    assert_true(r.failed);
    assert_false(x4_reader_done(&r));
}

static void test_every_integer_needs_all_its_bytes(void **state)
{
    (void)state;
    for (size_t len = 0; len < 4; len++) {
        x4s_reader r = x4_reader(bytes, len);
        (void)x4_reader_u32(&r);
        assert_true(r.failed);
    }
    for (size_t len = 0; len < 2; len++) {
        x4s_reader r = x4_reader(bytes, len);
        (void)x4_reader_u16(&r);
        assert_true(r.failed);
    }
    x4s_reader r = x4_reader(bytes, 0);
    (void)x4_reader_u8(&r);
    assert_true(r.failed);
}

static void test_none_is_no_failure(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(NULL, 0);
    assert_null(x4_reader_bytes(&r, 0));
    assert_int_equal(x4_reader_chunk(&r, 0).len, 0);
    assert_int_equal(x4_reader_rest(&r).len, 0);
    assert_false(r.failed);
    assert_true(x4_reader_done(&r));
}

static void test_huge_lengths(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, sizeof(bytes));
    (void)x4_reader_u8(&r);
    assert_null(x4_reader_bytes(&r, SIZE_MAX));
    assert_true(r.failed);
}

static void test_chunk_and_rest(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, sizeof(bytes));
    x4s_chunk head = x4_reader_chunk(&r, 4);
    x4s_chunk rest = x4_reader_rest(&r);
    assert_ptr_equal(head.data, bytes);
    assert_int_equal(head.len, 4);
    assert_ptr_equal(rest.data, bytes + 4);
    assert_int_equal(rest.len, 5);
    assert_true(x4_reader_done(&r));
}

static void test_sub_reader_is_bounded(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, sizeof(bytes));
    x4s_reader sub = x4_reader_sub(&r, 3);
    assert_int_equal(x4_reader_left(&sub), 3);
    assert_int_equal(x4_reader_u16(&sub), 0x0102);
    assert_false(x4_reader_done(&sub));
    assert_int_equal(x4_reader_u16(&sub), 0);
    assert_true(sub.failed);
    assert_false(r.failed);
    assert_int_equal(x4_reader_u8(&r), 0xf4);
}

static void test_sub_reader_of_too_much(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, 4);
    x4s_reader sub = x4_reader_sub(&r, 5);
    assert_true(r.failed);
    assert_true(sub.failed);
    assert_int_equal(x4_reader_u8(&sub), 0);
}

static void test_empty_sub_reader_is_done(void **state)
{
    (void)state;
    x4s_reader r = x4_reader(bytes, 4);
    x4s_reader sub = x4_reader_sub(&r, 0);
    assert_true(x4_reader_done(&sub));
    assert_int_equal(x4_reader_left(&r), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_big_endian),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_every_integer_needs_all_its_bytes),
        cmocka_unit_test(test_none_is_no_failure),
        cmocka_unit_test(test_huge_lengths),
        cmocka_unit_test(test_chunk_and_rest),
        cmocka_unit_test(test_sub_reader_is_bounded),
        cmocka_unit_test(test_sub_reader_of_too_much),
        cmocka_unit_test(test_empty_sub_reader_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
