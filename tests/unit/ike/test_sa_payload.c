/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/sa_payload.h"

/* Two proposals: number 1, ESP with SPI abcd and two transforms; number 2, ESP and one. */
static const uint8_t good[] = {
    0, 0, 0, 1,  0, 0,  0, 1,                      /* DOI, situation */
    2, 0, 0, 36, 1, 3,  4, 2, 'a',  'b', 'c', 'd', /* proposal */
    3, 0, 0, 12, 1, 12, 0, 0, 0x80, 4,   0,   1,   /* transform */
    0, 0, 0, 12, 2, 3,  0, 0, 0x80, 4,   0,   2,   /* transform */
    0, 0, 0, 16, 2, 3,  0, 1,                      /* proposal */
    0, 0, 0, 8,  1, 11, 0, 0,                      /* transform */
};

enum {
    FIRST_AT = 8,
    FIRST_1_AT = 20,
    FIRST_2_AT = 32,
    SECOND_AT = 44,
    SECOND_1_AT = 52,
};

/* The bytes lie in memory of exactly their size, so that reading on shows. */
static x4e_ike_reason parse(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + !len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    x4s_ike_offers offers;
    x4e_ike_reason reason = x4_sa_parse((x4s_chunk){copy, len}, &offers);
    assert_true(offers.count <= x4c_limit_transforms);
    free(copy);
    return reason;
}

static x4e_ike_reason parse_changed(size_t at, uint8_t value)
{
    uint8_t bytes[sizeof(good)];
    memcpy(bytes, good, sizeof(good));
    bytes[at] = value;
    return parse(bytes, sizeof(bytes));
}

static void test_transforms_in_the_order_of_the_wire(void **state)
{
    (void)state;
    static const struct {
        uint8_t proposal, number, id;
        size_t spi, attributes;
    } expected[] = {{1, 1, 12, 4, 4}, {1, 2, 3, 4, 4}, {2, 1, 11, 0, 0}};
    x4s_ike_offers offers;
    assert_int_equal(x4_sa_parse((x4s_chunk){good, sizeof(good)}, &offers), x4c_ike_none);
    assert_int_equal(offers.count, x4m_countof(expected));
    for (size_t i = 0; i < offers.count; i++) {
        const x4s_ike_offered *offered = &offers.list[i];
        assert_int_equal(offered->proposal, expected[i].proposal);
        assert_int_equal(offered->number, expected[i].number);
        assert_int_equal(offered->id, expected[i].id);
        assert_int_equal(offered->protocol, x4c_protocol_esp);
        assert_int_equal(offered->spi.len, expected[i].spi);
        assert_int_equal(offered->attributes.len, expected[i].attributes);
        assert_false(offered->bundled);
    }
    assert_memory_equal(offers.list[1].spi.data, "abcd", 4);
    assert_memory_equal(offers.list[1].attributes.data, "\x80\x04\x00\x02", 4);
}

static void test_every_truncation_is_seen(void **state)
{
    (void)state;
    assert_int_equal(parse(good, sizeof(good)), x4c_ike_none);
    for (size_t len = 0; len < sizeof(good); len++)
        assert_int_equal(parse(good, len), x4c_ike_bad_proposal);
}

static void test_bytes_behind_the_last_proposal(void **state)
{
    (void)state;
    for (size_t more = 1; more <= 8; more++) {
        uint8_t bytes[sizeof(good) + 8] = {0};
        memcpy(bytes, good, sizeof(good));
        assert_int_equal(parse(bytes, sizeof(good) + more), x4c_ike_bad_proposal);
    }
}

/* Each length field with each of 0, 1, 3, 4, all that is left and one more. */
static void test_every_length_is_checked(void **state)
{
    (void)state;
    static const size_t items[] = {FIRST_AT, FIRST_1_AT, FIRST_2_AT, SECOND_AT, SECOND_1_AT};
    static const size_t ends[] = {sizeof(good), SECOND_AT, SECOND_AT, sizeof(good), sizeof(good)};
    for (size_t i = 0; i < x4m_countof(items); i++) {
        size_t left = ends[i] - items[i];
        const size_t lengths[] = {0, 1, 3, 4, 5, 7, left - 1, left, left + 1, UINT16_MAX};
        for (size_t k = 0; k < x4m_countof(lengths); k++) {
            uint8_t bytes[sizeof(good)];
            memcpy(bytes, good, sizeof(good));
            bytes[items[i] + 2] = (uint8_t)(lengths[k] >> 8);
            bytes[items[i] + 3] = (uint8_t)lengths[k];
            bool same = memcmp(bytes, good, sizeof(good)) == 0;
            assert_int_equal(parse(bytes, sizeof(bytes)),
                             same ? x4c_ike_none : x4c_ike_bad_proposal);
        }
    }
}

