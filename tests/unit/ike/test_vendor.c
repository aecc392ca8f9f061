/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "x4/crypto/hash.h"
#include "x4/ike/engine.h"
#include "x4/ike/vendor.h"

/* RFC 3947 3.1 and its drafts: the vendor ID is the MD5 of a text. */
static const struct {
    uint32_t ability;
    const char *text;
} hashed[] = {
    {x4c_ike_natt_rfc, "RFC 3947"},
    {x4c_ike_natt_03, "draft-ietf-ipsec-nat-t-ike-03"},
    {x4c_ike_natt_02n, "draft-ietf-ipsec-nat-t-ike-02\n"},
    {x4c_ike_natt_02, "draft-ietf-ipsec-nat-t-ike-02"},
    {x4c_ike_natt_00, "draft-ietf-ipsec-nat-t-ike-00"},
};

static size_t announce(uint32_t abilities, uint8_t *buffer, size_t size)
{
    const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    x4s_ike_build build;
    x4_build_begin(&build, buffer, size, &header);
    x4_vendor_announce(&build, abilities);
    assert_true(x4_build_end(&build, 0));
    return x4_writer_len(&build.w);
}

static void test_hashes_of_their_texts(void **state)
{
    (void)state;
    const char *error;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    assert_non_null(crypto);
    for (size_t i = 0; i < x4m_countof(hashed); i++) {
        uint8_t message[256];
        uint8_t md5[16];
        const x4s_chunk text = {(const uint8_t *)hashed[i].text, strlen(hashed[i].text)};
        size_t len = announce(hashed[i].ability, message, sizeof(message));
        assert_true(x4_hash(crypto, x4c_hash_md5, &text, 1, md5));
        assert_int_equal(len, x4c_isakmp_header + x4c_isakmp_generic + sizeof(md5));
        assert_memory_equal(message + len - sizeof(md5), md5, sizeof(md5));
    }
    x4_crypto_free(crypto);
}

/* What is announced is recognised; bytes behind a vendor ID of fixed length make it another one. */
static void test_recognised(void **state) /* req 3706-5.1-2 */
{
    (void)state;
    static const uint32_t all = x4c_ike_natt_rfc | x4c_ike_natt_03 | x4c_ike_natt_02n |
                                x4c_ike_natt_02 | x4c_ike_natt_00 | x4c_ability_dpd;
    x4s_charon charon = {0};
    uint8_t bytes[512];
    x4s_ike_message message = {.raw = {bytes, announce(all, bytes, sizeof(bytes))}};
    assert_int_equal(x4_message_header(&message), x4c_ike_none);
    const x4s_chunk chain = {bytes + x4c_isakmp_header, message.raw.len - x4c_isakmp_header};
    assert_int_equal(x4_message_payloads(&message, chain, bfalse), x4c_ike_none);
    assert_int_equal(x4_vendor_abilities(&charon, &message), all);
    message.payloads[0].body.len--;
    assert_int_not_equal(x4_vendor_abilities(&charon, &message), all);
    for (size_t i = 0; i < message.count; i++)
        message.payloads[i].body.len = 0;
    assert_int_equal(x4_vendor_abilities(&charon, &message), 0);
}

/* What is needed most comes first, and what does not fit makes room for what is shorter. */
static void test_fitting(void **state)
{
    (void)state;
    enum { LONG = 20, LONGER = 24, SHORT = 12 }; /* payloads with their headers */
    static const uint32_t all = x4c_ike_natt_rfc | x4c_ability_dpd | x4c_ability_fragments |
                                x4c_ability_xauth | x4c_ability_unity;
    static const struct {
        size_t room;
        uint32_t fitting;
    } cases[] = {
        {0, 0},
        {SHORT - 1, 0},
        {SHORT, x4c_ability_xauth},
        {LONG, x4c_ike_natt_rfc},
        {LONG + SHORT, x4c_ike_natt_rfc | x4c_ability_xauth},
        {2 * LONG, x4c_ike_natt_rfc | x4c_ability_dpd},
        {2 * LONG + LONGER - 1, x4c_ike_natt_rfc | x4c_ability_dpd | x4c_ability_xauth},
        {2 * LONG + LONGER, x4c_ike_natt_rfc | x4c_ability_dpd | x4c_ability_fragments},
        {3 * LONG + LONGER + SHORT, all},
        {1000, all},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t bytes[256];
        uint32_t fitting = x4_vendor_fitting(all, cases[i].room);
        assert_int_equal(fitting, cases[i].fitting);
        assert_true(announce(fitting, bytes, sizeof(bytes)) <= x4c_isakmp_header + cases[i].room);
    }
    assert_int_equal(x4_vendor_fitting(x4c_ability_unity, 1000), x4c_ability_unity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fitting),
        cmocka_unit_test(test_hashes_of_their_texts),
        cmocka_unit_test(test_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
