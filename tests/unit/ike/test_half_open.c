/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * First messages of main mode: cheap, bounded, answered and never sent again by timer.
 */

#include "tests/unit/ike/host.h"

static x4e_ike_reason feed(struct host *host, uint8_t cookie)
{
    uint8_t bytes[2048];
    size_t len = host_first(host, cookie, bytes);
    return x4_charon_recv(host->charon, &host->link, bytes, len);
}

/* A slot and two counts, one answer not longer than the message, no exchange, no public-key work.
 */
static void test_what_it_costs(void **state)
{
    (void)state;
    struct host *host = host_new();
    uint8_t bytes[2048];
    host_open(host);
    size_t before = host->books.blocks;
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(host->books.blocks, before + 3);
    assert_int_equal(host->stats.half_open, 1);
    assert_int_equal(host->policies, 1);
    assert_int_equal(host->responded, 0);
    assert_int_equal(host->sends, 1);
    assert_true(host->sent_len <= host_first(host, 1, bytes));
    assert_memory_equal(host->sent, bytes, 8); /* our cookie follows theirs */
    static const uint8_t zero[8];
    assert_memory_not_equal(host->sent + 8, zero, 8);
    host_run(host, 29999);
    assert_int_equal(host->sends, 1);
    assert_int_equal(host->stats.half_open, 1);
    host_run(host, 1);
    assert_int_equal(host->stats.half_open, 0);
    assert_int_equal(host->books.blocks, before);
    assert_int_equal(host->stats.dh_jobs, 0);
    host_free(host);
}

/* Three more answers, not sooner than 500 ms after each other, all the same. */
static void test_duplicates(void **state)
{
    (void)state;
    struct host *host = host_new();
    uint8_t first[2048];
    host_open(host);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    memcpy(first, host->sent, host->sent_len);
    assert_int_equal(feed(host, 1), x4c_ike_duplicate);
    assert_int_equal(host->sends, 1);
    for (unsigned i = 0; i < 6; i++) {
        host->now += 500;
        assert_int_equal(feed(host, 1), x4c_ike_duplicate);
        assert_memory_equal(host->sent, first, host->sent_len);
    }
    assert_int_equal(host->sends, 4);
    assert_int_equal(host->stats.duplicates_answered, 3);
    assert_int_equal(host->stats.half_open, 1);
    assert_int_equal(host->policies, 1);
    host_free(host);
}

/* The same bytes from elsewhere are somebody else's. */
static void test_the_same_from_elsewhere(void **state) /* req 2408-2.5.3-1 2408-2.5.3-4 */
{
    (void)state;
    struct host *host = host_new();
    uint8_t first[8];
    host_open(host);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    memcpy(first, host->sent + 8, 8);
    host->link.remote.port = 501;
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(host->stats.half_open, 2);
    assert_memory_not_equal(host->sent + 8, first, 8);
    host_free(host);
}

/* At the limit the oldest goes, and what it was is forgotten. */
static void test_the_oldest_gives_way(void **state) /* req 2408-1.7.1-1 */
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open = 3;
    host_open(host);
    for (uint8_t cookie = 1; cookie <= 5; cookie++) {
        host->now += x4c_limit_young_ms;
        assert_int_equal(feed(host, cookie), x4c_ike_none);
    }
    assert_int_equal(host->stats.half_open, 3);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], 2);
    host->now += 1000;
    assert_int_equal(feed(host, 5), x4c_ike_duplicate);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    host_free(host);
}

/*
 * For two seconds none gives way. Half of the slots are for anybody, half of the rest for messages
 * that come for the second time, and so on; what is not answered costs no slot and no query.
 */
static void test_young_ones_stay(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open = 4;
    host_open(host);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(feed(host, 2), x4c_ike_none);
    assert_int_equal(feed(host, 3), x4c_ike_crowded_all);
    assert_int_equal(host->policies, 2);
    assert_int_equal(host->sends, 2);
    assert_int_equal(feed(host, 3), x4c_ike_none);
    assert_int_equal(feed(host, 4), x4c_ike_crowded_all);
    assert_int_equal(feed(host, 4), x4c_ike_crowded_all);
    assert_int_equal(feed(host, 4), x4c_ike_none);
    host->now += x4c_limit_young_ms - 1;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(feed(host, 5), x4c_ike_crowded_all);
    for (uint8_t cookie = 1; cookie <= 4; cookie++)
        assert_int_equal(feed(host, cookie), x4c_ike_duplicate);
    host->now += 1;
    assert_int_equal(feed(host, 5), x4c_ike_none);
    assert_int_equal(host->stats.half_open, 4);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_all], 23);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], 1);
    host_free(host);
}