static void test_spi_sizes(void **state) /* req 2408-3.5-2 */
{
    (void)state;
    static const uint8_t wrong[] = {0, 1, 3, 5, 28, 29, UINT8_MAX};
    for (size_t i = 0; i < x4m_countof(wrong); i++)
        assert_int_equal(parse_changed(FIRST_AT + 6, wrong[i]), x4c_ike_bad_proposal);
}

static void test_the_number_of_transforms_is_what_it_says(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= UINT8_MAX; count++) {
        assert_int_equal(parse_changed(FIRST_AT + 7, (uint8_t)count),
                         count == 2 ? x4c_ike_none : x4c_ike_bad_proposal);
        assert_int_equal(parse_changed(SECOND_AT + 7, (uint8_t)count),
                         count == 1 ? x4c_ike_none : x4c_ike_bad_proposal);
    }
}

/* The last says 0, every other names its kind: RFC 2408 3.5, 3.6. */
static void test_links(void **state) /* req 2408-3.5-1 2408-3.6-1 2408-5.5-5 2408-5.6-4 */
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t right;
    } links[] = {{FIRST_AT, 2}, {FIRST_1_AT, 3}, {FIRST_2_AT, 0}, {SECOND_AT, 0}, {SECOND_1_AT, 0}};
    for (size_t i = 0; i < x4m_countof(links); i++)
        for (unsigned next = 0; next <= UINT8_MAX; next++)
            assert_int_equal(parse_changed(links[i].at, (uint8_t)next),
                             next == links[i].right ? x4c_ike_none : x4c_ike_bad_proposal);
}

static void test_reserved_bytes_do_not_matter(void **state)
{
    (void)state;
    static const size_t reserved[] = {FIRST_AT + 1, FIRST_1_AT + 1, FIRST_1_AT + 6, FIRST_1_AT + 7};
    for (size_t i = 0; i < x4m_countof(reserved); i++)
        assert_int_equal(parse_changed(reserved[i], 0xff), x4c_ike_none);
}

/* req 2407-4.2.2-3 2407-4.2.3-3 2408-5.4-2 2408-5.4-3 */
static void test_other_domains_and_situations(void **state)
{
    (void)state;
    assert_int_equal(parse_changed(3, 0), x4c_ike_bad_doi);
    assert_int_equal(parse_changed(3, 2), x4c_ike_bad_doi);
    assert_int_equal(parse_changed(0, 1), x4c_ike_bad_doi);
    assert_int_equal(parse_changed(7, 2), x4c_ike_bad_situation); /* SIT_SECRECY */
    assert_int_equal(parse_changed(7, 3), x4c_ike_bad_situation);
    assert_int_equal(parse_changed(7, 5), x4c_ike_bad_situation); /* SIT_INTEGRITY */
    assert_int_equal(parse_changed(7, 0), x4c_ike_bad_situation);
    assert_int_equal(parse(good, 8), x4c_ike_bad_proposal); /* no proposal at all */
}

/* ------------------------------------------------------------------ writing, and both ways */

static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_quick};

static x4s_chunk sa_body(const x4s_ike_build *build)
{
    size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    return (x4s_chunk){build->w.base + at, x4_writer_len(&build->w) - at};
}

