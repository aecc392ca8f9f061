/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/message.h"

/* Three payloads: VID of 2 bytes, an empty notify, a nonce of 3. */
static const uint8_t three[] = {
    1,  2,  3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* cookies */
    13, 16, 2, 0, 0, 0, 0, 5, 0, 0,  0,  45,                 /* first to length */
    11, 0,  0, 6, 7, 7,                                      /* VID */
    10, 0,  0, 4,                                            /* notify */
    0,  0,  0, 7, 9, 9, 9,                                   /* nonce */
};

enum {
    VID_AT = 28,
    NOTIFY_AT = 34,
    NONCE_AT = 38,
};

/* A message in memory of exactly its size, so that reading on shows. */
struct datagram {
    uint8_t *data;
    x4s_ike_message message;
};

static struct datagram datagram_of(const uint8_t *bytes, size_t len)
{
    struct datagram d = {.data = malloc(len + !len)};
    assert_non_null(d.data);
    memcpy(d.data, bytes, len);
    d.message.raw = (x4s_chunk){d.data, len};
    return d;
}

static x4e_ike_reason header_of(const uint8_t *bytes, size_t len)
{
    struct datagram d = datagram_of(bytes, len);
    x4e_ike_reason reason = x4_message_header(&d.message);
    free(d.data);
    return reason;
}

/* Takes the chain apart that begins with a payload of the type. */
static x4e_ike_reason parse(struct datagram *d, uint8_t first, bval padded)
{
    d->message.header.first = first;
    return x4_message_payloads(&d->message, d->message.raw, padded);
}

static x4e_ike_reason chain_of(const uint8_t *bytes, size_t len, uint8_t first, bval padded)
{
    struct datagram d = datagram_of(bytes, len);
    x4e_ike_reason reason = parse(&d, first, padded);
    free(d.data);
    return reason;
}

/* ------------------------------------------------------------------ header */

static void test_header_fields(void **state)
{
    (void)state;
    struct datagram d = datagram_of(three, sizeof(three));
    assert_int_equal(x4_message_header(&d.message), x4c_ike_none);
    const x4s_ike_header *h = &d.message.header;
    assert_memory_equal(h->cookies, three, sizeof(h->cookies));
    assert_int_equal(h->first, x4c_payload_vid);
    assert_int_equal(h->exchange, x4c_exchange_main);
    assert_int_equal(h->flags, 0);
    assert_int_equal(h->message_id, 5);
    free(d.data);
}

static void test_header_truncated(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(three); len++)
        assert_int_equal(header_of(three, len),
                         len < x4c_isakmp_header ? x4c_ike_short_message : x4c_ike_bad_length);
    assert_int_equal(header_of(three, sizeof(three)), x4c_ike_none);
}

static void test_header_length(void **state) /* req 2408-5.1-1 2408-5.1-2 */
{
    (void)state;
    static const uint32_t wrong[] = {0,
                                     1,
                                     3,
                                     4,
                                     27,
                                     28,
                                     sizeof(three) - 1,
                                     sizeof(three) + 1,
                                     56,
                                     84,
                                     0x2d000000,
                                     UINT32_MAX,
                                     0x8000002d,
                                     0x1002d00,
                                     0x1002d};
    for (size_t i = 0; i < x4m_countof(wrong); i++) {
        uint8_t bytes[sizeof(three)];
        memcpy(bytes, three, sizeof(three));
        for (int k = 0; k < 4; k++)
            bytes[24 + k] = (uint8_t)(wrong[i] >> (24 - 8 * k));
        assert_int_equal(header_of(bytes, sizeof(bytes)), x4c_ike_bad_length);
    }
}

static void test_header_version(void **state) /* req 2408-3.1-2 2408-3.1-4 2408-5.2-4 */
{
    (void)state;
    for (unsigned version = 0; version <= UINT8_MAX; version++) {
        uint8_t bytes[sizeof(three)];
        memcpy(bytes, three, sizeof(three));
        bytes[17] = (uint8_t)version;
        assert_int_equal(header_of(bytes, sizeof(bytes)),
                         version == 0x10 ? x4c_ike_none : x4c_ike_bad_version);
    }
}