/* Who goes on gives a place back at once. */
static void test_a_young_one_ends(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open = 4;
    host->config.timing.half_open_ms = 1000;
    host_open(host);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(feed(host, 2), x4c_ike_none);
    host_run(host, 1000);
    assert_int_equal(host->stats.half_open, 0);
    assert_int_equal(feed(host, 3), x4c_ike_none);
    assert_int_equal(feed(host, 4), x4c_ike_none);
    assert_int_equal(feed(host, 5), x4c_ike_crowded_all);
    host_free(host);
}

/* The peer says what it can as shortly as may be: what we would say more of is left out. */
static void test_no_longer_than_the_message(void **state)
{
    (void)state;
    static const x4s_chunk dpd = {(const uint8_t *)"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9"
                                                   "\x6b\x86\x96\xfc\x77\x57\x01\x00",
                                  16};
    static const x4s_chunk fragmentation = {(const uint8_t *)"\x40\x48\xb7\xd5\x6e\xbc\xe8\x85"
                                                             "\x25\xe7\xde\x7f\x00\xd6\xc2\xd3",
                                            16};
    struct host *host = host_new();
    uint8_t bytes[2048];
    host->config1.fragmentation = x4c_ike_fragment_accept;
    host_open(host);
    size_t shortest = host_first(host, 1, bytes);
    x4s_ike_build build;
    const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    for (unsigned spare = 0; spare < 2; spare++) {
        x4_build_begin(&build, bytes, sizeof(bytes), &header);
        x4_proposal1_write(&build, &host->config1);
        x4_build_body(&build, x4c_payload_vid, dpd);
        x4_build_body(&build, x4c_payload_vid, fragmentation);
        if (spare)
            x4_build_body(&build, x4c_payload_vid, (x4s_chunk){0});
        assert_true(x4_build_end(&build, 0));
        size_t len = x4_writer_len(&build.w);
        assert_int_equal(x4_charon_recv(host->charon, &host->link, bytes, len), x4c_ike_none);
        assert_int_equal(host->sent_len, spare ? len : shortest + x4c_isakmp_generic + dpd.len);
    }
    assert_true(host->stats.main_out <= host->stats.main_in);
    host_free(host);
}

/* Whatever is repeated or refused: no more bytes go out than came in. */
static void test_bytes_in_and_out(void **state)
{
    (void)state;
    struct host *host = host_new();
    uint8_t bytes[2048];
    host_open(host);
    size_t len = host_first(host, 1, bytes);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(host->stats.main_in, len);
    assert_int_equal(host->stats.main_out, host->sent_len);
    host->now += 500;
    assert_int_equal(feed(host, 1), x4c_ike_duplicate);
    assert_int_equal(host->stats.main_in, 2 * len);
    assert_int_equal(host->stats.main_out, 2 * host->sent_len);
    size_t answers = host->stats.main_out;
    host->refuses = true;
    assert_int_equal(feed(host, 2), x4c_ike_no_policy);
    assert_int_equal(host->stats.notified, 1);
    assert_int_equal(host->stats.main_out, answers + host->sent_len);
    assert_true(host->stats.main_out <= host->stats.main_in);
    assert_int_equal(host->stats.aggressive_in + host->stats.aggressive_out, 0);
    host_free(host);
}

/* 30 s as long as half of the slots are free, and less the fewer are. */
static void test_shorter_lives_under_pressure(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open = 10;
    host_open(host);
    for (uint8_t cookie = 1; cookie <= 5; cookie++)
        assert_int_equal(feed(host, cookie), x4c_ike_none);
    host->now += 25000;
    assert_int_equal(feed(host, 6), x4c_ike_none);
    assert_int_equal(host->stats.half_open, 6);
    assert_int_equal(feed(host, 7), x4c_ike_none); /* at 6 of 10 they live for 24 s */
    assert_int_equal(host->stats.half_open, 6);    /* and with one less for 30 s */
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], 1);
    host_run(host, 30000);
    assert_int_equal(host->stats.half_open, 0);
    for (uint8_t cookie = 1; cookie <= 10; cookie++) {
        host->now += cookie == 6 ? x4c_limit_young_ms : 0;
        assert_int_equal(feed(host, cookie), x4c_ike_none);
    }
    host->now += 10000;
    assert_int_equal(feed(host, 11), x4c_ike_none); /* 3 s at ten, 6 s at nine, 12 s at eight */
    assert_int_equal(host->stats.half_open, 9);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], 3);
    host_free(host);
}

