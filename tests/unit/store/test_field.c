/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct numbers {
    uint64_t wide;
    uint32_t middle;
    uint16_t small;
    bool flag;
    x4e_ike_role role;
};

#define NUMBER(member, codec)                                                                      \
    {                                                                                              \
        &(codec), offsetof(struct numbers, member), 0                                              \
    }

static const struct store_field fields[] = {
    NUMBER(small, store_u16), NUMBER(middle, store_u32), NUMBER(wide, store_u64),
    NUMBER(flag, store_flag), NUMBER(role, store_role),
};

static const uint8_t bytes[] = {0x12, 0x34, 0x01, 0x02, 0x03, 0x04, 0xa1, 0xa2,
                                0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 1,    1};

#define FLAG_AT 14

static void test_fields_come_in_their_order(void **state)
{
    (void)state;
    const struct numbers numbers = {.wide = UINT64_C(0xa1a2a3a4a5a6a7a8),
                                    .middle = 0x01020304,
                                    .small = 0x1234,
                                    .flag = true,
                                    .role = x4c_ike_responder};
    uint8_t out[sizeof(bytes)];
    x4s_writer w = x4_writer(out, sizeof(out));
    store_fields_put(&w, fields, x4m_countof(fields), &numbers);
    assert_false(w.failed);
    assert_int_equal(x4_writer_len(&w), sizeof(bytes));
    assert_memory_equal(out, bytes, sizeof(bytes));

    struct store_source source = {.reader = x4_reader(bytes, sizeof(bytes))};
    struct numbers read = {0};
    store_fields_get(&source, fields, x4m_countof(fields), &read);
    assert_true(x4_reader_done(&source.reader));
    assert_false(source.bad);
    assert_true(read.wide == numbers.wide);
    assert_int_equal(read.middle, numbers.middle);
    assert_int_equal(read.small, numbers.small);
    assert_true(read.flag);
    assert_int_equal(read.role, x4c_ike_responder);
}

static void test_reading_stops_where_it_fails(void **state)
{
    (void)state;
    uint8_t changed[sizeof(bytes)];
    memcpy(changed, bytes, sizeof(bytes));
    changed[FLAG_AT] = 2;
    struct store_source source = {.reader = x4_reader(changed, sizeof(changed))};
    struct numbers read = {0};
    store_fields_get(&source, fields, x4m_countof(fields), &read);
    assert_true(source.bad);
    assert_int_equal(x4_reader_left(&source.reader), 1);
    assert_int_equal(read.role, x4c_ike_initiator);

    source = (struct store_source){.reader = x4_reader(bytes, FLAG_AT)};
    store_fields_get(&source, fields, x4m_countof(fields), &read);
    assert_false(source.bad);
    assert_true(source.reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_come_in_their_order),
        cmocka_unit_test(test_reading_stops_where_it_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