static void test_header_without_initiator_cookie(void **state) /* req 2408-2.4-1 2408-5.2-2 */
{
    (void)state;
    uint8_t bytes[sizeof(three)];
    memcpy(bytes, three, sizeof(three));
    memset(bytes + 8, 0, 8); /* the responder's may be zero */
    assert_int_equal(header_of(bytes, sizeof(bytes)), x4c_ike_none);
    memset(bytes, 0, 7);
    assert_int_equal(header_of(bytes, sizeof(bytes)), x4c_ike_none);
    bytes[7] = 0;
    assert_int_equal(header_of(bytes, sizeof(bytes)), x4c_ike_bad_cookie);
}

/* ------------------------------------------------------------------ payloads */

static const uint8_t *const chain = three + x4c_isakmp_header;
static const size_t chain_len = sizeof(three) - x4c_isakmp_header;

static void test_payloads_are_found(void **state)
{
    (void)state;
    struct datagram d = datagram_of(chain, chain_len);
    assert_int_equal(parse(&d, x4c_payload_vid, bfalse), x4c_ike_none);
    const x4s_ike_message *m = &d.message;
    assert_int_equal(m->count, 3);
    assert_int_equal(m->payloads[0].type, x4c_payload_vid);
    assert_int_equal(m->payloads[0].body.len, 2);
    assert_ptr_equal(m->payloads[0].body.data, d.data + 4);
    assert_int_equal(m->payloads[1].type, x4c_payload_notify);
    assert_int_equal(m->payloads[1].body.len, 0);
    assert_ptr_equal(m->payloads[1].body.data, d.data + 10); /* an empty body keeps its place */
    assert_int_equal(m->payloads[2].type, x4c_payload_nonce);
    assert_memory_equal(m->payloads[2].body.data, "\x09\x09\x09", 3);
    free(d.data);
}

static void test_payloads_truncated(void **state)
{
    (void)state;
    for (size_t len = 0; len < chain_len; len++) {
        assert_int_equal(chain_of(chain, len, x4c_payload_vid, bfalse), x4c_ike_malformed);
        assert_int_equal(chain_of(chain, len, x4c_payload_vid, btrue), x4c_ike_malformed);
    }
}

/* Each length field with each of 0, 1, 3, 4, all that is left and one more. */
static void test_payload_lengths(void **state) /* req 2408-5.3-2 */
{
    (void)state;
    static const size_t fields[] = {VID_AT + 2 - x4c_isakmp_header,
                                    NOTIFY_AT + 2 - x4c_isakmp_header,
                                    NONCE_AT + 2 - x4c_isakmp_header};
    for (size_t i = 0; i < x4m_countof(fields); i++) {
        size_t left = chain_len - fields[i] + 2;
        const size_t lengths[] = {0, 1, 3, 4, left, left + 1, UINT16_MAX};
        for (size_t k = 0; k < x4m_countof(lengths); k++) {
            uint8_t bytes[sizeof(three)];
            memcpy(bytes, chain, chain_len);
            if (bytes[fields[i] + 1] == lengths[k])
                continue; /* what it was */
            bytes[fields[i]] = (uint8_t)(lengths[k] >> 8);
            bytes[fields[i] + 1] = (uint8_t)lengths[k];
            assert_int_equal(chain_of(bytes, chain_len, x4c_payload_vid, bfalse),
                             x4c_ike_malformed);
        }
    }
}

static void test_bytes_behind_the_chain_are_padding_or_malformed(void **state)
{
    (void)state;
    static const uint8_t nonce_and_more[] = {0, 0, 0, 6, 1, 2, 0, 0, 0};
    for (size_t len = 7; len <= sizeof(nonce_and_more); len++) {
        assert_int_equal(chain_of(nonce_and_more, len, x4c_payload_nonce, bfalse),
                         x4c_ike_malformed);
        assert_int_equal(chain_of(nonce_and_more, len, x4c_payload_nonce, btrue), x4c_ike_none);
    }
}

