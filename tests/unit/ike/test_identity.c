/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ike/books.h"
#include "x4/ike/identity.h"
#include "x4/ike/limits.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define CHUNK(text) ((x4s_chunk)BYTES(text))

/* Every body lies in memory of exactly its size. */
static x4e_ike_reason parse(x4s_chunk body, x4s_ike_id *id, uint8_t **memory)
{
    *memory = malloc(body.len + !body.len);
    memcpy(*memory, body.data, body.len);
    return x4_identity_parse((x4s_chunk){*memory, body.len}, id);
}

static x4e_ike_reason parse_only(x4s_chunk body)
{
    uint8_t *memory;
    x4s_ike_id id;
    x4e_ike_reason reason = parse(body, &id, &memory);
    free(memory);
    return reason;
}

/* CN=a as DER. */
#define DN                                                                                         \
    "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01"                                         \
    "a"

/* RFC 2407 4.6.2.1, and what each type holds. */
static const struct {
    x4e_ike_id_type type;
    x4s_chunk data;
} good[] = {
    {x4c_ike_id_ipv4, BYTES("\xc0\x00\x02\x01")},
    {x4c_ike_id_fqdn, BYTES("gw.example")},
    {x4c_ike_id_user_fqdn, BYTES("a@example")},
    {x4c_ike_id_ipv4_subnet, BYTES("\x0a\x00\x00\x00\xff\x00\x00\x00")},
    {x4c_ike_id_ipv6, BYTES("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1")},
    {x4c_ike_id_ipv4_range, BYTES("\x0a\x00\x00\x01\x0a\x00\x00\x09")},
    {x4c_ike_id_dn, BYTES(DN)},
    {x4c_ike_id_gn, BYTES("\x82\x01"
                          "a")},
    {x4c_ike_id_key_id, BYTES("\x00group\x00")},
};

static void test_what_is_written_is_read(void **state) /* req 2407-4.6.2-2 2408-3.8-1 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(good); i++) {
        const x4s_ike_id id = {good[i].type, good[i].data};
        uint8_t body[256];
        x4s_writer w = x4_writer(body, sizeof(body));
        assert_true(x4_identity_valid(&id));
        x4_identity_write(&w, &id);
        assert_int_equal(x4_writer_len(&w), x4c_identity_fixed + id.data.len);
        assert_int_equal(body[1] | body[2] | body[3], 0);

        uint8_t *memory;
        x4s_ike_id read;
        assert_int_equal(parse((x4s_chunk){body, x4_writer_len(&w)}, &read, &memory), x4c_ike_none);
        assert_int_equal(read.type, id.type);
        assert_int_equal(read.data.len, id.data.len);
        assert_memory_equal(read.data.data, id.data.data, id.data.len);
        free(memory);
    }
}

static void test_truncation(void **state)
{
    (void)state;
    static const x4e_ike_id_type exact[] = {x4c_ike_id_ipv4, x4c_ike_id_ipv4_subnet,
                                            x4c_ike_id_ipv6, x4c_ike_id_ipv4_range, x4c_ike_id_dn};
    for (size_t i = 0; i < x4m_countof(good); i++) {
        uint8_t body[64] = {(uint8_t)good[i].type};
        memcpy(body + x4c_identity_fixed, good[i].data.data, good[i].data.len);
        for (size_t len = 0; len <= x4c_identity_fixed; len++)
            assert_int_equal(parse_only((x4s_chunk){body, len}), x4c_ike_bad_id);
        for (size_t e = 0; e < x4m_countof(exact); e++)
            for (size_t len = 1; exact[e] == good[i].type && len < good[i].data.len; len++)
                assert_int_equal(parse_only((x4s_chunk){body, x4c_identity_fixed + len}),
                                 x4c_ike_bad_id);
    }
}

static void test_types_that_do_not_exist(void **state) /* req 2408-5.8-2 */
{
    (void)state;
    static const uint8_t types[] = {0, 12, 13, 128, 255};
    for (size_t i = 0; i < x4m_countof(types); i++) {
        const uint8_t body[] = {types[i], 0, 0, 0, 1, 2, 3, 4};
        assert_int_equal(parse_only((x4s_chunk){body, sizeof(body)}), x4c_ike_bad_id);
    }
}

/* A name that ends for C before it ends for the protocol is nobody's. */
static void test_names_with_nul(void **state)
{
    (void)state;
    assert_int_equal(parse_only(CHUNK("\2\0\0\0a\0b")), x4c_ike_bad_id);
    assert_int_equal(parse_only(CHUNK("\3\0\0\0a@b\0")), x4c_ike_bad_id);
    assert_int_equal(parse_only(CHUNK("\13\0\0\0a\0b")), x4c_ike_none);
}

