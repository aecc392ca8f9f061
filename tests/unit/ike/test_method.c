/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x4/crypto/key.h"
#include "x4/ike/method.h"

/* Methods with RSA encryption, with DSS, and what nobody has defined. */
static void test_unknown(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {0, 2, 4, 5, 8, 12, 64223, 64224, 65003, 65004, 65535};
    for (size_t i = 0; i < x4m_countof(unknown); i++) {
        assert_null(x4_method(unknown[i]));
        assert_false(x4_method_extended(unknown[i]));
        for (unsigned role = 0; role < 2; role++) {
            assert_false(x4_method_signs(unknown[i], (x4e_ike_role)role));
            assert_false(x4_method_asks(unknown[i], (x4e_ike_role)role));
        }
    }
}

static void test_roles(void **state)
{
    (void)state;
    static const struct {
        uint16_t auth;
        bval psk, initiator_signs, responder_signs, initiator_asked, responder_asked;
    } rows[] = {
        {x4c_ike_auth_psk, 1, 0, 0, 0, 0},
        {x4c_ike_auth_rsa, 0, 1, 1, 0, 0},
        {x4c_ike_auth_ecdsa384, 0, 1, 1, 0, 0},
        {64221, 0, 0, 1, 1, 0},
        {64222, 0, 1, 0, 0, 1},
        {65001, 1, 0, 0, 1, 0},
        {65002, 1, 0, 0, 0, 1},
        {65005, 0, 1, 1, 1, 0},
        {65006, 0, 1, 1, 0, 1},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        uint16_t auth = rows[i].auth;
        assert_int_equal(x4_method(auth)->by_psk, rows[i].psk);
        assert_int_equal(x4_method_signs(auth, x4c_ike_initiator), rows[i].initiator_signs);
        assert_int_equal(x4_method_signs(auth, x4c_ike_responder), rows[i].responder_signs);
        assert_int_equal(x4_method_asks(auth, x4c_ike_initiator), rows[i].initiator_asked);
        assert_int_equal(x4_method_asks(auth, x4c_ike_responder), rows[i].responder_asked);
        assert_int_equal(x4_method_extended(auth),
                         rows[i].initiator_asked || rows[i].responder_asked);
    }
}

/* Who signs has a kind of key to do it with; who does not needs none. */
static void test_keys(void **state)
{
    (void)state;
    for (unsigned auth = 0; auth <= UINT16_MAX; auth++) {
        const x4s_ike_method *method = x4_method((uint16_t)auth);
        if (method)
            assert_int_equal(method->key != 0, method->signers != 0);
    }
    assert_int_equal(x4_method(x4c_ike_auth_ecdsa521)->key, x4c_key_ecdsa521);
    assert_int_equal(x4_method(x4c_ike_auth_hybrid_init_rsa)->key, x4c_key_rsa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