static void test_a_message_needs_a_payload(void **state)
{
    (void)state;
    assert_int_equal(chain_of(chain, 0, x4c_payload_none, bfalse), x4c_ike_missing_payload);
    assert_int_equal(chain_of(chain, chain_len, x4c_payload_none, btrue), x4c_ike_missing_payload);
    /* One that is left out is none. */
    assert_int_equal(chain_of((const uint8_t *)"\0\0\0\4", 4, 132, bfalse),
                     x4c_ike_missing_payload);
}

static void test_reserved_bytes_do_not_matter(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 0xff, 0, 5, 1};
    assert_int_equal(chain_of(bytes, sizeof(bytes), x4c_payload_nonce, bfalse), x4c_ike_none);
}

/* Private payload types are walked over, but their lengths count. */
static void test_private_payloads_are_left_out(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {132, 0, 0, 5, 1, 10, 0, 0, 6, 2, 2, 0, 0, 0, 5, 3};
    struct datagram d = datagram_of(bytes, sizeof(bytes));
    assert_int_equal(parse(&d, x4c_payload_hash, bfalse), x4c_ike_none);
    assert_int_equal(d.message.count, 2);
    assert_int_equal(d.message.payloads[0].type, x4c_payload_hash);
    assert_int_equal(d.message.payloads[1].type, x4c_payload_nonce);
    free(d.data);
    for (size_t len = 0; len < sizeof(bytes); len++)
        assert_int_equal(chain_of(bytes, len, x4c_payload_hash, bfalse), x4c_ike_malformed);
}

/* The drafts of NAT traversal had private numbers: what they mean is the same. */
static void test_numbers_of_drafts(void **state)
{
    (void)state;
    static const struct {
        uint8_t draft;
        uint8_t type;
    } numbers[] = {{x4c_payload_nat_d_draft, x4c_payload_nat_d},
                   {x4c_payload_nat_oa_draft, x4c_payload_nat_oa}};
    for (size_t i = 0; i < x4m_countof(numbers); i++) {
        struct datagram d = datagram_of((const uint8_t *)"\0\0\0\5x", 5);
        assert_int_equal(parse(&d, numbers[i].draft, bfalse), x4c_ike_none);
        assert_int_equal(d.message.count, 1);
        assert_int_equal(d.message.payloads[0].type, numbers[i].type);
        free(d.data);
    }
}

/* A chain of VIDs of the length, which may be the last byte of memory. */
static x4e_ike_reason many(size_t payloads)
{
    uint8_t bytes[4 * (x4c_limit_payloads + 1)] = {0};
    for (size_t i = 0; i < payloads; i++) {
        bytes[4 * i] = i + 1 < payloads ? x4c_payload_vid : x4c_payload_none;
        bytes[4 * i + 3] = 4;
    }
    return chain_of(bytes, 4 * payloads, x4c_payload_vid, bfalse);
}

static void test_the_number_of_payloads_is_limited(void **state)
{
    (void)state;
    assert_int_equal(many(1), x4c_ike_none);
    assert_int_equal(many(x4c_limit_payloads), x4c_ike_none);
    assert_int_equal(many(x4c_limit_payloads + 1), x4c_ike_too_many_payloads);
}

/* ------------------------------------------------------------------ shapes and lookups */

static x4s_ike_message message_of(const uint8_t *types, size_t count)
{
    x4s_ike_message message = {.count = (uint8_t)count};
    for (size_t i = 0; i < count; i++)
        message.payloads[i].type = types[i];
    return message;
}

static x4e_ike_reason fits(const char *types)
{
    static const x4s_ike_shape shape = {
        .required = x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce),
        .optional = x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_id),
        .repeated = x4m_bit(x4c_payload_vid),
    };
    const x4s_ike_message message = message_of((const uint8_t *)types, strlen(types));
    return x4_message_fits(&message, &shape);
}

