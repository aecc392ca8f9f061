/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/identity.h"

static void assert_name(const char *prefix, uint32_t n, const char *expected)
{
    char name[LOAD_IDENTITY_NAME_MAX];
    x4s_ike_id id = load_identity_numbered(prefix, n, name);
    assert_int_equal(id.type, x4c_ike_id_fqdn);
    assert_ptr_equal(id.data.data, name);
    assert_int_equal(id.data.len, strlen(expected));
    assert_memory_equal(id.data.data, expected, id.data.len);
}

static void test_numbered(void **state)
{
    (void)state;
    assert_name("peer", 0, "peer-000000.example");
    assert_name("peer", 123, "peer-000123.example");
    assert_name("atm.branch", 9999999, "atm.branch-9999999.example");
}

static void test_longest(void **state)
{
    (void)state;
    char prefix[LOAD_IDENTITY_PREFIX_MAX + 1];
    char name[LOAD_IDENTITY_NAME_MAX];
    memset(prefix, 'x', LOAD_IDENTITY_PREFIX_MAX);
    prefix[LOAD_IDENTITY_PREFIX_MAX] = '\0';
    x4s_ike_id id = load_identity_numbered(prefix, UINT32_MAX, name);
    assert_int_equal(id.data.len, LOAD_IDENTITY_NAME_MAX - 1);
}

static void test_from_body(void **state)
{
    (void)state;
    static const uint8_t body[] = {x4c_ike_id_ipv4, 17, 500 >> 8, 500 & 0xff, 192, 0, 2, 1};
    x4s_ike_id id;
    assert_true(load_identity_from_body((x4s_chunk){body, sizeof(body)}, &id));
    assert_int_equal(id.type, x4c_ike_id_ipv4);
    assert_int_equal(id.data.len, 4);
    assert_memory_equal(id.data.data, body + 4, 4);
    assert_true(load_identity_from_body((x4s_chunk){body, 4}, &id));
    assert_int_equal(id.data.len, 0);
    assert_false(load_identity_from_body((x4s_chunk){body, 3}, &id));
    assert_false(load_identity_from_body((x4s_chunk){body, 0}, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbered),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_from_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