/* req 2407-4.2.2-1 2407-4.2.3-1 2407-4.4.1-1 2408-3.4-2 2408-3.4-3 2408-5.4-1 */
static void test_what_is_written_is_what_is_read(void **state)
{
    (void)state;
    static uint8_t buffer[512];
    x4s_ike_build build;
    x4s_sa_writer sa;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_sa_begin(&sa, &build);
    x4_sa_proposal(&sa, 1, x4c_protocol_esp, (x4s_chunk){(const uint8_t *)"abcd", 4});
    x4_sa_transform(&sa, 1, 12);
    x4_writer_u32(&build.w, 0x80040001);
    x4_sa_transform(&sa, 2, 3);
    x4_writer_u32(&build.w, 0x80040002);
    x4_sa_proposal(&sa, 2, x4c_protocol_esp, (x4s_chunk){0});
    x4_sa_transform(&sa, 1, 11);
    x4_sa_end(&sa);
    assert_true(x4_build_end(&build, 0));
    x4s_chunk body = sa_body(&build);
    assert_int_equal(body.len, sizeof(good));
    assert_memory_equal(body.data, good, sizeof(good));
}

/* req 2409-3.2-1 2409-5-13 2409-7.1-1 2408-4.1.1-1 2408-4.2-8 2408-4.2-9 2408-4.2-10 */
static void test_an_answer_is_the_one_transform_as_it_came(void **state)
{
    (void)state;
    x4s_ike_offers offers;
    x4s_ike_offers answer;
    uint8_t buffer[128];
    x4s_ike_build build;
    assert_int_equal(x4_sa_parse((x4s_chunk){good, sizeof(good)}, &offers), x4c_ike_none);
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_sa_answer(&build, &offers.list[1], (x4s_chunk){(const uint8_t *)"wxyz", 4});
    assert_true(x4_build_end(&build, 0));
    assert_int_equal(x4_sa_parse(sa_body(&build), &answer), x4c_ike_none);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.list[0].proposal, 1);
    assert_int_equal(answer.list[0].number, 2);
    assert_int_equal(answer.list[0].id, 3);
    assert_memory_equal(answer.list[0].spi.data, "wxyz", 4);
    assert_int_equal(answer.list[0].attributes.len, 4);
    assert_memory_equal(answer.list[0].attributes.data, "\x80\x04\x00\x02", 4);
}

static void test_size_of_an_answer(void **state)
{
    (void)state;
    x4s_ike_offers offers;
    assert_int_equal(x4_sa_parse((x4s_chunk){good, sizeof(good)}, &offers), x4c_ike_none);
    for (size_t i = 0; i < offers.count; i++) {
        uint8_t buffer[128];
        x4s_ike_build build;
        x4_build_begin(&build, buffer, sizeof(buffer), &header);
        x4_sa_answer(&build, &offers.list[i], (x4s_chunk){0});
        assert_true(x4_build_end(&build, 0));
        assert_int_equal(x4_sa_answer_size(&offers.list[i]),
                         x4_writer_len(&build.w) - x4c_isakmp_header);
        assert_true(x4_sa_answer_size(&offers.list[i]) <= x4c_isakmp_generic + sizeof(good));
    }
}

static void test_short_buffers_fail(void **state)
{
    (void)state;
    x4s_ike_offers offers;
    assert_int_equal(x4_sa_parse((x4s_chunk){good, sizeof(good)}, &offers), x4c_ike_none);
    for (size_t size = 0; size < 64; size++) {
        uint8_t *buffer = malloc(size + !size);
        assert_non_null(buffer);
        x4s_ike_build build;
        x4_build_begin(&build, buffer, size, &header);
        x4_sa_answer(&build, &offers.list[0], (x4s_chunk){(const uint8_t *)"wxyz", 4});
        assert_false(x4_build_end(&build, 0));
        free(buffer);
    }
}

/* Writes proposals of the numbers, each with so many transforms; what a parser makes of it. */
static x4e_ike_reason offer(const uint8_t *numbers, size_t count, unsigned transforms,
                            x4s_ike_offers *offers)
{
    static uint8_t buffer[4096];
    x4s_ike_build build;
    x4s_sa_writer sa;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_sa_begin(&sa, &build);
    for (size_t i = 0; i < count; i++) {
        x4_sa_proposal(&sa, numbers[i], x4c_protocol_esp, (x4s_chunk){0});
        for (unsigned k = 0; k < transforms; k++)
            x4_sa_transform(&sa, (uint8_t)(k + 1), 12);
    }
    x4_sa_end(&sa);
    assert_true(x4_build_end(&build, 0));
    return x4_sa_parse(sa_body(&build), offers);
}

