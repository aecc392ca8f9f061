/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/spi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[x4c_siphash_key] = {1, 2, 3, 4};

static bool none_is_taken(const void *user, uint32_t spi)
{
    (void)user;
    (void)spi;
    return false;
}

static bool all_are_taken(const void *user, uint32_t spi)
{
    (void)user;
    (void)spi;
    return true;
}

static bool is_this_one(const void *user, uint32_t spi)
{
    return *(const uint32_t *)user == spi;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

#define COUNT 100000

/* Of several shards too. */
static void test_all_differ(void **state) /* req 2408-2.4-5 */
{
    (void)state;
    static uint32_t spis[2 * COUNT];
    struct shard_spi shards[2];
    for (uint32_t i = 0; i < 2; i++)
        shard_spi_init(&shards[i], key, i, 2, 1);
    for (size_t i = 0; i < 2 * COUNT; i++)
        spis[i] = shard_spi_next(&shards[i % 2], 0, none_is_taken, NULL);
    qsort(spis, 2 * COUNT, sizeof(*spis), compare);
    assert_true(spis[0] >= SHARD_SPI_MIN);
    for (size_t i = 1; i < 2 * COUNT; i++)
        assert_true(spis[i] != spis[i - 1]);
}

/* Of several estates too, whatever the nodes are that draw for them. */
static void test_parts_differ(void **state)
{
    (void)state;
    static uint32_t spis[3 * COUNT];
    for (uint32_t part = 0; part < 3; part++) {
        const uint8_t own[x4c_siphash_key] = {(uint8_t)part};
        struct shard_spi spi;
        shard_spi_init(&spi, own, 0, 1, 3);
        for (size_t i = 0; i < COUNT; i++) {
            const uint32_t value = shard_spi_next(&spi, part, none_is_taken, NULL);
            assert_int_equal(value >> (32 - SHARD_SPI_PART_BITS), part);
            spis[part * COUNT + i] = value;
        }
    }
    qsort(spis, 3 * COUNT, sizeof(*spis), compare);
    for (size_t i = 1; i < 3 * COUNT; i++)
        assert_true(spis[i] != spis[i - 1]);
}

/* Every bit is set in about half of them, and they do not follow each other. */
static void test_they_look_random(void **state) /* req 3948-1-2 */
{
    (void)state;
    struct shard_spi spi;
    uint32_t ones[32] = {0};
    int near = 0;
    uint32_t last = 0;
    shard_spi_init(&spi, key, 0, 1, 1);
    for (int i = 0; i < COUNT; i++) {
        uint32_t value = shard_spi_next(&spi, 0, none_is_taken, NULL);
        for (int bit = 0; bit < 32; bit++)
            ones[bit] += value >> bit & 1;
        near += value - last < 65536;
        last = value;
    }
    for (int bit = 0; bit < 32; bit++)
        assert_in_range(ones[bit], COUNT * 48 / 100, COUNT * 52 / 100);
    assert_true(near < 20);
}

static void test_depends_on_the_key(void **state)
{
    (void)state;
    const uint8_t other_key[x4c_siphash_key] = {9};
    struct shard_spi a, b;
    int same = 0;
    shard_spi_init(&a, key, 0, 1, 1);
    shard_spi_init(&b, other_key, 0, 1, 1);
    for (int i = 0; i < 100; i++)
        same += shard_spi_next(&a, 0, none_is_taken, NULL) ==
                shard_spi_next(&b, 0, none_is_taken, NULL);
    assert_int_equal(same, 0);
}

static void test_taken_ones_are_left_out(void **state)
{
    (void)state;
    struct shard_spi spi;
    shard_spi_init(&spi, key, 0, 1, 1);
    uint32_t first = shard_spi_next(&spi, 0, none_is_taken, NULL);
    shard_spi_init(&spi, key, 0, 1, 1);
    assert_int_not_equal(shard_spi_next(&spi, 0, is_this_one, &first), first);
    assert_int_equal(shard_spi_next(&spi, 0, all_are_taken, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_differ),
        cmocka_unit_test(test_parts_differ),
        cmocka_unit_test(test_they_look_random),
        cmocka_unit_test(test_depends_on_the_key),
        cmocka_unit_test(test_taken_ones_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
