/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/estates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shard/keep/storage.h"

static const struct hub_estate two[] = {
    {.name = "a",
     .addresses = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}},
                   {.family = x4c_net_ipv6, .ip = {0x20, 0x01, 0x0d, 0xb8}}},
     .address_count = 2},
    {.name = "b",
     .addresses = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}}},
     .address_count = 1},
};

static const x4s_net_addr of_a = {.family = x4c_net_ipv4, .port = 500, .ip = {192, 0, 2, 1}};
static const x4s_net_addr of_b = {.family = x4c_net_ipv4, .port = 4500, .ip = {192, 0, 2, 2}};
static const x4s_net_addr other = {.family = x4c_net_ipv4, .ip = {192, 0, 2, 11}};

static struct shard_estates make(void)
{
    struct shard_estates estates = {0};
    const struct hub_storage storage = {
        .copy.store = {.estates = two, .estate_count = 2, .home = 1}};
    shard_estates_init(&estates, &storage);
    return estates;
}

static void test_addresses(void **state)
{
    (void)state;
    const struct shard_estates estates = make();
    const x4s_net_addr six = two[0].addresses[1];
    assert_int_equal(shard_estates_at(&estates, &of_a), 0);
    assert_int_equal(shard_estates_at(&estates, &six), 0);
    assert_int_equal(shard_estates_at(&estates, &of_b), 1);
    assert_int_equal(shard_estates_at(&estates, &other), 1);
    assert_int_equal(shard_estates_parts(&estates), 2);
}

static void test_away_is_silent(void **state)
{
    (void)state;
    struct shard_estates estates = make();
    assert_false(shard_estates_speak(&estates, &of_a));
    estates.of[0].state = SHARD_ESTATE_READ;
    assert_true(shard_estates_speak(&estates, &of_a));
    assert_false(shard_estates_serve(&estates, &of_a));
    estates.of[0].state = SHARD_ESTATE_SERVED;
    assert_true(shard_estates_serve(&estates, &of_a));
    assert_false(shard_estates_speak(&estates, &of_b));
    assert_false(shard_estates_serve(&estates, &other));
}

static void test_without_a_store_all_is_served(void **state)
{
    (void)state;
    const struct shard_estates estates = {0};
    assert_int_equal(shard_estates_parts(&estates), 1);
    assert_int_equal(shard_estates_at(&estates, &of_a), 0);
    assert_true(shard_estates_serve(&estates, &of_a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_away_is_silent),
        cmocka_unit_test(test_without_a_store_all_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
