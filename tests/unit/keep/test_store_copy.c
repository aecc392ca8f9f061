/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shard/keep/store_copy.h"

static const struct hub_estate estates[] = {
    {.name = "one",
     .addresses = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 1}}},
     .address_count = 1},
    {.name = "two",
     .addresses = {{.family = x4c_net_ipv4, .ip = {192, 0, 2, 2}}},
     .address_count = 1},
};

static struct hub_store example(void)
{
    return (struct hub_store){
        .backend = HUB_STORE_REDIS,
        .estate = "hubs",
        .redis = {.mode = REDIS_SENTINEL,
                  .addresses = {{"192.0.2.1", 26379}, {"192.0.2.2", 26379}},
                  .address_count = 2,
                  .user = "ikehub",
                  .password = "secret",
                  .master = "primary",
                  .sentinel_user = "asker",
                  .sentinel_password = "secret too",
                  .lease_ms = 5000},
        .used = true,
        .directory = "/var/lib/ikehub",
        .key_file = "/etc/ikehub/keys",
        .node = "one",
        .queue = 5000,
        .ack_timeout_ms = 1000,
        .estates = estates,
        .estate_count = 2,
    };
}

static void test_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    char node[] = "one";
    struct hub_store store = example();
    struct hub_store_copy copy;
    store.node = node;
    store.redis.user = NULL;
    assert_true(hub_store_copy(&copy, &store));
    assert_true(hub_store_same(&copy.store, &store));
    memset(node, 'x', 3);
    assert_string_equal(copy.store.node, "one");
    assert_string_equal(copy.store.redis.sentinel_password, "secret too");
    assert_null(copy.store.redis.user);
    assert_false(hub_store_same(&copy.store, &store));
    hub_store_copy_fini(&copy);
}

static void test_every_option_counts(void **state)
{
    (void)state;
    const struct hub_store store = example();
    struct hub_estate moved[] = {estates[0], estates[1]};
    struct hub_store others[23];
    const size_t count = sizeof(others) / sizeof(others[0]);
    for (size_t i = 0; i < count; i++)
        others[i] = store;
    others[0].backend = HUB_STORE_EMBEDDED;
    others[1].estate = "others";
    others[2].redis.mode = REDIS_CLUSTER;
    strcpy(others[3].redis.addresses[1].host, "192.0.2.3");
    others[4].redis.address_count = 1;
    others[5].redis.user = NULL;
    others[6].redis.password = "another";
    others[7].redis.master = "replica";
    others[8].redis.sentinel_user = NULL;
    others[9].redis.sentinel_password = "another";
    others[10].redis.lease_ms = 6000;
    others[11].redis.database = 1;
    others[12].directory = "/srv";
    others[13].key_file = "/srv/keys";
    others[14].node = "two";
    others[15].queue = 0;
    others[16].farewell = true;
    others[17].redis.replicas = 1;
    others[18].takeover = true;
    others[19].isolated_stop = true;
    others[20].estate_count = 1;
    others[21].home = 1;
    moved[1].addresses[0].ip[3] = 3;
    others[22].estates = moved;
    for (size_t i = 0; i < count; i++)
        assert_false(hub_store_same(&store, &others[i]));
    const struct hub_store same = store;
    assert_true(hub_store_same(&store, &same));
}

static void test_none(void **state)
{
    (void)state;
    struct hub_store_copy copy;
    assert_true(hub_store_copy(&copy, &(struct hub_store){0}));
    assert_null(copy.store.node);
    hub_store_copy_fini(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outlives_what_it_was_made_of),
        cmocka_unit_test(test_every_option_counts),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
