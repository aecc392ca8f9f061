/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint16_t slot(const char *key)
{
    return redis_slot(key, strlen(key));
}

/* From appendix A of the Redis Cluster specification. */
static void test_published_vector(void **state)
{
    (void)state;
    assert_int_equal(redis_crc16("123456789", 9), 0x31c3);
    assert_int_equal(redis_crc16("", 0), 0);
}

/* What redis-server 7.0.15 answers to CLUSTER KEYSLOT. */
static void test_slots(void **state)
{
    (void)state;
    assert_int_equal(slot("foo"), 12182);
    assert_int_equal(slot("somekey"), 11058);
    assert_int_equal(slot("foo{hash_tag}"), 2515);
    assert_int_equal(slot("bar{hash_tag}"), 2515);
}

/* The examples of the specification. */
static void test_hash_tags(void **state)
{
    (void)state;
    assert_int_equal(slot("{user1000}.following"), slot("{user1000}.followers"));
    assert_int_equal(slot("foo{}{bar}"), redis_crc16("foo{}{bar}", 10) % REDIS_SLOTS);
    assert_int_equal(slot("foo{{bar}}zap"), redis_crc16("{bar", 4) % REDIS_SLOTS);
    assert_int_equal(slot("foo{bar}{zap}"), slot("bar"));
    assert_int_equal(slot("foo{bar"), redis_crc16("foo{bar", 7) % REDIS_SLOTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vector),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_hash_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
