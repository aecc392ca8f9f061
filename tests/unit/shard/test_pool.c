/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t hash_key[x4c_siphash_key];

static struct hub_pool config_of(const char *from, uint32_t first, uint32_t size)
{
    struct hub_pool config = {.name = "pool", .first = first, .size = size};
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(from, &addr));
    config.range.family = addr.family;
    memcpy(config.range.from, addr.ip, sizeof(addr.ip));
    return config;
}

static const x4s_net_addr here = {.family = x4c_net_ipv4, .ip = {198, 51, 100, 1}, .port = 500};
static const x4s_net_addr there = {.family = x4c_net_ipv4, .ip = {198, 51, 100, 2}, .port = 500};

/* The address as text, "none" if there is none; in memory that the next call takes. */
static bool open_pool(struct shard_pool *pool, const struct hub_pool *config)
{
    if (!shard_pool_init(pool, hash_key))
        return false;
    shard_pool_change(pool, config);
    return true;
}

static const char *take_at(struct shard_pool *pool, const char *owner, const x4s_net_addr *host)
{
    static char text[x4c_net_addr_text];
    const x4s_ike_id id = {x4c_ike_id_key_id, {(const uint8_t *)owner, strlen(owner)}};
    x4s_net_addr addr;
    if (!shard_pool_take(pool, &id, host, &addr))
        return "none";
    return x4_net_addr_format(&addr, text);
}

static const char *take(struct shard_pool *pool, const char *owner)
{
    return take_at(pool, owner, &here);
}

static void give(struct shard_pool *pool, const char *text)
{
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    shard_pool_give(pool, &addr);
}

static void test_one_after_the_other(void **state) /* req 3948-5.1-2 */
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.254", 1, 3);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    assert_string_equal(take(&pool, "a"), "10.3.0.255");
    assert_string_equal(take(&pool, "b"), "10.3.1.0");
    assert_string_equal(take(&pool, "c"), "10.3.1.1");
    assert_string_equal(take(&pool, "d"), "none");
    assert_int_equal(pool.online, 3);
    shard_pool_fini(&pool);
}

/* Who comes back has the address of before, others get one that nobody had. */
static void test_kept_for_the_owner(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 10);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    give(&pool, take(&pool, "a"));
    assert_string_equal(take(&pool, "b"), "10.3.0.2");
    assert_string_equal(take_at(&pool, "a", &there), "10.3.0.1");
    shard_pool_fini(&pool);
}

/* The same owner at two hosts has two. */
static void test_owner_at_two_hosts(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("fd00::", 1, 10);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    assert_string_equal(take_at(&pool, "a", &here), "fd00::1");
    assert_string_equal(take_at(&pool, "a", &there), "fd00::2");
    shard_pool_fini(&pool);
}

/* A new SA of the same client in the place of an old one: it is in use until both have ended. */
static void test_shared_by_one_host(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 10);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    assert_string_equal(take(&pool, "a"), "10.3.0.1");
    assert_string_equal(take(&pool, "a"), "10.3.0.1");
    assert_int_equal(pool.online, 1);
    give(&pool, "10.3.0.1");
    assert_int_equal(pool.online, 1);
    give(&pool, "10.3.0.1");
    assert_int_equal(pool.online, 0);
    shard_pool_fini(&pool);
}

/* When no address is fresh the one that was idle for the longest time goes to somebody else. */
static void test_longest_idle_goes(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 0, 2);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    assert_string_equal(take(&pool, "a"), "10.3.0.0");
    assert_string_equal(take(&pool, "b"), "10.3.0.1");
    give(&pool, "10.3.0.1");
    give(&pool, "10.3.0.0");
    assert_string_equal(take(&pool, "c"), "10.3.0.1");
    assert_string_equal(take(&pool, "a"), "10.3.0.0");
    assert_string_equal(take(&pool, "b"), "none");
    shard_pool_fini(&pool);
}

static void test_what_nobody_has_is_not_given_back(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 2);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    give(&pool, take(&pool, "a"));
    give(&pool, "10.3.0.1");
    give(&pool, "10.3.0.2");
    assert_int_equal(pool.online, 0);
    assert_string_equal(take(&pool, "b"), "10.3.0.2");
    assert_string_equal(take(&pool, "a"), "10.3.0.1");
    shard_pool_fini(&pool);
}

static void test_grows(void **state)
{
    (void)state;
    const struct hub_pool small = config_of("10.3.0.0", 1, 2);
    const struct hub_pool large = config_of("10.3.0.0", 1, 4);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &small));
    assert_string_equal(take(&pool, "a"), "10.3.0.1");
    assert_string_equal(take(&pool, "b"), "10.3.0.2");
    assert_string_equal(take(&pool, "c"), "none");
    shard_pool_change(&pool, &large);
    assert_string_equal(take(&pool, "c"), "10.3.0.3");
    give(&pool, "10.3.0.1");
    assert_string_equal(take(&pool, "a"), "10.3.0.1");
    shard_pool_fini(&pool);
}

