/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/isakmp.h"
#include "x4/ike/lifetime.h"

/* From memory of exactly its size, so that reading on shows. */
static x4s_ike_lifetime read_as(uint16_t type_class, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const x4s_ike_lifetime lifetime = x4_lifetime_read((x4s_chunk){copy, len}, type_class);
    free(copy);
    return lifetime;
}

static x4s_ike_lifetime read2(const uint8_t *bytes, size_t len)
{
    return read_as(x4c_attr2_life_type, bytes, len);
}

static void test_what_is_shortened(void **state)
{
    (void)state;
    static const struct {
        x4s_ike_lifetime agreed, own, told;
    } cases[] = {
        {{0, 0}, {0, 0}, {0, 0}},           {{100, 200}, {0, 0}, {0, 0}},
        {{0, 0}, {100, 200}, {100, 200}},   {{100, 200}, {100, 200}, {0, 0}},
        {{100, 200}, {99, 201}, {99, 0}},   {{100, 200}, {101, 199}, {0, 199}},
        {{100, 200}, {99, 199}, {99, 199}}, {{100, 0}, {0, 199}, {0, 199}},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const x4s_ike_lifetime told = x4_lifetime_shortened(&cases[i].agreed, &cases[i].own);
        assert_int_equal(told.sec, cases[i].told.sec);
        assert_int_equal(told.kb, cases[i].told.kb);
        assert_int_equal(x4_lifetime_limits(&told), told.sec || told.kb);
    }
}

/* RFC 2407 4.6.3.1: attributes as in a transform, with the numbers of the SA's phase. */
static void test_written(void **state) /* req 2407-4.6.3.1-1 */
{
    (void)state;
    static const struct {
        uint16_t type_class;
        x4s_ike_lifetime lifetime;
        const char *bytes;
        size_t len;
    } cases[] = {
        {x4c_attr2_life_type, {0, 0}, "", 0},
        {x4c_attr2_life_type, {600, 0}, "\x80\x01\x00\x01\x80\x02\x02\x58", 8},
        {x4c_attr2_life_type, {0, 4608000}, "\x80\x01\x00\x02\x00\x02\x00\x04\x00\x46\x50\x00", 12},
        {x4c_attr1_life_type,
         {600, 256},
         "\x80\x0b\x00\x01\x80\x0c\x02\x58\x80\x0b\x00\x02\x80\x0c\x01\x00",
         16},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t bytes[32];
        x4s_writer w = x4_writer(bytes, sizeof(bytes));
        x4_lifetime_write(&w, cases[i].type_class, &cases[i].lifetime);
        assert_int_equal(x4_writer_len(&w), cases[i].len);
        assert_memory_equal(bytes, cases[i].bytes, cases[i].len);
        const x4s_ike_lifetime back = read_as(cases[i].type_class, bytes, cases[i].len);
        assert_int_equal(back.sec, cases[i].lifetime.sec);
        assert_int_equal(back.kb, cases[i].lifetime.kb);
    }
}

static void test_what_cannot_be_read_limits_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\x80\x02\x02\x58", 4},                                  /* of what? */
        {"\x80\x01\x00\x03\x80\x02\x02\x58", 8},                  /* neither of both */
        {"\x80\x01\x00\x01\x80\x02\x02\x58\x80\x02\x02\x58", 12}, /* a second duration */
        {"\x80\x01\x00\x01\x80\x02\x02\x58\x80\x01\x00\x01\x80\x02\x00\x01",
         16},                                                     /* seconds twice */
        {"\x80\x01\x00\x01\x80\x02\x02\x58\x80\x04\x00\x01", 12}, /* another class */
        {"\x80\x01\x00\x01\x00\x02\x00\x00", 8},                  /* an empty number */
        {"\x80\x0b\x00\x01\x80\x0c\x02\x58", 8},                  /* of phase 1 */
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const x4s_ike_lifetime got = read2((const uint8_t *)cases[i].bytes, cases[i].len);
        assert_false(x4_lifetime_limits(&got));
    }
}

static void test_every_truncation_limits_nothing(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x80, 1, 0, 1, 0x80, 2, 2, 0x58, 0x80, 1,
                                    0,    2, 0, 2, 0,    4, 0, 1,    0,    0};
    for (size_t len = 0; len < sizeof(bytes); len++) {
        const x4s_ike_lifetime got = read2(bytes, len);
        assert_int_equal(got.sec, len == 8 || len == 12 ? 600 : 0);
        assert_int_equal(got.kb, 0);
    }
    const x4s_ike_lifetime all = read2(bytes, sizeof(bytes));
    assert_int_equal(all.sec, 600);
    assert_int_equal(all.kb, 0x10000);
}

static void test_least(void **state)
{
    (void)state;
    assert_int_equal(x4_lifetime_least(0, 0), 0);
    assert_int_equal(x4_lifetime_least(0, 7), 7);
    assert_int_equal(x4_lifetime_least(7, 0), 7);
    assert_int_equal(x4_lifetime_least(7, 8), 7);
}

static void test_age_by_volume(void **state)
{
    (void)state;
    assert_int_equal(x4_lifetime_soft_kb(0, 0), 0);
    assert_int_equal(x4_lifetime_soft_kb(0, 100), 0);
    assert_int_equal(x4_lifetime_soft_kb(99, 100), 99);
    assert_int_equal(x4_lifetime_soft_kb(100, 100), 90);
    assert_int_equal(x4_lifetime_soft_kb(100, 0), 100);
    assert_int_equal(x4_lifetime_soft_kb(1, 1), 0);
    assert_int_equal(x4_lifetime_soft_kb_of_peer(0, btrue, 100), 90);
    assert_int_equal(x4_lifetime_soft_kb_of_peer(0, bfalse, 100), 0);
    assert_int_equal(x4_lifetime_soft_kb_of_peer(50, btrue, 100), 50);
    assert_int_equal(x4_lifetime_soft_kb_of_peer(0, btrue, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_shortened),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_what_cannot_be_read_limits_nothing),
        cmocka_unit_test(test_every_truncation_limits_nothing),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_age_by_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
