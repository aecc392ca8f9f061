/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/phase1.h"

enum { MANY = 4096 };

/* Two ends of an ISAKMP SA: the same keys, other roles. */
static struct world {
    x4s_charon charon;
    x4s_ike_xchg1 ends[2];
} world;

static void place(x4s_ike_xchg1 *xchg, x4e_ike_role role)
{
    memset(xchg, 0, sizeof(*xchg));
    xchg->base.charon = &world.charon;
    xchg->base.role = (uint8_t)role;
    xchg->suite.hash = x4c_hash_sha1;
    xchg->skeyid_a.len = 20;
    memset(xchg->skeyid_a.data, 0x5a, xchg->skeyid_a.len);
}

static int open_world(void **state)
{
    (void)state;
    const char *error;
    memset(&world, 0, sizeof(world));
    world.charon.allocator = &x4_libc_allocator;
    world.charon.crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    place(&world.ends[0], x4c_ike_initiator);
    place(&world.ends[1], x4c_ike_responder);
    return world.charon.crypto ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    x4_crypto_free(world.charon.crypto);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void test_none_comes_twice(void **state) /* req 2409-5.7-1 2408-4.8-3 */
{
    (void)state;
    static uint32_t ids[MANY];
    unsigned upper = 0;
    for (size_t i = 0; i < MANY; i++) {
        ids[i] = x4_message_id_new(&world.ends[0]);
        assert_int_not_equal(ids[i], 0);
        upper += ids[i] >> 31;
    }
    assert_in_range(upper, MANY / 2 - MANY / 16, MANY / 2 + MANY / 16); /* of a fixed key */
    qsort(ids, MANY, sizeof(*ids), by_value);
    for (size_t i = 1; i < MANY; i++)
        assert_int_not_equal(ids[i - 1], ids[i]);
}

static void test_ours_are_known(void **state)
{
    (void)state;
    uint32_t ids[64];
    for (size_t i = 0; i < x4m_countof(ids); i++)
        ids[i] = x4_message_id_new(&world.ends[0]);
    for (size_t i = 0; i < x4m_countof(ids); i++) {
        assert_true(x4_message_id_used(&world.ends[0], ids[i]));
        assert_false(x4_message_id_used(&world.ends[1], ids[i]));
    }
}

/* The other end has another sequence: what it sends is not taken for ours. */
static void test_ends_do_not_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        uint32_t id = x4_message_id_new(&world.ends[0]);
        assert_int_not_equal(id, x4_message_id_new(&world.ends[1]));
        assert_false(x4_message_id_used(&world.ends[1], id));
    }
}

static void test_other_keys_other_ids(void **state)
{
    (void)state;
    uint32_t id = x4_message_id_new(&world.ends[0]);
    place(&world.ends[0], x4c_ike_initiator);
    world.ends[0].skeyid_a.data[0] ^= 1;
    assert_int_not_equal(x4_message_id_new(&world.ends[0]), id);
}

static void test_one_of_the_peers_is_passed_over(void **state)
{
    (void)state;
    uint32_t first = x4_message_id_new(&world.ends[0]);
    uint32_t second = x4_message_id_new(&world.ends[0]);
    place(&world.ends[0], x4c_ike_initiator);
    x4_message_id_take(&world.ends[0], first, btrue);
    assert_int_equal(x4_message_id_new(&world.ends[0]), second);
}

/* The spare and one a second: those of the instance before are ours and not drawn again. */
static void test_resume(void **state)
{
    (void)state;
    const uint32_t before = x4c_limit_own_ids_spare + 100;
    static uint32_t ids[x4c_limit_own_ids_spare + 100];
    for (size_t i = 0; i < before; i++)
        ids[i] = x4_message_id_new(&world.ends[0]);
    uint32_t next = x4_message_id_new(&world.ends[0]);
    place(&world.ends[0], x4c_ike_initiator);
    x4_message_id_resume(&world.ends[0], 100);
    for (size_t i = 0; i < before; i++)
        assert_true(x4_message_id_used(&world.ends[0], ids[i]));
    assert_false(x4_message_id_used(&world.ends[0], next));
    assert_int_equal(x4_message_id_new(&world.ends[0]), next);
}

/* What a number guards pushes out its own kind only. */
static void test_others_outlast_numbered(void **state)
{
    (void)state;
    x4s_ike_xchg1 *xchg = &world.ends[0];
    for (uint32_t id = 1; id <= x4c_limit_seen; id++) {
        x4_message_id_take(xchg, id, bfalse);
        for (uint32_t other = 0; other < 100; other++)
            x4_message_id_take(xchg, 1000 * id + other, btrue);
    }
    for (uint32_t id = 1; id <= x4c_limit_seen; id++)
        assert_true(x4_message_id_used(xchg, id));
    for (uint32_t i = 1; i <= x4c_limit_recent; i++)
        assert_true(x4_message_id_used(xchg, 1000 * x4c_limit_seen + 100 - i));
    x4_message_id_take(xchg, 999, bfalse);
    assert_false(x4_message_id_used(xchg, 1));
    assert_true(x4_message_id_used(xchg, 2) && x4_message_id_used(xchg, 999));
    x4_message_id_free(xchg);
}

static void *no_memory(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static void no_free(void *context, void *pointer, size_t size)
{
    (void)context;
    (void)pointer;
    (void)size;
}

/* Without memory the last are remembered all the same. */
static void test_without_memory(void **state)
{
    (void)state;
    static const x4s_allocator none = {.alloc = no_memory, .free = no_free};
    x4s_ike_xchg1 *xchg = &world.ends[0];
    world.charon.allocator = &none;
    for (uint32_t id = 1; id <= 100; id++)
        x4_message_id_take(xchg, id, bfalse);
    for (uint32_t i = 0; i < x4c_limit_recent; i++)
        assert_true(x4_message_id_used(xchg, 100 - i));
    x4_message_id_free(xchg);
    world.charon.allocator = &x4_libc_allocator;
}

static void test_no_more(void **state)
{
    (void)state;
    x4_message_id_resume(&world.ends[0], UINT32_MAX);
    assert_int_equal(x4_message_id_new(&world.ends[0]), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_none_comes_twice),
        TEST(test_ours_are_known),
        TEST(test_ends_do_not_meet),
        TEST(test_other_keys_other_ids),
        TEST(test_one_of_the_peers_is_passed_over),
        TEST(test_resume),
        TEST(test_others_outlast_numbered),
        TEST(test_without_memory),
        TEST(test_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
