/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_slot_map.h"

#include <hiredis/hiredis.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct redis_address asked = {.host = "192.0.2.9", .port = 7000};

/* The reply in the form in which it comes from the server. */
static bool read_map(struct redis_slot_map *map, const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    assert_int_equal(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    const bool good = redis_slot_map_read(map, reply, &asked);
    freeReplyObject(reply);
    redisReaderFree(reader);
    return good;
}

#define NODE(host, port) "*2\r\n" host ":" #port "\r\n"
#define HOST             "$9\r\n192.0.2.1\r\n"
#define ALL              ":0\r\n:16383\r\n"

static void check(const struct redis_slot_map *map, uint16_t slot, const char *host, uint16_t port)
{
    const struct redis_address *node = redis_slot_map_find(map, slot);

    assert_non_null(node);
    assert_string_equal(node->host, host);
    assert_int_equal(node->port, port);
}

static void test_ranges(void **state)
{
    struct redis_slot_map map;

    (void)state;
    assert_true(read_map(
        &map, "*3\r\n"
              "*3\r\n:0\r\n:99\r\n" NODE(HOST, 7001) "*4\r\n:200\r\n:16383\r\n" NODE(HOST, 7002)
                  NODE(HOST, 7003) "*3\r\n:100\r\n:100\r\n" NODE("$-1\r\n", 7004)));
    check(&map, 0, "192.0.2.1", 7001);
    check(&map, 99, "192.0.2.1", 7001);
    check(&map, 100, "192.0.2.9", 7004);
    assert_null(redis_slot_map_find(&map, 101));
    check(&map, 200, "192.0.2.1", 7002);
    check(&map, 16383, "192.0.2.1", 7002);
    assert_int_equal(map.count, 3);
}

static void test_without_addresses(void **state)
{
    struct redis_slot_map map;

    (void)state;
    assert_true(read_map(&map, "*1\r\n*3\r\n" ALL NODE("$0\r\n\r\n", 7001)));
    check(&map, 5, "192.0.2.9", 7001);
    assert_true(read_map(&map, "*0\r\n"));
    assert_null(redis_slot_map_find(&map, 5));
}

static void test_refused(void **state)
{
    static const char *const replies[] = {
        "+OK\r\n",
        ":1\r\n",
        "$-1\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*0\r\n",
        "*1\r\n*2\r\n" ALL,
        "*1\r\n*3\r\n:0\r\n:16384\r\n" NODE(HOST, 7001),
        "*1\r\n*3\r\n:-1\r\n:1\r\n" NODE(HOST, 7001),
        "*1\r\n*3\r\n:2\r\n:1\r\n" NODE(HOST, 7001),
        "*1\r\n*3\r\n$1\r\n0\r\n:1\r\n" NODE(HOST, 7001),
        "*1\r\n*3\r\n" ALL ":7\r\n",
        "*1\r\n*3\r\n" ALL "*0\r\n",
        "*1\r\n*3\r\n" ALL "*1\r\n" HOST,
        "*1\r\n*3\r\n" ALL "*2\r\n" HOST "$4\r\n7001\r\n",
        "*1\r\n*3\r\n" ALL NODE(HOST, 0),
        "*1\r\n*3\r\n" ALL NODE(HOST, 65536),
        "*1\r\n*3\r\n" ALL NODE("$4\r\nhost\r\n", 7001),
        "*1\r\n*3\r\n" ALL NODE(":1\r\n", 7001),
    };
    struct redis_slot_map map;

    (void)state;
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        assert_false(read_map(&map, replies[i]));
        assert_int_equal(map.count, 0);
        assert_null(redis_slot_map_find(&map, 0));
    }
}

static void test_moved_slot(void **state)
{
    struct redis_slot_map map;
    struct redis_address other = {.host = "::1", .port = 7005};

    (void)state;
    assert_true(read_map(&map, "*1\r\n*3\r\n" ALL NODE(HOST, 7001)));
    assert_false(redis_slot_map_has(&map, &other));
    assert_true(redis_slot_map_set(&map, 77, 77, &other));
    check(&map, 76, "192.0.2.1", 7001);
    check(&map, 77, "::1", 7005);
    check(&map, 78, "192.0.2.1", 7001);
    assert_true(redis_slot_map_has(&map, &other));
}

static void test_too_many_nodes(void **state)
{
    struct redis_slot_map map;
    struct redis_address node = {.host = "::1"};

    (void)state;
    redis_slot_map_clear(&map);
    for (node.port = 1; node.port <= REDIS_NODES_MAX; node.port++)
        assert_true(redis_slot_map_set(&map, node.port, node.port, &node));
    assert_false(redis_slot_map_set(&map, 0, 0, &node));
    node.port = 1;
    assert_true(redis_slot_map_set(&map, 0, 0, &node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),         cmocka_unit_test(test_without_addresses),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_moved_slot),
        cmocka_unit_test(test_too_many_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