static void test_limit_of_transforms_in_one_proposal(void **state)
{
    (void)state;
    static const uint8_t one[] = {1};
    x4s_ike_offers offers;
    assert_int_equal(offer(one, 1, x4c_limit_transforms, &offers), x4c_ike_none);
    assert_int_equal(offers.count, x4c_limit_transforms);
    assert_int_equal(offer(one, 1, x4c_limit_transforms + 1, &offers), x4c_ike_bad_proposal);
}

static void test_limit_of_transforms_over_many_proposals(void **state)
{
    (void)state;
    uint8_t numbers[x4c_limit_transforms + 1];
    for (size_t i = 0; i < sizeof(numbers); i++)
        numbers[i] = (uint8_t)i;
    x4s_ike_offers offers;
    assert_int_equal(offer(numbers, x4c_limit_transforms, 1, &offers), x4c_ike_none);
    assert_int_equal(offers.count, x4c_limit_transforms);
    assert_int_equal(offer(numbers, x4c_limit_transforms + 1, 1, &offers), x4c_ike_bad_proposal);
}

/* Proposals of the same number belong together: RFC 2408 4.2. */
static void test_bundles_are_marked(void **state) /* req 2408-4.2-1 */
{
    (void)state;
    static const uint8_t numbers[] = {1, 2, 2, 2, 3};
    x4s_ike_offers offers;
    assert_int_equal(offer(numbers, x4m_countof(numbers), 2, &offers), x4c_ike_none);
    assert_int_equal(offers.count, 10);
    for (size_t i = 0; i < offers.count; i++)
        assert_int_equal(offers.list[i].bundled, offers.list[i].proposal == 2);
}

/* Whoever has a number again elsewhere is marked too: alone it would be something else. */
static void test_bundles_in_pieces(void **state)
{
    (void)state;
    static const uint8_t numbers[] = {1, 2, 1};
    x4s_ike_offers offers;
    assert_int_equal(offer(numbers, x4m_countof(numbers), 2, &offers), x4c_ike_none);
    for (size_t i = 0; i < offers.count; i++) {
        assert_int_equal(offers.list[i].bundled, offers.list[i].proposal == 1);
        assert_int_equal(offers.list[i].payload, i / 2);
    }
}

static void test_the_largest_bundle(void **state)
{
    (void)state;
    uint8_t numbers[x4c_limit_transforms];
    memset(numbers, 7, sizeof(numbers));
    x4s_ike_offers offers;
    assert_int_equal(offer(numbers, x4m_countof(numbers), 1, &offers), x4c_ike_none);
    for (size_t i = 0; i < offers.count; i++)
        assert_true(offers.list[i].bundled);
}

static void test_a_proposal_without_transforms(void **state)
{
    (void)state;
    static const uint8_t numbers[] = {1, 2};
    x4s_ike_offers offers;
    assert_int_equal(offer(numbers, 1, 0, &offers), x4c_ike_bad_proposal);
    assert_int_equal(offer(numbers, 2, 0, &offers), x4c_ike_bad_proposal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transforms_in_the_order_of_the_wire),
        cmocka_unit_test(test_every_truncation_is_seen),
        cmocka_unit_test(test_bytes_behind_the_last_proposal),
        cmocka_unit_test(test_every_length_is_checked),
        cmocka_unit_test(test_spi_sizes),
        cmocka_unit_test(test_the_number_of_transforms_is_what_it_says),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_reserved_bytes_do_not_matter),
        cmocka_unit_test(test_other_domains_and_situations),
        cmocka_unit_test(test_what_is_written_is_what_is_read),
        cmocka_unit_test(test_an_answer_is_the_one_transform_as_it_came),
        cmocka_unit_test(test_size_of_an_answer),
        cmocka_unit_test(test_short_buffers_fail),
        cmocka_unit_test(test_limit_of_transforms_in_one_proposal),
        cmocka_unit_test(test_limit_of_transforms_over_many_proposals),
        cmocka_unit_test(test_bundles_are_marked),
        cmocka_unit_test(test_bundles_in_pieces),
        cmocka_unit_test(test_the_largest_bundle),
        cmocka_unit_test(test_a_proposal_without_transforms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