/* One address has its share, of which the oldest gives way; others are not concerned. */
static void test_one_address(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open_address = 2;
    host_open(host);
    assert_int_equal(feed(host, 1), x4c_ike_none);
    host->link.remote.ip[3] = 77;
    for (uint8_t cookie = 2; cookie <= 4; cookie++)
        assert_int_equal(feed(host, cookie), x4c_ike_none);
    assert_int_equal(host->stats.half_open, 3);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_address], 1);
    host->now += 1000;
    assert_int_equal(feed(host, 3), x4c_ike_duplicate);
    assert_int_equal(feed(host, 2), x4c_ike_none);
    host_free(host);
}

static void test_refusals(void **state)
{
    (void)state;
    struct host *host = host_new();
    host_open(host);
    host->refuses = true;
    assert_int_equal(feed(host, 1), x4c_ike_no_policy);
    host->refuses = false;
    uint8_t bytes[2048];
    size_t len = host_first(host, 2, bytes);
    host->transform.hash = x4c_hash_sha512;
    assert_int_equal(x4_charon_recv(host->charon, &host->link, bytes, len), x4c_ike_no_proposal);
    bytes[19] = x4c_flag_encryption; /* RFC 2408 3.1 */
    assert_int_equal(x4_charon_recv(host->charon, &host->link, bytes, len), x4c_ike_bad_flags);
    assert_int_equal(host->stats.half_open, 0);
    assert_int_equal(host->responded, 0);
    assert_int_equal(host->sends, 1); /* one notify, and no second one within the second */
    assert_int_equal(host->stats.withheld, 1);
    host_free(host);
}

static void test_two_sa_payloads(void **state) /* req 2409-5-12 */
{
    (void)state;
    struct host *host = host_new();
    host_open(host);
    uint8_t bytes[2048];
    const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    x4s_ike_build build;
    x4_build_begin(&build, bytes, sizeof(bytes), &header);
    x4_proposal1_write(&build, &host->config1);
    x4_proposal1_write(&build, &host->config1);
    assert_true(x4_build_end(&build, 0));
    assert_int_equal(x4_charon_recv(host->charon, &host->link, bytes, x4_writer_len(&build.w)),
                     x4c_ike_duplicate_payload);
    assert_int_equal(host->stats.half_open, 0);
    host_free(host);
}

/* RFC 2408 3.9, 3.10: they may come in any message. */
static void test_certificates(void **state) /* req 2408-3.9-2 2408-3.10-2 */
{
    (void)state;
    static const uint8_t cert[] = {4, 0x30, 0};
    struct host *host = host_new();
    host_open(host);
    uint8_t bytes[2048];
    const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_main};
    x4s_ike_build build;
    x4_build_begin(&build, bytes, sizeof(bytes), &header);
    x4_proposal1_write(&build, &host->config1);
    x4_build_body(&build, x4c_payload_cert, (x4s_chunk){cert, sizeof(cert)});
    x4_build_body(&build, x4c_payload_cr, (x4s_chunk){cert, 1});
    assert_true(x4_build_end(&build, 0));
    assert_int_equal(x4_charon_recv(host->charon, &host->link, bytes, x4_writer_len(&build.w)),
                     x4c_ike_none);
    host_free(host);
}

/* Whatever the allocator says, nothing is left behind and nothing is half done. */
static void test_no_memory(void **state)
{
    (void)state;
    struct host *host = host_new();
    host_open(host);
    size_t before = host->books.blocks;
    for (size_t call = 1; call <= 3; call++) {
        host->books.fail_at = host->books.calls + call;
        assert_int_equal(feed(host, 1), x4c_ike_no_memory);
        assert_int_equal(host->stats.half_open, 0);
        assert_int_equal(host->books.blocks, before);
        assert_int_equal(host->sends, 0);
    }
    assert_int_equal(feed(host, 1), x4c_ike_none);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_costs),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_the_same_from_elsewhere),
        cmocka_unit_test(test_the_oldest_gives_way),
        cmocka_unit_test(test_young_ones_stay),
        cmocka_unit_test(test_a_young_one_ends),
        cmocka_unit_test(test_no_longer_than_the_message),
        cmocka_unit_test(test_bytes_in_and_out),
        cmocka_unit_test(test_shorter_lives_under_pressure),
        cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_two_sa_payloads),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
