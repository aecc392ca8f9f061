/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"
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

struct told {
    char names[8][64];
    size_t lens[8];
    size_t count;
};

static void on_trace(void *userdata, const x4s_trace_event *event)
{
    struct told *told = userdata;
    assert_string_equal(event->name, "vendor-id");
    assert_true(told->count < x4m_countof(told->names));
    strcpy(told->names[told->count], event->fields[0].text);
    told->lens[told->count++] = event->fields[1].bytes.len;
}

/* A client of Windows 10, captured in the field, and a vendor ID that goes on and on. */
static void test_told_by_name(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "01528bbbc00696121849ab9a1c5b2a5100000002", "1e2b516905991c7d7c96fcbfb587e46100000009",
        "4a131c81070358455c5728f20e95452f",         "90cb80913ebb696e086381b5ec427b1f",
        "4048b7d56ebce88525e7de7f00d6c2d3",         "26244d38eddb61b3172a36e3d0cfb819",
    };
    static const char *const names[] = {
        "unknown",       "MS NT5 ISAKMPOAKLEY, Windows 8",
        "RFC 3947",      "draft-ietf-ipsec-nat-t-ike-02\\n",
        "FRAGMENTATION", "Vid-Initial-Contact",
        "unknown",
    };
    struct told told = {0};
    x4s_charon charon = {
        .config = {.trace = on_trace, .trace_level = x4c_trace_debug, .userdata = &told}};
    uint8_t bytes[x4m_countof(names)][256] = {0};
    x4s_ike_message message = {.count = x4m_countof(names)};
    for (size_t i = 0; i < message.count; i++) {
        size_t len = i < x4m_countof(ids) ? hex_read(ids[i], bytes[i], sizeof(bytes[i])) : 256;
        message.payloads[i].type = x4c_payload_vid;
        message.payloads[i].body = (x4s_chunk){bytes[i], len};
    }
    assert_int_equal(x4_vendor_abilities(&charon, &message),
                     x4c_ike_natt_rfc | x4c_ike_natt_02n | x4c_ability_fragments);
    assert_int_equal(told.count, message.count);
    for (size_t i = 0; i < message.count; i++)
        assert_string_equal(told.names[i], names[i]);
    assert_int_equal(told.lens[0], 20);
    assert_int_equal(told.lens[6], 64);

    charon.config.trace_level = x4c_trace_info;
    assert_true(x4_vendor_abilities(&charon, &message) & x4c_ability_fragments);
    assert_int_equal(told.count, message.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fitting),
        cmocka_unit_test(test_hashes_of_their_texts),
        cmocka_unit_test(test_recognised),
        cmocka_unit_test(test_told_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
