/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/algorithm_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void test_phase1(void **state)
{
    (void)state;
    assert_string_equal(hub_name_cipher(x4c_cipher_aes), "AES_CBC");
    assert_string_equal(hub_name_hash_integ(x4c_hash_sha256), "HMAC_SHA2_256_128");
    assert_string_equal(hub_name_prf(x4c_hash_sha1), "PRF_HMAC_SHA1");
    assert_string_equal(hub_name_group(x4c_group_ecp256), "ECP_256");
    assert_null(hub_name_group(x4c_group_none));
    assert_null(hub_name_cipher(0));
}

static void test_phase2(void **state)
{
    (void)state;
    x4s_ike_transform2 suite = {.esp = x4c_ike_esp_aes_gcm16};
    assert_string_equal(hub_name_esp(&suite), "AES_GCM_16");
    assert_null(hub_name_integ(&suite));
    suite.integ = x4c_ike_integ_hmac_sha256;
    assert_string_equal(hub_name_integ(&suite), "HMAC_SHA2_256_128");
    suite.truncated = btrue;
    assert_string_equal(hub_name_integ(&suite), "HMAC_SHA2_256_96");
    suite.protocol = x4c_ike_protocol_ah;
    assert_null(hub_name_esp(&suite));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1),
        cmocka_unit_test(test_phase2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
