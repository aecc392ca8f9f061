/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The entry points: what they refuse, and what they promise whoever calls them from within.
 */

#include "tests/unit/ike/host.h"

static void refused(struct host *host, const char *word)
{
    const char *error = NULL;
    assert_null(x4_charon_init(&host->config, &error));
    assert_non_null(error);
    assert_non_null(strstr(error, word));
    assert_int_equal(host->books.blocks, 0);
}

static void test_what_is_required(void **state)
{
    (void)state;
    struct host *host = host_new();
    const x4s_charon_config good = host->config;
    host->config.clock = NULL;
    refused(host, "clock");
    host->config = good;
    host->config.send = NULL;
    refused(host, "send");
    host->config = good;
    host->config.stats = NULL;
    refused(host, "stats");
    host->config = good;
    host->config.calls1 = NULL;
    refused(host, "calls1");
    host->config = good;
    host->calls1.get_psk = NULL;
    refused(host, "phase 1");
    host->calls1.get_psk = host_psk;
    host->calls2.get_spi = NULL;
    refused(host, "phase 2");
    host_free(host);
}

/* Every allocation of the making may fail, the k-th alone. */
static void test_no_memory_to_begin_with(void **state)
{
    (void)state;
    struct host *host = host_new();
    const char *error = NULL;
    size_t k = 0;
    do {
        assert_int_equal(host->books.blocks, 0);
        host->books.calls = 0;
        host->books.fail_at = ++k;
        host->charon = x4_charon_init(&host->config, &error);
    } while (!host->charon);
    assert_true(k > 5);
    host->books.fail_at = 0;
    host_free(host);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    struct host *host = host_new();
    host_open(host);
    assert_true(x4_charon_tick(host->charon) == x4c_never);
    assert_int_equal(x4_charon_recv(host->charon, &host->link, "", 0), x4c_ike_short_message);
    assert_int_equal(host->stats.messages_in, 1);
    assert_int_equal(host->stats.refused[x4c_ike_short_message], 1);
    host_free(host);
}

/* init1 says no, and no callback was made. */
static void test_configurations_that_are_not_usable(void **state)
{
    (void)state;
    struct host *host = host_new();
    const x4s_ike_config1 good = host->config1;
    host_open(host);
    host->config1.transform_count = 0;
    assert_false(x4_charon_init1(host->charon, &host->config1));
    host->config1 = good;
    host->config1.id.data.len = 3;
    assert_false(x4_charon_init1(host->charon, &host->config1));
    host->config1 = good;
    host->transform.auth = x4c_ike_auth_rsa; /* without ph1_get_prikey */
    assert_false(x4_charon_init1(host->charon, &host->config1));
    assert_int_equal(host->initiated + host->disposed, 0);
    host_free(host);
}

/* The tick tells when it wants to be called; not called, nothing happens by itself. */
static void test_time(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.timing.resend_jitter_pct = 1;
    host_open(host);
    assert_true(x4_charon_init1(host->charon, &host->config1));
    assert_int_equal(host->initiated, 1);
    x4_msec wait = x4_charon_tick(host->charon);
    assert_true(wait > 0 && wait <= 1010);
    host->now += 999;
    wait = x4_charon_tick(host->charon);
    assert_true(wait > 0 && wait <= 11);
    assert_int_equal(host->stats.messages_out, 1);
    host_run(host, 100000);
    assert_int_equal(host->stats.messages_out, 6); /* RFC 2408 5.1: a limit on repetitions */
    assert_int_equal(host->disposed, 1);
    assert_int_equal(host->reason, x4c_ike_timed_out);
    assert_true(x4_charon_tick(host->charon) == x4c_never);
    host_free(host);
}

static void end_within(struct host *host)
{
    x4_charon_term1(host->xchg, btrue);
    assert_int_equal(host->disposed, 1); /* at once */
    x4_charon_term1(host->xchg, btrue);  /* the context is valid until the outermost call returns */
    const x4s_ike_config2 config2 = {0};
    assert_false(x4_charon_init2(host->xchg, &config2));
    assert_int_equal(host->disposed, 1);
}

static void test_end_within_a_callback(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->on_initiated = end_within;
    host_open(host);
    size_t before = host->books.blocks;
    assert_true(x4_charon_init1(host->charon, &host->config1));
    assert_int_equal(host->disposed, 1);
    assert_int_equal(host->reason, x4c_ike_terminated);
    assert_int_equal(host->books.blocks, before);
    assert_int_equal(host->stats.messages_out, 0);
    host_free(host);
}

static void begin_another(struct host *host)
{
    host->on_disposed = NULL;
    assert_false(x4_charon_init1(host->charon, &host->config1));
}

/* An instance that is being closed begins nothing new. */
static void test_the_end(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->on_disposed = begin_another;
    host_open(host);
    for (unsigned i = 0; i < 3; i++)
        assert_true(x4_charon_init1(host->charon, &host->config1));
    x4_charon_term(host->charon);
    host->charon = NULL;
    assert_int_equal(host->disposed, 3);
    assert_int_equal(host->reason, x4c_ike_shut_down);
    host_free(host);
}

/* One key pair in a tick, if no message came since the one before; then there are enough. */
static void test_keys_ahead(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.keys_ahead = 2;
    host->config1.aggressive = btrue;
    host_open(host);
    assert_true(x4_charon_tick(host->charon) == x4c_never); /* of no group yet */
    assert_true(x4_charon_init1(host->charon, &host->config1));
    assert_int_equal(x4_charon_tick(host->charon), 0);
    assert_int_equal(host->stats.dh_jobs, 1);
    assert_int_equal(host->stats.dh_ahead, 1);
    assert_int_equal(x4_charon_recv(host->charon, &host->link, "", 0), x4c_ike_short_message);
    assert_int_equal(x4_charon_tick(host->charon), 0);
    assert_int_equal(host->stats.dh_ahead, 1);
    assert_int_equal(x4_charon_tick(host->charon), 0);
    assert_int_equal(host->stats.dh_ahead, 2);
    assert_true(x4_charon_tick(host->charon) > 0);
    assert_int_equal(host->stats.dh_ahead, 2);
    host_free(host);
}

static x4s_charon_config adjusted;
static bval is_adjusted;

static const x4s_charon_config *on_adjust(void *userdata)
{
    (void)userdata;
    bval is = is_adjusted;
    is_adjusted = bfalse;
    return is ? &adjusted : NULL;
}

/* What is said at a tick counts from then on; limits that are not usable change nothing. */
static void test_adjust(void **state)
{
    (void)state;
    struct host *host = host_new();
    host->config.adjust = on_adjust;
    host_open(host);
    x4_charon_tick(host->charon);
    assert_int_equal(host->charon->config.limits.unproven, 10000);
    adjusted = (x4s_charon_config){.limits.unproven = 7, .keys_ahead = 3};
    is_adjusted = btrue;
    x4_charon_tick(host->charon);
    assert_int_equal(host->charon->config.limits.unproven, 7);
    assert_int_equal(host->charon->config.limits.half_open, 10000);
    assert_int_equal(host->charon->config.keys_ahead, 3);
    adjusted = (x4s_charon_config){.limits.unproven = 8, .limits.prefix4_bits = 32};
    is_adjusted = btrue;
    x4_charon_tick(host->charon);
    assert_int_equal(host->charon->config.limits.unproven, 7);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_required),
        cmocka_unit_test(test_no_memory_to_begin_with),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_configurations_that_are_not_usable),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_end_within_a_callback),
        cmocka_unit_test(test_the_end),
        cmocka_unit_test(test_keys_ahead),
        cmocka_unit_test(test_adjust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
