/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "shard/config/proposal.h"

/* What the configuration reads is what the log says. */
static void test_phase1_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "aes128-sha256-modp2048",        "aes192-sha384-ecp384",
        "aes256-sha512-ecp521",          "3des-md5-modp768",
        "aes128-sha1-modp1024",          "aes128-sha256-modp1536",
        "aes128-sha256-modp3072",        "aes128-sha256-modp4096",
        "aes128-sha256-modp6144",        "aes128-sha256-modp8192",
        "aes128-sha256-ecp256",          "des-md5-ecp192",
        "camellia128-sha1-modp1024s160", "camellia192-sha1-modp2048s224",
        "camellia256-sha1-modp2048s256", "aes128-sha1-ecp224",
        "aes128-sha1-ecp224bp",          "aes128-sha1-ecp256bp",
        "aes128-sha1-ecp384bp",          "aes128-sha1-ecp512bp",
        "aes128-sha256-curve25519",      "aes128-sha256-curve448",
    };
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        x4s_ike_transform1 transforms[x4c_ike_transforms1_max];
        size_t count;
        char problem[HUB_PROPOSAL_PROBLEM];
        char text[HUB_SUITE_TEXT];
        assert_true(hub_proposal_phase1(texts[i], transforms, &count, problem));
        assert_string_equal(hub_suite_phase1(&transforms[0], text), texts[i]);
    }
}

static void test_phase2_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "aes128-sha256", "aes192-sha384",     "aes256-sha512",   "3des-md5",
        "null-sha1",     "aes128gcm16",       "aes192gcm16",     "aes256gcm16",
        "des-sha1",      "aes128ctr-aesxcbc", "aes192ccm8",      "aes256ccm12",
        "aes128ccm16",   "aes256gcm8",        "aes128gcm12-esn", "camellia192-sha256-esn",
        "aes256gmac",
    };
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        x4s_ike_transform2 transforms[x4c_ike_transforms2_max];
        size_t count;
        char problem[HUB_PROPOSAL_PROBLEM];
        char text[HUB_SUITE_TEXT];
        assert_true(hub_proposal_phase2(texts[i], transforms, &count, problem));
        assert_string_equal(hub_suite_phase2(&transforms[0], text), texts[i]);
    }
}

static void test_ipcomp(void **state)
{
    (void)state;
    assert_string_equal(hub_suite_ipcomp(x4c_ike_ipcomp_none), "none");
    assert_string_equal(hub_suite_ipcomp(x4c_ike_ipcomp_deflate), "deflate");
    assert_string_equal(hub_suite_ipcomp(x4c_ike_ipcomp_lzs), "lzs");
}

static void test_ah(void **state)
{
    (void)state;
    static const char *const texts[] = {"sha1", "aesxcbc", "aes192gmac", "md5-esn"};
    for (size_t i = 0; i < x4m_countof(texts); i++) {
        x4s_ike_transform2 transforms[x4c_ike_transforms2_max];
        size_t count;
        char problem[HUB_PROPOSAL_PROBLEM];
        char text[HUB_SUITE_TEXT];
        assert_true(hub_proposal_ah(texts[i], transforms, &count, problem));
        hub_suite_phase2(&transforms[0], text);
        assert_memory_equal(text, "ah-", 3);
        assert_string_equal(text + 3, texts[i]);
    }
}

static void test_groups(void **state)
{
    (void)state;
    assert_string_equal(hub_suite_group(x4c_group_none), "none");
    assert_string_equal(hub_suite_group(x4c_group_ecp256), "ecp256");
    assert_string_equal(hub_suite_group(99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1_reads_back),
        cmocka_unit_test(test_phase2_reads_back),
        cmocka_unit_test(test_ah),
        cmocka_unit_test(test_ipcomp),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
