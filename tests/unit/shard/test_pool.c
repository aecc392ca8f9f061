/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static struct shard_lease *take(struct shard_pool *pool, const char *owner)
{
    return shard_pool_take(pool, hash_key, (x4s_chunk){(const uint8_t *)owner, strlen(owner)});
}

static void assert_address(const struct shard_lease *lease, const char *text)
{
    char shown[x4c_net_addr_text];
    assert_non_null(lease);
    assert_string_equal(x4_net_addr_format(&lease->addr, shown), text);
}

static void test_one_after_the_other(void **state) /* req 3948-5.1-2 */
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.254", 1, 3);
    struct shard_pool pool;
    assert_true(shard_pool_init(&pool, &config));
    struct shard_lease *leases[] = {take(&pool, "a"), take(&pool, "b"), take(&pool, "c")};
    assert_address(leases[0], "10.3.0.255");
    assert_address(leases[1], "10.3.1.0");
    assert_address(leases[2], "10.3.1.1");
    assert_null(take(&pool, "d"));
    assert_int_equal(pool.online, 3);
    for (size_t i = 0; i < 3; i++)
        shard_pool_give(leases[i]);
    shard_pool_fini(&pool);
}

/* Who comes back has the address of before, others get one that nobody had. */
static void test_kept_for_the_owner(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 1, 10);
    struct shard_pool pool;
    assert_true(shard_pool_init(&pool, &config));
    shard_pool_give(take(&pool, "a"));
    struct shard_lease *other = take(&pool, "b");
    assert_address(other, "10.3.0.2");
    struct shard_lease *again = take(&pool, "a");
    assert_address(again, "10.3.0.1");
    shard_pool_give(other);
    shard_pool_give(again);
    shard_pool_fini(&pool);
}

/* The same owner twice at a time has two. */
static void test_owner_twice(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("fd00::", 1, 10);
    struct shard_pool pool;
    assert_true(shard_pool_init(&pool, &config));
    struct shard_lease *first = take(&pool, "a");
    struct shard_lease *second = take(&pool, "a");
    assert_address(first, "fd00::1");
    assert_address(second, "fd00::2");
    shard_pool_give(first);
    shard_pool_give(second);
    shard_pool_fini(&pool);
}

/* When no address is fresh the one that was idle for the longest time goes to somebody else. */
static void test_longest_idle_goes(void **state)
{
    (void)state;
    const struct hub_pool config = config_of("10.3.0.0", 0, 2);
    struct shard_pool pool;
    assert_true(shard_pool_init(&pool, &config));
    struct shard_lease *a = take(&pool, "a");
    struct shard_lease *b = take(&pool, "b");
    shard_pool_give(b);
    shard_pool_give(a);
    struct shard_lease *c = take(&pool, "c");
    assert_address(c, "10.3.0.1");
    struct shard_lease *again = take(&pool, "a");
    assert_address(again, "10.3.0.0");
    assert_null(take(&pool, "b"));
    shard_pool_give(c);
    shard_pool_give(again);
    shard_pool_give(NULL);
    shard_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_kept_for_the_owner),
        cmocka_unit_test(test_owner_twice),
        cmocka_unit_test(test_longest_idle_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
