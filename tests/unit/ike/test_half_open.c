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

/* One slot, one answer that is not longer than the message, no exchange and no public-key work. */
static void test_what_it_costs(void **state)
{
    (void)state;
    struct host *host = host_new();
    uint8_t bytes[2048];
    host_open(host);
    size_t before = host->books.blocks;
    assert_int_equal(feed(host, 1), x4c_ike_none);
    assert_int_equal(host->books.blocks, before + 1);
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
static void test_the_same_from_elsewhere(void **state)
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
static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.limits.half_open = 3;
    host_open(host);
    for (uint8_t cookie = 1; cookie <= 5; cookie++)
        assert_int_equal(feed(host, cookie), x4c_ike_none);
    assert_int_equal(host->stats.half_open, 3);
    assert_int_equal(host->stats.refused[x4c_ike_crowded_out], 2);
    host->now += 1000;
    assert_int_equal(feed(host, 5), x4c_ike_duplicate);
    assert_int_equal(feed(host, 1), x4c_ike_none);
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

/* Whatever the allocator says, nothing is left behind and nothing is half done. */
static void test_no_memory(void **state)
{
    (void)state;
    struct host *host = host_new();
    host_open(host);
    host->books.fail_at = host->books.calls + 1;
    assert_int_equal(feed(host, 1), x4c_ike_no_memory);
    assert_int_equal(host->stats.half_open, 0);
    assert_int_equal(host->sends, 0);
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
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_two_sa_payloads),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
