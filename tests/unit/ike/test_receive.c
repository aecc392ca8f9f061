/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The first look at a datagram: what is refused before any exchange sees it.
 */

#include "tests/unit/ike/host.h"

enum {
    EXCHANGE_AT = 18, /* RFC 2408 3.1 */
    FLAGS_AT = 19,
    MESSAGE_ID_AT = 20,
    LENGTH_AT = 24,
};

/* A header with cookies that nobody knows, and nothing behind it. */
static void fill(uint8_t header[x4c_isakmp_header], uint8_t exchange)
{
    memset(header, 0, x4c_isakmp_header);
    memset(header, 0x11, 16);
    header[17] = x4c_isakmp_version;
    header[EXCHANGE_AT] = exchange;
    header[LENGTH_AT + 3] = x4c_isakmp_header;
}

static x4e_ike_reason feed(struct host *host, const void *data, size_t len)
{
    return x4_charon_recv(host->charon, &host->link, data, len);
}

/* req 2409-4-1 2408-2.4-4 2408-3.1-10 2408-5.2-2 2408-5.2-5 2408-5.2-7 2408-2.5.3-2 */
static void test_nobody_is_there(void **state)
{
    (void)state;
    static const struct {
        uint8_t exchange;
        uint8_t message_id;
        x4e_ike_reason reason;
    } cases[] = {
        {x4c_exchange_main, 0, x4c_ike_unknown_sa},
        {x4c_exchange_main, 1, x4c_ike_bad_message_id},
        {x4c_exchange_aggressive, 0, x4c_ike_unknown_sa},
        {x4c_exchange_aggressive, 1, x4c_ike_bad_message_id},
        {x4c_exchange_informational, 1, x4c_ike_unknown_sa},
        {x4c_exchange_transaction, 1, x4c_ike_unknown_sa},
        {x4c_exchange_quick, 1, x4c_ike_unknown_sa},
        {x4c_exchange_new_group, 1, x4c_ike_unknown_sa},
        {0, 0, x4c_ike_bad_exchange},
        {1, 0, x4c_ike_bad_exchange},  /* base */
        {3, 0, x4c_ike_bad_exchange},  /* authentication only */
        {34, 1, x4c_ike_bad_exchange}, /* IKEv2's IKE_SA_INIT */
        {255, 1, x4c_ike_bad_exchange},
    };
    struct host *host = host_new();
    host_open(host);
    size_t blocks = host->books.blocks;
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        uint8_t header[x4c_isakmp_header];
        uint64_t before = host->stats.refused[cases[i].reason];
        fill(header, cases[i].exchange);
        header[MESSAGE_ID_AT + 3] = cases[i].message_id;
        assert_int_equal(feed(host, header, sizeof(header)), cases[i].reason);
        assert_int_equal(host->stats.refused[cases[i].reason], before + 1);
    }
    assert_int_equal(host->books.blocks, blocks);
    assert_int_equal(host->sends + host->policies, 0);
    host_free(host);
}

static void test_headers(void **state) /* req 2408-5.1-2 2408-5.2-4 2408-5.2-6 */
{
    (void)state;
    struct host *host = host_new();
    uint8_t header[x4c_isakmp_header + 1];
    host_open(host);
    fill(header, x4c_exchange_main);
    for (size_t len = 0; len < x4c_isakmp_header; len++)
        assert_int_equal(feed(host, header, len), x4c_ike_short_message);
    assert_int_equal(feed(host, header, sizeof(header)), x4c_ike_bad_length);
    header[17] = 0x20; /* IKEv2 */
    assert_int_equal(feed(host, header, x4c_isakmp_header), x4c_ike_bad_version);
    fill(header, x4c_exchange_main);
    memset(header, 0, 8);
    assert_int_equal(feed(host, header, x4c_isakmp_header), x4c_ike_bad_cookie);
    for (unsigned flag = 8; flag <= 128; flag *= 2) {
        fill(header, x4c_exchange_main);
        header[FLAGS_AT] = (uint8_t)flag;
        assert_int_equal(feed(host, header, x4c_isakmp_header), x4c_ike_bad_flags);
    }
    host_free(host);
}

static void test_size(void **state)
{
    (void)state;
    static uint8_t huge[x4c_limit_message_in + 1];
    struct host *host = host_new();
    host_open(host);
    fill(huge, x4c_exchange_quick);
    huge[LENGTH_AT + 2] = (uint8_t)(sizeof(huge) >> 8);
    huge[LENGTH_AT + 3] = (uint8_t)sizeof(huge);
    assert_int_equal(feed(host, huge, sizeof(huge)), x4c_ike_too_large);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_is_there),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
