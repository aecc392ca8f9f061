/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/attributes.h"
#include "x4/ike/isakmp.h"

static void test_both_forms_are_read(void **state) /* req 2408-3.6-2 */
{
    (void)state;
    static const uint8_t bytes[] = {0x80, 1, 0x12, 0x34, 0, 2, 0, 3, 9, 8, 7};
    x4s_reader r = x4_reader(bytes, sizeof(bytes));
    x4s_ike_attr attr;
    assert_true(x4_attr_next(&r, &attr));
    assert_int_equal(attr.type, 1);
    assert_int_equal(attr.value.len, 2);
    assert_memory_equal(attr.value.data, "\x12\x34", 2);
    assert_true(x4_attr_next(&r, &attr));
    assert_int_equal(attr.type, 2);
    assert_int_equal(attr.value.len, 3);
    assert_memory_equal(attr.value.data, "\x09\x08\x07", 3);
    assert_false(x4_attr_next(&r, &attr));
    assert_true(x4_reader_done(&r));
}

static void test_the_end_is_no_attribute(void **state)
{
    (void)state;
    x4s_ike_attr attr;
    x4s_reader r = x4_reader(NULL, 0);
    assert_false(x4_attr_next(&r, &attr));
    assert_true(x4_reader_done(&r));
    r.failed = btrue;
    assert_false(x4_attr_next(&r, &attr));
}

/* The bytes lie in memory of exactly their size, so that reading on shows. */
static bool all_read(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    x4s_reader r = x4_reader(copy, len);
    x4s_ike_attr attr;
    uint32_t number;
    while (x4_attr_next(&r, &attr))
        (void)x4_attr_number(&attr, &number);
    bool done = x4_reader_done(&r);
    free(copy);
    return done;
}

static void test_every_truncation_is_seen(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 12, 0, 4, 0, 1, 2, 3};
    assert_true(all_read(bytes, 0));
    for (size_t len = 1; len < sizeof(bytes); len++)
        assert_false(all_read(bytes, len));
    assert_true(all_read(bytes, sizeof(bytes)));
    static const uint8_t short_form[] = {0x80, 12, 7, 8};
    for (size_t len = 1; len < sizeof(short_form); len++)
        assert_false(all_read(short_form, len));
    assert_true(all_read(short_form, sizeof(short_form)));
}

/* A long form of 0, 1, 3, 4, all and one too many bytes, followed by nothing that fits. */
static void test_every_length_is_checked(void **state)
{
    (void)state;
    static const struct {
        uint16_t length;
        bool good;
    } cases[] = {{0, false}, {1, false}, {3, false},      {4, false},
                 {6, true},  {7, false}, {0x7fff, false}, {UINT16_MAX, false}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t bytes[] = {
            0,    1,   (uint8_t)(cases[i].length >> 8), (uint8_t)cases[i].length, 0, 1, 0xff, 0xff,
            0xff, 0xff};
        assert_int_equal(all_read(bytes, sizeof(bytes)), cases[i].good);
    }
}

static uint32_t number_of(const char *bytes, size_t len)
{
    x4s_ike_attr attr = {.value = {(const uint8_t *)bytes, len}};
    uint32_t number = 77;
    assert_true(x4_attr_number(&attr, &number));
    return number;
}

static void test_numbers_of_any_length(void **state)
{
    (void)state;
    assert_int_equal(number_of("\x07", 1), 7);
    assert_int_equal(number_of("\x70\x80", 2), 28800);
    assert_int_equal(number_of("\x01\x00\x00", 3), 65536);
    assert_int_equal(number_of("\x00\x01\x51\x80", 4), 86400);
    assert_int_equal(number_of("\x00\x00\x00\x00\x00\x01\x51\x80", 8), 86400);
    assert_int_equal(number_of("\xff\xff\xff\xff", 4), UINT32_MAX);
}