static void test_length_limit(void **state)
{
    (void)state;
    static uint8_t body[x4c_identity_fixed + x4c_limit_id_body + 1] = {x4c_ike_id_key_id};
    assert_int_equal(parse_only((x4s_chunk){body, sizeof(body) - 1}), x4c_ike_none);
    assert_int_equal(parse_only((x4s_chunk){body, sizeof(body)}), x4c_ike_bad_id);
}

/* RFC 2407 4.6.2: both zero, or UDP and 500; behind a NAT 4500, and some name no port. */
static void test_protocol_and_port(void **state) /* req 2407-4.6.2-3 */
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint16_t port;
        x4e_ike_reason reason;
    } cases[] = {
        {0, 0, x4c_ike_none},     {17, 500, x4c_ike_none},  {17, 4500, x4c_ike_none},
        {17, 0, x4c_ike_none},    {0, 500, x4c_ike_bad_id}, {17, 501, x4c_ike_bad_id},
        {6, 500, x4c_ike_bad_id}, {6, 0, x4c_ike_bad_id},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const uint8_t body[] = {x4c_ike_id_ipv4,
                                cases[i].protocol,
                                (uint8_t)(cases[i].port >> 8),
                                (uint8_t)cases[i].port,
                                10,
                                0,
                                0,
                                1};
        assert_int_equal(parse_only((x4s_chunk){body, sizeof(body)}), cases[i].reason);
    }
}

static void test_copies(void **state)
{
    (void)state;
    struct books books = {0};
    const x4s_allocator allocator = books_allocator(&books);
    x4s_ike_identity identity = {0};
    const x4s_ike_id first = {x4c_ike_id_fqdn, CHUNK("one.example")};
    const x4s_ike_id second = {x4c_ike_id_key_id, CHUNK("two")};
    assert_true(x4_identity_copy(&allocator, &identity, &first));
    assert_true(x4_identity_copy(&allocator, &identity, &second)); /* in place of the first */
    assert_int_equal(books.blocks, 1);
    assert_int_equal(x4_identity_view(&identity).type, x4c_ike_id_key_id);
    assert_memory_equal(x4_identity_view(&identity).data.data, "two", 3);

    books.fail_at = books.calls + 1; /* what was there stays */
    assert_false(x4_identity_copy(&allocator, &identity, &first));
    assert_int_equal(x4_identity_view(&identity).data.len, 3);
    x4_identity_free(&allocator, &identity);
    x4_identity_free(&allocator, &identity);
    assert_int_equal(books.blocks, 0);
}

/* ------------------------------------------------------------------ selectors */

static void test_selectors(void **state)
{
    (void)state;
    static const struct {
        x4s_chunk body;
        uint8_t form;
        uint8_t from[4];
        uint8_t to[4];
    } cases[] = {
        {BYTES("\1\x11\x06\xa5\x0a\0\0\1"), x4c_net_address, {10, 0, 0, 1}, {10, 0, 0, 1}},
        {BYTES("\4\0\0\0\x0a\1\0\0\xff\xff\0\0"), x4c_net_subnet, {10, 1, 0, 0}, {10, 1, 255, 255}},
        {BYTES("\7\0\0\0\x0a\0\0\5\x0a\0\0\7"), x4c_net_range, {10, 0, 0, 5}, {10, 0, 0, 7}},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        x4s_net_selector selector;
        uint8_t written[64];
        x4s_writer w = x4_writer(written, sizeof(written));
        assert_int_equal(x4_selector_parse(cases[i].body, &selector), x4c_ike_none);
        assert_int_equal(selector.form, cases[i].form);
        assert_memory_equal(selector.from, cases[i].from, 4);
        assert_memory_equal(selector.to, cases[i].to, 4);
        x4_selector_write(&w, &selector);
        assert_int_equal(x4_writer_len(&w), cases[i].body.len);
        assert_memory_equal(written, cases[i].body.data, cases[i].body.len);
        for (size_t len = 0; len < cases[i].body.len; len++)
            assert_int_equal(x4_selector_parse((x4s_chunk){cases[i].body.data, len}, &selector),
                             x4c_ike_bad_id);
    }
}

/* Masks with holes, ranges that end before they begin, and names select no traffic. */
static void test_what_selects_nothing(void **state)
{
    (void)state;
    static const x4s_chunk bodies[] = {
        BYTES("\4\0\0\0\x0a\1\0\0\xff\0\xff\0"),
        BYTES("\7\0\0\0\x0a\0\0\7\x0a\0\0\5"),
        BYTES("\2\0\0\0host"),
        BYTES("\13\0\0\0key"),
        BYTES("\1\0\0\0\x0a\0\0\1\0"),
        BYTES("\11\0\0\0" DN),
    };
    for (size_t i = 0; i < x4m_countof(bodies); i++) {
        x4s_net_selector selector;
        assert_int_equal(x4_selector_parse(bodies[i], &selector), x4c_ike_bad_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_types_that_do_not_exist),
        cmocka_unit_test(test_names_with_nul),
        cmocka_unit_test(test_length_limit),
        cmocka_unit_test(test_protocol_and_port),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_what_selects_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