static void test_shapes(void **state) /* req 2408-3.4-1 2408-5.2-3 2408-5.3-2 */
{
    (void)state;
    assert_int_equal(fits("\x04\x0a"), x4c_ike_none);
    assert_int_equal(fits("\x0a\x04"), x4c_ike_none);
    assert_int_equal(fits("\x0d\x04\x0d\x0a\x05\x0d"), x4c_ike_none);
    assert_int_equal(fits(""), x4c_ike_missing_payload);
    assert_int_equal(fits("\x04"), x4c_ike_missing_payload);
    assert_int_equal(fits("\x0a\x0d"), x4c_ike_missing_payload);
    assert_int_equal(fits("\x04\x0a\x04"), x4c_ike_duplicate_payload);
    assert_int_equal(fits("\x04\x0a\x05\x05"), x4c_ike_duplicate_payload);
    assert_int_equal(fits("\x04\x0a\x08"), x4c_ike_unexpected_payload);
}

/* Types that no bit stands for: 32 must not be taken for 0, nor 36 for 4. */
static void test_types_beyond_the_bits_do_not_fit(void **state)
{
    (void)state;
    for (unsigned type = 32; type < x4c_payload_private; type++) {
        const uint8_t types[] = {x4c_payload_ke, x4c_payload_nonce, (uint8_t)type};
        const x4s_ike_message message = message_of(types, 3);
        const x4s_ike_shape all = {.required = 0, .optional = UINT32_MAX, .repeated = UINT32_MAX};
        assert_int_equal(x4_message_fits(&message, &all), x4c_ike_unexpected_payload);
    }
}

static void test_payloads_are_looked_up(void **state)
{
    (void)state;
    static const uint8_t types[] = {x4c_payload_hash, x4c_payload_id, x4c_payload_vid,
                                    x4c_payload_id};
    x4s_ike_message message = message_of(types, x4m_countof(types));
    message.payloads[1].body = (x4s_chunk){types, 2};
    assert_ptr_equal(x4_message_find(&message, x4c_payload_id, 0), &message.payloads[1]);
    assert_ptr_equal(x4_message_find(&message, x4c_payload_id, 1), &message.payloads[3]);
    assert_null(x4_message_find(&message, x4c_payload_id, 2));
    assert_null(x4_message_find(&message, x4c_payload_ke, 0));
    assert_ptr_equal(x4_message_body(&message, x4c_payload_id).data, types);
    assert_int_equal(x4_message_body(&message, x4c_payload_id).len, 2);
    assert_null(x4_message_body(&message, x4c_payload_ke).data);
    assert_int_equal(x4_message_body(&message, x4c_payload_ke).len, 0);
}

static void test_what_hashes_cover(void **state)
{
    (void)state;
    /* HASH of 2 bytes, nonce of 1, an empty notify, 3 bytes of padding */
    static const uint8_t bytes[] = {10, 0, 0, 6, 1, 1, 11, 0, 0, 5, 2, 0, 0, 0, 4, 0, 0, 0};
    struct datagram d = datagram_of(bytes, sizeof(bytes));
    assert_int_equal(parse(&d, x4c_payload_hash, btrue), x4c_ike_none);
    x4s_chunk covered = x4_message_after_first(&d.message);
    assert_ptr_equal(covered.data, d.data + 6);
    assert_int_equal(covered.len, 9);
    free(d.data);

    static const uint8_t alone[] = {0, 0, 0, 6, 1, 1, 0, 0};
    d = datagram_of(alone, sizeof(alone));
    assert_int_equal(parse(&d, x4c_payload_hash, btrue), x4c_ike_none);
    assert_int_equal(x4_message_after_first(&d.message).len, 0);
    free(d.data);
}

/* ------------------------------------------------------------------ building */

static const x4s_ike_header header = {
    .cookies = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .exchange = x4c_exchange_main,
    .message_id = 5,
};

static bval build_three(x4s_ike_build *build, uint8_t *buffer, size_t size, size_t block)
{
    x4_build_begin(build, buffer, size, &header);
    x4_build_body(build, x4c_payload_vid, (x4s_chunk){(const uint8_t *)"\7\7", 2});
    x4_build_payload(build, x4c_payload_notify);
    x4_build_payload(build, x4c_payload_nonce);
    x4_writer_u8(&build->w, 9);
    x4_writer_u16(&build->w, 0x0909);
    return x4_build_end(build, block);
}