static void test_large_numbers_are_capped(void **state)
{
    (void)state;
    assert_int_equal(number_of("\x01\x00\x00\x00\x00", 5), UINT32_MAX);
    assert_int_equal(number_of("\xff\xff\xff\xff\xff\xff\xff\xff", 8), UINT32_MAX);
    /* The high bytes must not be shifted out and forgotten. */
    assert_int_equal(number_of("\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), UINT32_MAX);
}

static void test_an_empty_value_is_no_number(void **state)
{
    (void)state;
    x4s_ike_attr attr = {.type = 1};
    uint32_t number;
    assert_false(x4_attr_number(&attr, &number));
}

/* req 2409-A-1 2409-A-2 2407-4.5-1 */
static void test_values_are_written_in_the_shorter_form(void **state)
{
    (void)state;
    uint8_t buffer[16];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_attr_put(&w, 14, UINT16_MAX);
    assert_int_equal(x4_writer_len(&w), 4);
    assert_memory_equal(buffer, "\x80\x0e\xff\xff", 4);
    x4_attr_put(&w, 12, 0x10000);
    assert_int_equal(x4_writer_len(&w), 12);
    assert_memory_equal(buffer + 4, "\x00\x0c\x00\x04\x00\x01\x00\x00", 8);
    assert_false(w.failed);
}

static void test_lifetimes_are_written_as_pairs(void **state) /* req 2407-4.5-3 */
{
    (void)state;
    uint8_t buffer[16];
    x4s_writer w = x4_writer(buffer, sizeof(buffer));
    x4_attr_put_life(&w, x4c_attr1_life_type, x4c_life_seconds, 0);
    assert_int_equal(x4_writer_len(&w), 0);
    x4_attr_put_life(&w, x4c_attr1_life_type, x4c_life_seconds, 86400);
    static const uint8_t expected[] = {0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51, 0x80};
    assert_int_equal(x4_writer_len(&w), sizeof(expected));
    assert_memory_equal(buffer, expected, sizeof(expected));
    assert_int_equal(x4c_attr1_life_type + 1, x4c_attr1_life_duration);
    assert_int_equal(x4c_attr2_life_type + 1, x4c_attr2_life_duration);
}

static void test_fields_are_set_once(void **state) /* req 2407-4.5.2-3 */
{
    (void)state;
    uint8_t small = 0;
    assert_false(x4_attr_set_u8(&small, 0));
    assert_false(x4_attr_set_u8(&small, 256));
    assert_int_equal(small, 0);
    assert_true(x4_attr_set_u8(&small, 255));
    assert_false(x4_attr_set_u8(&small, 255));
    assert_int_equal(small, 255);
    uint16_t large = 0;
    assert_false(x4_attr_set_u16(&large, 0));
    assert_false(x4_attr_set_u16(&large, 65536));
    assert_true(x4_attr_set_u16(&large, 256));
    assert_false(x4_attr_set_u16(&large, 128));
    assert_int_equal(large, 256);
}

/* req 2407-4.5-3 2407-4.5.2-1 2407-4.5.2-3 */
static void test_lifetimes_belong_to_the_type_before(void **state)
{
    (void)state;
    uint32_t seconds = 0, kilobytes = 0, type = 0;
    assert_false(x4_attr_set_life(&seconds, &kilobytes, &type, 10)); /* no type came */
    type = x4c_life_seconds;
    assert_true(x4_attr_set_life(&seconds, &kilobytes, &type, 10));
    assert_int_equal(type, 0); /* used up */
    assert_false(x4_attr_set_life(&seconds, &kilobytes, &type, 20));
    type = x4c_life_kilobytes;
    assert_true(x4_attr_set_life(&seconds, &kilobytes, &type, 30));
    type = x4c_life_seconds;
    assert_false(x4_attr_set_life(&seconds, &kilobytes, &type, 40)); /* a second time */
    type = 3;
    assert_false(x4_attr_set_life(&seconds, &kilobytes, &type, 50));
    assert_int_equal(seconds, 10);
    assert_int_equal(kilobytes, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_forms_are_read),
        cmocka_unit_test(test_the_end_is_no_attribute),
        cmocka_unit_test(test_every_truncation_is_seen),
        cmocka_unit_test(test_every_length_is_checked),
        cmocka_unit_test(test_numbers_of_any_length),
        cmocka_unit_test(test_large_numbers_are_capped),
        cmocka_unit_test(test_an_empty_value_is_no_number),
        cmocka_unit_test(test_values_are_written_in_the_shorter_form),
        cmocka_unit_test(test_lifetimes_are_written_as_pairs),
        cmocka_unit_test(test_fields_are_set_once),
        cmocka_unit_test(test_lifetimes_belong_to_the_type_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
