/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/proposal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "cipher.bits/hash/group ..." in the numbers of charon.h. */
static const char *phase1(const char *text, char out[1024])
{
    x4s_ike_transform1 list[x4c_ike_transforms1_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    if (!hub_proposal_phase1(text, list, &count, problem))
        return strcpy(out, problem);
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].auth, x4c_ike_auth_psk);
        assert_int_equal(list[i].life_sec, 0);
        used += (size_t)snprintf(out + used, 1024 - used, "%s%u.%u/%u/%u", i ? " " : "",
                                 list[i].cipher, list[i].key_bits, list[i].hash, list[i].group);
    }
    return out;
}

/* "esp.bits/integ/group ...". */
static const char *phase2(const char *text, char out[1024])
{
    x4s_ike_transform2 list[x4c_ike_transforms2_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    if (!hub_proposal_phase2(text, list, &count, problem))
        return strcpy(out, problem);
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, 1024 - used, "%s%u.%u/%u/%u", i ? " " : "",
                                 list[i].esp, list[i].key_bits, list[i].integ, list[i].group);
    return out;
}

/* "protocol/integ/group/esn ..."; what is not of AH is 0. */
static const char *ah(const char *text, char out[1024])
{
    x4s_ike_transform2 list[x4c_ike_transforms2_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    if (!hub_proposal_ah(text, list, &count, problem))
        return strcpy(out, problem);
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].esp, 0);
        assert_int_equal(list[i].key_bits, 0);
        used += (size_t)snprintf(out + used, 1024 - used, "%s%u/%u/%u/%d", i ? " " : "",
                                 list[i].protocol, list[i].integ, list[i].group, list[i].esn);
    }
    return out;
}

struct text_case {
    const char *text;
    const char *expected;
};

static void run(const struct text_case *cases, size_t count,
                const char *(*read)(const char *text, char out[1024]))
{
    for (size_t i = 0; i < count; i++) {
        char out[1024];
        assert_string_equal(read(cases[i].text, out), cases[i].expected);
    }
}

#define RUN(cases, read) run(cases, sizeof(cases) / sizeof((cases)[0]), read)

static void phase1_keywords(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"aes128-sha256-modp2048", "7.128/4/14"},
        {"aes192-sha384-modp3072", "7.192/5/15"},
        {"aes256-sha512-ecp521", "7.256/6/21"},
        {"3des-md5-modp1024", "5.0/1/2"},
        {"aes-sha-modp768", "7.128/2/1"},
        {"aes128-sha1-modp1536", "7.128/2/5"},
        {"aes128-sha2_256-modp4096", "7.128/4/16"},
        {"aes128-sha2_384-modp6144", "7.128/5/17"},
        {"aes128-sha2_512-modp8192", "7.128/6/18"},
        {"aes128-sha1-ecp256", "7.128/2/19"},
        {"aes128-sha1-ecp384", "7.128/2/20"},
        {"sha1-ecp384-aes128", "7.128/2/20"},
        {"camellia128-sha1-ecp192", "8.128/2/25"},
        {"camellia192-sha1-ecp224", "8.192/2/26"},
        {"camellia256-sha1-ecp224bp", "8.256/2/27"},
        {"camellia-sha1-ecp256bp", "8.128/2/28"},
        {"des-md5-modp1024s160", "1.0/1/22"},
        {"aes-sha1-modp2048s224", "7.128/2/23"},
        {"aes-sha1-modp2048s256", "7.128/2/24"},
        {"aes-sha1-ecp384bp", "7.128/2/29"},
        {"aes-sha1-ecp512bp", "7.128/2/30"},
        {"aes-sha1-curve25519", "7.128/2/31"},
        {"aes-sha1-x25519", "7.128/2/31"},
        {"aes-sha1-curve448-x448", "7.128/2/32"},
    };
    RUN(cases, phase1);
}

static void phase1_combinations(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"aes256-aes128-sha256-sha1-modp2048-ecp256",
         "7.256/4/14 7.256/4/19 7.256/2/14 7.256/2/19 7.128/4/14 7.128/4/19 7.128/2/14 7.128/2/19"},
        {"aes128-sha1-modp2048, aes256-sha1-modp2048", "7.128/2/14 7.256/2/14"},
        {"aes128-sha1-modp2048,\n aes128-sha1-modp2048 ", "7.128/2/14"},
        {"aes-aes128-sha1-modp2048", "7.128/2/14"},
        {"aes128-sha256-prfsha256-modp2048", "7.128/4/14"},
        {"aes128-sha256-sha1-prfsha1-prfsha256-modp2048", "7.128/4/14 7.128/2/14"},
    };
    RUN(cases, phase1);
}