/* req 2408-2.5.2-1 2408-5.3-1 2408-3.1-1 2408-3.1-3 */
static void test_a_message_is_built(void **state)
{
    (void)state;
    uint8_t buffer[64];
    x4s_ike_build build;
    assert_true(build_three(&build, buffer, sizeof(buffer), 0));
    assert_int_equal(x4_writer_len(&build.w), sizeof(three));
    assert_memory_equal(buffer, three, sizeof(three));
}

/* 17 bytes of payloads are padded to whole blocks; whole blocks are not. */
static void test_a_message_is_padded(void **state) /* req 2409-B-1 2409-B-2 */
{
    (void)state;
    static const struct {
        size_t block;
        size_t len;
    } cases[] = {{0, 45}, {8, 52}, {16, 60}, {17, 45}};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t buffer[64];
        memset(buffer, 0xff, sizeof(buffer));
        x4s_ike_build build;
        assert_true(build_three(&build, buffer, sizeof(buffer), cases[i].block));
        assert_int_equal(x4_writer_len(&build.w), cases[i].len);
        assert_int_equal(buffer[27], cases[i].len);
        for (size_t at = sizeof(three); at < cases[i].len; at++)
            assert_int_equal(buffer[at], 0);
        assert_int_equal(header_of(buffer, cases[i].len), x4c_ike_none);
    }
}

static void test_closing_twice_changes_nothing(void **state)
{
    (void)state;
    uint8_t buffer[64];
    x4s_ike_build build;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_build_body(&build, x4c_payload_nonce, (x4s_chunk){(const uint8_t *)"abc", 3});
    x4_build_close(&build);
    assert_int_equal(x4_writer_len(&build.w), 35);
    x4_build_close(&build);
    assert_true(x4_build_end(&build, 0));
    assert_int_equal(buffer[31], 7);
    assert_int_equal(chain_of(buffer + 28, 7, buffer[16], bfalse), x4c_ike_none);
}

/* A buffer of every size that is too small; nothing is written behind its end. */
static void test_short_buffers_fail(void **state)
{
    (void)state;
    for (size_t size = 0; size < 60; size++) {
        uint8_t *buffer = malloc(size + !size);
        assert_non_null(buffer);
        x4s_ike_build build;
        assert_false(build_three(&build, buffer, size, 16));
        assert_int_equal(build_three(&build, buffer, size, 0), size >= sizeof(three));
        free(buffer);
    }
}

static void test_a_payload_longer_than_its_field_fails(void **state)
{
    (void)state;
    static uint8_t body[UINT16_MAX];
    static uint8_t buffer[2 * UINT16_MAX];
    x4s_ike_build build;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_build_body(&build, x4c_payload_vid, (x4s_chunk){body, UINT16_MAX - x4c_isakmp_generic});
    x4_build_close(&build);
    assert_false(build.w.failed);
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_build_body(&build, x4c_payload_vid, (x4s_chunk){body, UINT16_MAX - x4c_isakmp_generic + 1});
    assert_false(x4_build_end(&build, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_header_truncated),
        cmocka_unit_test(test_header_length),
        cmocka_unit_test(test_header_version),
        cmocka_unit_test(test_header_without_initiator_cookie),
        cmocka_unit_test(test_payloads_are_found),
        cmocka_unit_test(test_payloads_truncated),
        cmocka_unit_test(test_payload_lengths),
        cmocka_unit_test(test_bytes_behind_the_chain_are_padding_or_malformed),
        cmocka_unit_test(test_a_message_needs_a_payload),
        cmocka_unit_test(test_reserved_bytes_do_not_matter),
        cmocka_unit_test(test_private_payloads_are_left_out),
        cmocka_unit_test(test_numbers_of_drafts),
        cmocka_unit_test(test_the_number_of_payloads_is_limited),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_types_beyond_the_bits_do_not_fit),
        cmocka_unit_test(test_payloads_are_looked_up),
        cmocka_unit_test(test_what_hashes_cover),
        cmocka_unit_test(test_a_message_is_built),
        cmocka_unit_test(test_a_message_is_padded),
        cmocka_unit_test(test_closing_twice_changes_nothing),
        cmocka_unit_test(test_short_buffers_fail),
        cmocka_unit_test(test_a_payload_longer_than_its_field_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
