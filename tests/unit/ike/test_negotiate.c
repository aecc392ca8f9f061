/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/negotiate.h"

#define GROUP x4c_group_modp1024

static x4e_ike_reason plausible(size_t nonce_len, size_t ke_len)
{
    static const uint8_t bytes[512];
    const x4s_ike_message message = {
        .count = 2,
        .payloads = {{.type = x4c_payload_ke, .body = {bytes, ke_len}},
                     {.type = x4c_payload_nonce, .body = {bytes, nonce_len}}},
    };
    return x4_neg_plausible(&message, GROUP);
}

static void test_lengths_of_nonces(void **state) /* req 2409-5-8 */
{
    (void)state;
    size_t ke_len = x4_dh_public_size(GROUP);
    assert_int_equal(plausible(0, ke_len), x4c_ike_bad_nonce);
    assert_int_equal(plausible(7, ke_len), x4c_ike_bad_nonce);
    assert_int_equal(plausible(8, ke_len), x4c_ike_none);
    assert_int_equal(plausible(256, ke_len), x4c_ike_none);
    assert_int_equal(plausible(257, ke_len), x4c_ike_bad_nonce);
}

static void test_lengths_of_public_values(void **state) /* req 2409-5-7 2408-5.7-2 */
{
    (void)state;
    assert_int_equal(plausible(16, 0), x4c_ike_bad_ke);
    assert_int_equal(plausible(16, 127), x4c_ike_bad_ke);
    assert_int_equal(plausible(16, 128), x4c_ike_none);
    assert_int_equal(plausible(16, 129), x4c_ike_bad_ke);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_of_nonces),
        cmocka_unit_test(test_lengths_of_public_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