static void phase1_refusals(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"", "expected algorithms joined by single dashes, found ''"},
        {"aes128--sha1", "expected algorithms joined by single dashes, found 'aes128--sha1'"},
        {"aes128-sha1-modp2048,", "expected algorithms joined by single dashes, found ''"},
        {"aes128-sha1", "expected a cipher, a hash and a Diffie-Hellman group, found "
                        "'aes128-sha1'"},
        {"aes128-modp2048", "expected a cipher, a hash and a Diffie-Hellman group, found "
                            "'aes128-modp2048'"},
        {"sha1-modp2048", "expected a cipher, a hash and a Diffie-Hellman group, found "
                          "'sha1-modp2048'"},
        {"aes129-sha1-modp2048", "'aes129' is unknown or not supported: expected algorithms like "
                                 "aes256, sha256, modp2048, found 'aes129-sha1-modp2048'"},
        {"AES128-sha1-modp2048", "'AES128' is unknown or not supported: expected algorithms like "
                                 "aes256, sha256, modp2048, found 'AES128-sha1-modp2048'"},
        {"aes128gcm16-prfsha1-modp2048",
         "expected a CBC cipher: IKEv1 has no authenticated "
         "ciphers in phase 1, found 'aes128gcm16-prfsha1-modp2048'"},
        {"null-sha1-modp2048", "expected no null: it is of IPsec only, found "
                               "'null-sha1-modp2048'"},
        {"aes128ctr-sha1-modp2048", "expected no aes128ctr: it is of IPsec only, found "
                                    "'aes128ctr-sha1-modp2048'"},
        {"aes128-aesxcbc-modp2048", "expected no aesxcbc: it is of IPsec only, found "
                                    "'aes128-aesxcbc-modp2048'"},
        {"aes128-sha1-prfsha256-modp2048", "expected the PRF of the same hash: IKEv1 has no other, "
                                           "found 'aes128-sha1-prfsha256-modp2048'"},
        {"aes128-sha1-sha256-prfsha256-modp2048",
         "expected the PRF of the same hash: IKEv1 has no other, found "
         "'aes128-sha1-sha256-prfsha256-modp2048'"},
        {"aes128-sha1-modp2048-noesn", "expected no sequence numbers: they are of IPsec only, "
                                       "found 'aes128-sha1-modp2048-noesn'"},
        {"aes128-aes192-aes256-3des-sha1-sha256-sha384-modp2048-modp3072-ecp256",
         "expected at most 32 combinations, found "
         "'aes128-aes192-aes256-3des-sha1-sha256-sha384-modp2048-modp3072-ecp256'"},
        {"aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes",
         "expected at most 16 algorithms of a kind, found "
         "'aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes-aes'"},
    };
    RUN(cases, phase1);
}

static void phase2_keywords(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"aes128-sha256", "12.128/5/0"},
        {"aes256-sha1-modp2048", "12.256/2/14"},
        {"3des-md5", "3.0/1/0"},
        {"null-sha256", "11.0/5/0"},
        {"aes192-sha384", "12.192/6/0"},
        {"aes192-sha512-noesn", "12.192/7/0"},
        {"aes128gcm16", "20.128/0/0"},
        {"aes256gcm16-modp2048", "20.256/0/14"},
        {"aes192gcm128-ecp384", "20.192/0/20"},
        {"aes128gcm16-aes256gcm16,aes128-sha1", "20.128/0/0 20.256/0/0 12.128/2/0"},
        {"des-md5", "2.0/1/0"},
        {"camellia256-aesxcbc-ecp224bp", "22.256/9/27"},
        {"aes192ctr-sha1", "13.192/2/0"},
        {"aes128ccm8-aes192ccm12-aes256ccm16", "14.128/0/0 15.192/0/0 16.256/0/0"},
        {"aes128ccm64-aes192ccm96-aes256ccm128", "14.128/0/0 15.192/0/0 16.256/0/0"},
        {"aes128gcm8-aes192gcm12-aes256gcm16", "18.128/0/0 19.192/0/0 20.256/0/0"},
        {"aes128gcm64-aes192gcm96-aes256gcm128", "18.128/0/0 19.192/0/0 20.256/0/0"},
        {"aes128gmac-aes192gmac-aes256gmac", "23.128/0/0 23.192/0/0 23.256/0/0"},
        {"aes128-aes256-sha1-sha256", "12.128/2/0 12.128/5/0 12.256/2/0 12.256/5/0"},
    };
    RUN(cases, phase2);
}