/* What is in use beyond the new end stays so until it is given back, and is nobody's then. */
static void test_shrinks(void **state)
{
    (void)state;
    const struct hub_pool large = config_of("10.3.0.0", 1, 4);
    const struct hub_pool small = config_of("10.3.0.0", 1, 2);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &large));
    take(&pool, "a");
    take(&pool, "b");
    assert_string_equal(take(&pool, "c"), "10.3.0.3");
    assert_string_equal(take(&pool, "d"), "10.3.0.4");
    give(&pool, "10.3.0.4"); /* idle when it happens */
    shard_pool_change(&pool, &small);
    assert_string_equal(take(&pool, "d"), "none");
    assert_string_equal(take(&pool, "c"), "10.3.0.3"); /* another SA of the same client */
    give(&pool, "10.3.0.3");
    give(&pool, "10.3.0.3");
    assert_int_equal(pool.online, 2);
    assert_string_equal(take(&pool, "c"), "none");
    give(&pool, "10.3.0.1");
    assert_string_equal(take(&pool, "c"), "10.3.0.1");
    shard_pool_change(&pool, &large);
    give(&pool, "10.3.0.2");
    assert_string_equal(take(&pool, "e"), "10.3.0.3");
    shard_pool_fini(&pool);
}

/* An address of the new range may be in use since before. */
static void test_moves(void **state)
{
    (void)state;
    const struct hub_pool first = config_of("10.3.0.2", 0, 2);
    const struct hub_pool second = config_of("10.3.0.0", 1, 3);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &first));
    assert_string_equal(take(&pool, "a"), "10.3.0.2");
    shard_pool_change(&pool, &second);
    assert_string_equal(take(&pool, "b"), "10.3.0.1");
    assert_string_equal(take(&pool, "c"), "10.3.0.3");
    assert_string_equal(take(&pool, "d"), "none");
    shard_pool_change(&pool, NULL);
    give(&pool, "10.3.0.1");
    assert_string_equal(take(&pool, "d"), "none");
    assert_int_equal(pool.online, 2);
    shard_pool_clear(&pool);
    shard_pool_fini(&pool);
}

static bool claim(struct shard_pool *pool, const char *owner, const char *text)
{
    const x4s_ike_id id = {x4c_ike_id_key_id, {(const uint8_t *)owner, strlen(owner)}};
    x4s_net_addr addr;
    assert_true(x4_net_addr_parse(text, &addr));
    return shard_pool_claim(pool, &id, &here, &addr);
}

/* What SAs have that were made again from records is not given to others. */
static void test_claimed(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 4);
    struct shard_pool pool;
    assert_true(open_pool(&pool, &config));
    assert_true(claim(&pool, "a", "10.3.0.1"));
    assert_true(claim(&pool, "b", "10.3.0.3"));
    assert_true(claim(&pool, "a", "10.3.0.1"));
    assert_false(claim(&pool, "c", "10.3.0.1"));
    assert_false(claim(&pool, "c", "10.3.0.0"));
    assert_false(claim(&pool, "c", "10.3.0.5"));
    assert_false(claim(&pool, "c", "2001:db8::1"));
    assert_string_equal(take(&pool, "c"), "10.3.0.2");
    assert_string_equal(take(&pool, "d"), "10.3.0.4");
    assert_string_equal(take(&pool, "e"), "none");
    assert_string_equal(take(&pool, "b"), "10.3.0.3");
    give(&pool, "10.3.0.1");
    assert_string_equal(take(&pool, "e"), "none");
    give(&pool, "10.3.0.1");
    assert_string_equal(take(&pool, "e"), "10.3.0.1");
    shard_pool_fini(&pool);
}

/* "10.3.0.1=a* 10.3.0.2=b", in use with a star; in memory that the next call takes. */
static const char *all_of(const struct shard_pool *pool)
{
    static char list[256];
    struct shard_pool_lease lease;
    x4s_net_addr at;
    size_t len = 0;
    list[0] = '\0';
    for (const x4s_net_addr *after = NULL; shard_pool_next(pool, after, &lease); after = &at) {
        char text[x4c_net_addr_text];
        at = lease.addr;
        assert_true(shard_pool_knows(pool, &at));
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s=%.*s%s", len ? " " : "",
                                x4_net_addr_format(&at, text), (int)lease.owner.data.len,
                                lease.owner.data.data, lease.online ? "*" : "");
    }
    return list;
}

static void test_listed(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 3);
    struct shard_pool pool;
    struct shard_pool_lease lease;
    assert_true(open_pool(&pool, &config));
    assert_string_equal(all_of(&pool), "");
    take(&pool, "a");
    take(&pool, "b");
    take(&pool, "c");
    give(&pool, "10.3.0.2");
    assert_string_equal(all_of(&pool), "10.3.0.1=a* 10.3.0.2=b 10.3.0.3=c*");
    assert_true(shard_pool_next(&pool, NULL, &lease));
    assert_int_equal(lease.owner.type, x4c_ike_id_key_id);
    assert_string_equal(take(&pool, "d"), "10.3.0.2"); /* which stays where it is */
    give(&pool, "10.3.0.3");
    assert_string_equal(take(&pool, "e"), "10.3.0.3");
    assert_string_equal(all_of(&pool), "10.3.0.1=a* 10.3.0.2=d* 10.3.0.3=e*");
    shard_pool_change(&pool, NULL);
    give(&pool, "10.3.0.2");
    assert_string_equal(all_of(&pool), "10.3.0.1=a* 10.3.0.3=e*");
    assert_false(shard_pool_next(&pool, &here, &lease));
    shard_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claimed),
        cmocka_unit_test(test_listed),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_kept_for_the_owner),
        cmocka_unit_test(test_owner_at_two_hosts),
        cmocka_unit_test(test_shared_by_one_host),
        cmocka_unit_test(test_longest_idle_goes),
        cmocka_unit_test(test_what_nobody_has_is_not_given_back),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_shrinks),
        cmocka_unit_test(test_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
