/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/isakmp.h"

/* From RFC 2408 3.14.1, RFC 2407 4.6.3 and RFC 3706 5.3, read independently. */
static const struct {
    uint16_t type;
    const char *name;
} known[] = {
    {1, "INVALID-PAYLOAD-TYPE"},
    {4, "INVALID-COOKIE"},
    {7, "INVALID-EXCHANGE-TYPE"},
    {9, "INVALID-MESSAGE-ID"},
    {11, "INVALID-SPI"},
    {x4c_notify_no_proposal, "NO-PROPOSAL-CHOSEN"},
    {15, "BAD-PROPOSAL-SYNTAX"},
    {16, "PAYLOAD-MALFORMED"},
    {17, "INVALID-KEY-INFORMATION"},
    {x4c_notify_invalid_id, "INVALID-ID-INFORMATION"},
    {x4c_notify_invalid_hash, "INVALID-HASH-INFORMATION"},
    {x4c_notify_auth_failed, "AUTHENTICATION-FAILED"},
    {30, "UNEQUAL-PAYLOAD-LENGTHS"},
    {16384, "CONNECTED"},
    {24576, "RESPONDER-LIFETIME"},
    {24577, "REPLAY-STATUS"},
    {x4c_notify_initial_contact, "INITIAL-CONTACT"},
    {36136, "R-U-THERE"},
    {36137, "R-U-THERE-ACK"},
};

static void test_types_have_the_names_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(known); i++)
        assert_string_equal(x4_notify_name(known[i].type), known[i].name);
}

/* RFC 2408 3.14.1 assigns 1 to 30 without a gap. */
static void test_all_error_types_are_named(void **state)
{
    (void)state;
    for (uint16_t type = 1; type <= 30; type++)
        assert_true(strlen(x4_notify_name(type)) > 0);
    assert_string_equal(x4_notify_name(31), "");
}

static void test_types_without_a_name(void **state)
{
    (void)state;
    static const uint16_t nameless[] = {0, 31, 8191, x4c_notify_error_last, 24579, UINT16_MAX};
    for (size_t i = 0; i < x4m_countof(nameless); i++)
        assert_string_equal(x4_notify_name(nameless[i]), "");
}

/* A log reader finds a type by its name, so no two share one. */
static void test_names_are_different_and_printable(void **state)
{
    (void)state;
    const char *names[64];
    size_t count = 0;
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        const char *name = x4_notify_name((uint16_t)type);
        if (*name == '\0')
            continue;
        for (const char *c = name; *c; c++)
            assert_true(isupper((unsigned char)*c) || *c == '-');
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(names[i], name);
        assert_true(count < x4m_countof(names));
        names[count++] = name;
    }
    assert_int_equal(count, 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_have_the_names_of_the_rfc),
        cmocka_unit_test(test_all_error_types_are_named),
        cmocka_unit_test(test_types_without_a_name),
        cmocka_unit_test(test_names_are_different_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