static void phase2_first_group_first(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"aes128-sha1-modp2048-ecp256,aes256-sha1,aes256-sha1-modp2048",
         "12.128/2/14 12.256/2/14 12.128/2/19 12.256/2/0"},
    };
    RUN(cases, phase2);
}

static void phase2_refusals(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"aes128", "expected a cipher and a hash, or an authenticated cipher like aes128gcm16, "
                   "found 'aes128'"},
        {"null", "expected a cipher and a hash, or an authenticated cipher like aes128gcm16, "
                 "found 'null'"},
        {"sha1-modp2048", "expected a cipher and a hash, or an authenticated cipher like "
                          "aes128gcm16, found 'sha1-modp2048'"},
        {"aes128gcm16-sha1", "expected an authenticated cipher alone: put others in a proposal of "
                             "their own, after a comma, found 'aes128gcm16-sha1'"},
        {"aes128-sha1-prfsha1", "expected no PRF: it is of phase 1, found 'aes128-sha1-prfsha1'"},
        {"aes128gcm9", "'aes128gcm9' is unknown or not supported: expected algorithms like aes256, "
                       "sha256, modp2048, found 'aes128gcm9'"},
        {"aes128ccm8-sha1", "expected an authenticated cipher alone: put others in a proposal of "
                            "their own, after a comma, found 'aes128ccm8-sha1'"},
    };
    RUN(cases, phase2);
}

static void extended_sequence_numbers(void **state)
{
    (void)state;
    x4s_ike_transform2 list[x4c_ike_transforms2_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;
    assert_true(hub_proposal_phase2("aes128-sha1-esn-noesn,aes128gcm16", list, &count, problem));
    assert_int_equal(count, 3);
    assert_true(list[0].esn);
    assert_false(list[1].esn);
    assert_false(list[2].esn);
    assert_int_equal(list[1].esp, x4c_ike_esp_aes_cbc);
}

static void ah_keywords(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        {"md5", "1/1/0/0"},
        {"sha1-sha256-modp2048", "1/2/14/0 1/5/14/0"},
        {"sha384-esn,sha512", "1/6/0/1 1/7/0/0"},
        {"aesxcbc", "1/9/0/0"},
        {"aes128gmac-aes192gmac-aes256gmac-ecp256", "1/11/19/0 1/12/19/0 1/13/19/0"},
        {"default", "1/5/0/0 1/6/0/0 1/7/0/0 1/2/0/0"},
        {"aes128-sha1", "expected no cipher: AH does not encrypt, found 'aes128-sha1'"},
        {"aes128gcm16", "expected no aes128gcm16: AH does not encrypt, found 'aes128gcm16'"},
        {"sha1-prfsha1", "expected no PRF: it is of phase 1, found 'sha1-prfsha1'"},
        {"modp2048", "expected a hash or a GMAC like aes128gmac, found 'modp2048'"},
        {"sha1-aes128gmac", "expected a hash or a GMAC like aes128gmac, found 'sha1-aes128gmac'"},
    };
    RUN(cases, ah);
}

static void defaults(void **state)
{
    (void)state;
    x4s_ike_transform1 one[x4c_ike_transforms1_max];
    x4s_ike_transform2 two[x4c_ike_transforms2_max];
    char problem[HUB_PROPOSAL_PROBLEM];
    size_t count;

    assert_true(hub_proposal_phase1("default", one, &count, problem));
    assert_int_equal(count, 32);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(one[i].cipher, x4c_cipher_aes);
        assert_int_not_equal(one[i].hash, x4c_hash_md5);
        assert_true(one[i].group >= x4c_group_modp2048);
    }
    assert_true(hub_proposal_phase2("default", two, &count, problem));
    assert_int_equal(count, 10);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(two[i].esp, x4c_ike_esp_3des);
        assert_int_not_equal(two[i].integ, x4c_ike_integ_hmac_md5);
        assert_int_equal(two[i].group, x4c_group_none);
    }
    assert_true(hub_proposal_phase2("3des-md5, default", two, &count, problem));
    assert_int_equal(count, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phase1_keywords),
        cmocka_unit_test(phase1_combinations),
        cmocka_unit_test(phase1_refusals),
        cmocka_unit_test(phase2_keywords),
        cmocka_unit_test(phase2_refusals),
        cmocka_unit_test(phase2_first_group_first),
        cmocka_unit_test(extended_sequence_numbers),
        cmocka_unit_test(ah_keywords),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
