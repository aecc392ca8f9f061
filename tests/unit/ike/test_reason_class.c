/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/isakmp.h"
#include "x4/ike/reason_class.h"

static void test_none_is_zero_and_tells_nobody(void **state)
{
    (void)state;
    assert_int_equal(x4c_ike_none, 0);
    assert_int_equal(x4_reason_notify(x4c_ike_none), 0);
}

/* Only reasons of the classes notify and dispose tell the peer, and notify always does. */
static void test_notify_types_fit_the_class(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_ike_reason_count; i++) {
        x4e_ike_reason reason = i;
        uint16_t notify = x4_reason_notify(reason);
        switch (x4_reason_class(reason)) {
        case x4c_reason_drop:
        case x4c_reason_end:
            assert_int_equal(notify, 0);
            break;
        case x4c_reason_notify:
            assert_int_not_equal(notify, 0);
            break;
        case x4c_reason_dispose:
            break;
        default:
            fail_msg("reason %u has no class", i);
        }
    }
}

/* What goes to the peer is an error type that the RFC knows. */
static void test_notify_types_are_errors_with_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_ike_reason_count; i++) {
        uint16_t notify = x4_reason_notify((x4e_ike_reason)i);
        assert_true(notify <= x4c_notify_error_last);
        if (notify)
            assert_string_not_equal(x4_notify_name(notify), "");
    }
}

static void test_what_cannot_be_authenticated_ends_nothing(void **state) /* req 2408-5.15-6 */
{
    (void)state;
    static const x4e_ike_reason anybodys[] = {
        x4c_ike_short_message,      x4c_ike_too_large,         x4c_ike_bad_length,
        x4c_ike_bad_version,        x4c_ike_bad_exchange,      x4c_ike_bad_flags,
        x4c_ike_bad_cookie,         x4c_ike_bad_message_id,    x4c_ike_unknown_sa,
        x4c_ike_bad_config,         x4c_ike_bad_link,          x4c_ike_not_encrypted,
        x4c_ike_not_established,    x4c_ike_bad_cipher_length, x4c_ike_malformed,
        x4c_ike_too_many_payloads,  x4c_ike_missing_payload,   x4c_ike_duplicate_payload,
        x4c_ike_unexpected_payload, x4c_ike_bad_nonce,         x4c_ike_duplicate,
        x4c_ike_replayed,           x4c_ike_over_limit,        x4c_ike_unexpected_message,
    };
    for (size_t i = 0; i < x4m_countof(anybodys); i++)
        assert_int_equal(x4_reason_class(anybodys[i]), x4c_reason_drop);
    static const x4e_ike_reason told[] = {x4c_ike_garbled, x4c_ike_bad_hash, x4c_ike_bad_ke,
                                          x4c_ike_bad_proposal, x4c_ike_no_proposal};
    for (size_t i = 0; i < x4m_countof(told); i++)
        assert_int_equal(x4_reason_class(told[i]), x4c_reason_notify);
}

static void test_notify_types_say_what_is_wrong(void **state) /* req 2407-4.2.2-2 2407-4.2.3-2 */
{
    (void)state;
    assert_int_equal(x4_reason_notify(x4c_ike_no_proposal), x4c_notify_no_proposal);
    assert_int_equal(x4_reason_notify(x4c_ike_no_proposal2), x4c_notify_no_proposal);
    assert_int_equal(x4_reason_notify(x4c_ike_no_policy), x4c_notify_no_proposal);
    assert_int_equal(x4_reason_notify(x4c_ike_no_policy2), x4c_notify_invalid_id);
    assert_int_equal(x4_reason_notify(x4c_ike_bad_id), x4c_notify_invalid_id);
    assert_int_equal(x4_reason_notify(x4c_ike_bad_hash), x4c_notify_invalid_hash);
    assert_int_equal(x4_reason_notify(x4c_ike_bad_doi), 2);       /* DOI-NOT-SUPPORTED */
    assert_int_equal(x4_reason_notify(x4c_ike_bad_situation), 3); /* SITUATION-NOT-SUPPORTED */
    assert_int_equal(x4_reason_notify(x4c_ike_no_psk), x4c_notify_auth_failed);
}

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    return *name != '\0';
}

static void test_names_and_texts_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < x4c_ike_reason_count; i++) {
        const char *name = x4_ike_reason_name((x4e_ike_reason)i);
        const char *text = x4_ike_reason_text((x4e_ike_reason)i);
        assert_true(is_name(name));
        assert_true(strlen(text) > 0);
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(x4_ike_reason_name((x4e_ike_reason)k), name);
            assert_string_not_equal(x4_ike_reason_text((x4e_ike_reason)k), text);
        }
    }
    assert_string_equal(x4_ike_reason_name(x4c_ike_no_proposal), "no_proposal");
    assert_string_equal(x4_ike_reason_name(x4c_ike_reason_count), "unknown");
    assert_string_equal(x4_ike_reason_text(x4c_ike_reason_count), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_zero_and_tells_nobody),
        cmocka_unit_test(test_notify_types_fit_the_class),
        cmocka_unit_test(test_notify_types_are_errors_with_a_name),
        cmocka_unit_test(test_what_cannot_be_authenticated_ends_nothing),
        cmocka_unit_test(test_notify_types_say_what_is_wrong),
        cmocka_unit_test(test_names_and_texts_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
