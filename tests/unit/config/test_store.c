/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shard/config/config.h"

static char problem[512];

static void told(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    if (severity == HUB_ERROR && !*problem)
        snprintf(problem, sizeof(problem), "%s", text);
}

static struct hub_config *parse(const char *section)
{
    char conf[1024];
    *problem = '\0';
    snprintf(conf, sizeof(conf), "ikehub {\n%s\n}\n", section);
    return hub_config_parse("f.conf", conf, strlen(conf), told, NULL);
}

static void test_none(void **state)
{
    (void)state;
    struct hub_config *config = parse("");
    assert_non_null(config);
    assert_false(config->daemon.store.used);
    hub_config_free(config);
}

static void test_defaults(void **state)
{
    (void)state;
    struct hub_config *config = parse("store {\n}");
    assert_non_null(config);
    const struct hub_store *store = &config->daemon.store;
    assert_true(store->used);
    assert_string_equal(store->directory, "/var/lib/ikehub");
    assert_string_equal(store->key_file, "/var/lib/ikehub/keys");
    assert_true(strlen(store->node) > 0);
    assert_int_equal(store->queue, 0);
    assert_int_equal(store->ack_timeout_ms, 10000);
    assert_false(store->farewell);
    hub_config_free(config);
}

static void test_all(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "store {\n directory = /srv/ike\n key_file = /etc/ikehub/keys\n node = hub-1.example\n"
        " queue = 5000\n ack_timeout = 1.5\n stop = farewell\n}");
    assert_non_null(config);
    const struct hub_store *store = &config->daemon.store;
    assert_string_equal(store->directory, "/srv/ike");
    assert_string_equal(store->key_file, "/etc/ikehub/keys");
    assert_string_equal(store->node, "hub-1.example");
    assert_int_equal(store->queue, 5000);
    assert_int_equal(store->ack_timeout_ms, 1500);
    assert_true(store->farewell);
    hub_config_free(config);
}

static void test_redis(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "store {\n backend = redis\n node = one\n estate = hubs\n key_file = /etc/ikehub/keys\n"
        " servers = 192.0.2.1, 192.0.2.2:26380\n master = ike\n user = ikehub\n"
        " password = secret\n lease = 5\n}");
    assert_non_null(config);
    const struct hub_store *store = &config->daemon.store;
    assert_int_equal(store->backend, HUB_STORE_REDIS);
    assert_string_equal(store->node, "one");
    assert_string_equal(store->estate, "hubs");
    assert_int_equal(store->redis.mode, REDIS_SENTINEL);
    assert_int_equal(store->redis.address_count, 2);
    assert_string_equal(store->redis.addresses[0].host, "192.0.2.1");
    assert_int_equal(store->redis.addresses[0].port, REDIS_SENTINEL_PORT);
    assert_int_equal(store->redis.addresses[1].port, 26380);
    assert_string_equal(store->redis.master, "ike");
    assert_string_equal(store->redis.user, "ikehub");
    assert_string_equal(store->redis.password, "secret");
    assert_int_equal(store->redis.lease_ms, 5000);
    hub_config_free(config);
    config = parse("store {\n backend = redis\n}");
    assert_non_null(config);
    assert_string_equal(config->daemon.store.estate, config->daemon.store.node);
    assert_int_equal(config->daemon.store.redis.mode, REDIS_STANDALONE);
    assert_int_equal(config->daemon.store.redis.address_count, 1);
    assert_int_equal(config->daemon.store.redis.addresses[0].port, REDIS_PORT);
    hub_config_free(config);
}

static void test_estates(void **state)
{
    (void)state;
    struct hub_config *config = parse(
        "store {\n backend = redis\n node = b\n takeover = auto\n isolated = stop\n replicas = 1\n"
        " estates {\n a {\n addresses = 192.0.2.1, 2001:db8::1\n }\n"
        " b {\n addresses = 192.0.2.2\n }\n c {\n }\n }\n}");
    assert_non_null(config);
    const struct hub_store *store = &config->daemon.store;
    assert_int_equal(store->estate_count, 3);
    assert_int_equal(store->home, 1);
    assert_string_equal(store->estates[0].name, "a");
    assert_int_equal(store->estates[0].address_count, 2);
    assert_int_equal(store->estates[0].addresses[1].family, x4c_net_ipv6);
    assert_int_equal(store->estates[2].address_count, 0);
    assert_true(store->takeover);
    assert_true(store->isolated_stop);
    assert_int_equal(store->redis.replicas, 1);
    hub_config_free(config);
}

static void test_estates_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "estates {\n a {\n }\n }",
        "estates {\n b {\n addresses = 192.0.2.1\n }\n a {\n addresses = 192.0.2.1\n }\n }",
        "estates {\n b {\n }\n \"two words\" {\n }\n }",
        "estates {\n b {\n address = 192.0.2.1\n }\n }",
        "estates {\n b {\n }\n }\n estate = b",
        "takeover = auto",
        "tls = yes",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), "store {\n backend = redis\n node = b\n %s\n}", wrong[i]);
        assert_null(parse(text));
    }
    assert_null(parse("store {\n node = b\n estates {\n b {\n }\n }\n}"));
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "store {\n directory = var/lib\n}",
        "store {\n key_file = keys\n}",
        "store {\n node = \"two words\"\n}",
        "store {\n node = a/b\n}",
        "store {\n queue = 0\n}",
        "store {\n ack_timeout = 0\n}",
        "store {\n stop = sometimes\n}",
        "store {\n nothing = 1\n}",
        "store {\n estate = hubs\n}",
        "store {\n servers = redis.example\n backend = redis\n}",
        "store {\n lease = 0\n}",
        "store {\n servers = 127.0.0.1\n}",
        "store {\n master = hubs\n}",
        "store {\n cluster = yes\n}",
        "store {\n password = secret\n}",
        "store {\n sentinel_password = secret\n}",
        "store {\n database = 1\n}",
        "store {\n lease = 5\n}",
        "store {\n takeover = auto\n}",
        "store {\n isolated = stop\n}",
        "store {\n replicas = 1\n}",
        "store {\n tls = yes\n}",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(parse(wrong[i]));
        assert_non_null(strstr(problem, "f.conf:3"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_redis),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_estates),
        cmocka_unit_test(test_estates_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
