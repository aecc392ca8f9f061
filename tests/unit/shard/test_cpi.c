/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/cpi.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct shard_cpis cpis;

static int setup(void **state)
{
    (void)state;
    memset(&cpis, 0, sizeof(cpis));
    return 0;
}

/* RFC 3173 3.3: from 256 to 61439. Each comes once before the first comes again. */
static void test_all_of_them(void **state)
{
    (void)state;
    static bool seen[UINT16_MAX + 1];
    memset(seen, 0, sizeof(seen));
    for (unsigned i = 0; i < SHARD_CPIS; i++) {
        const uint16_t cpi = shard_cpi_draw(&cpis, 0, 1);
        assert_in_range(cpi, 256, 61439);
        assert_false(seen[cpi]);
        seen[cpi] = true;
    }
    assert_true(seen[shard_cpi_draw(&cpis, 0, 1)]);
}

static void test_parts_differ(void **state)
{
    (void)state;
    static bool seen[UINT16_MAX + 1];
    memset(seen, 0, sizeof(seen));
    for (uint32_t part = 0; part < 3; part++)
        for (unsigned i = 0; i < SHARD_CPIS / 3; i++) {
            const uint16_t cpi = shard_cpi_draw(&cpis, part, 3);
            assert_in_range(cpi, 256, 61439);
            assert_false(seen[cpi]);
            seen[cpi] = true;
        }
}

static void test_what_is_taken_is_not_drawn(void **state)
{
    (void)state;
    const uint16_t first = shard_cpi_draw(&cpis, 0, 1);
    assert_true(shard_cpi_take(&cpis, first));
    assert_false(shard_cpi_take(&cpis, first));
    for (unsigned i = 1; i < 2 * SHARD_CPIS; i++)
        assert_int_not_equal(shard_cpi_draw(&cpis, 0, 1), first);
    shard_cpi_give(&cpis, first);
    assert_true(shard_cpi_take(&cpis, first));
}

static void test_none_left(void **state)
{
    (void)state;
    for (unsigned cpi = x4c_ike_cpi_first; cpi <= x4c_ike_cpi_last; cpi++)
        assert_true(shard_cpi_take(&cpis, (uint16_t)cpi));
    assert_int_equal(shard_cpi_draw(&cpis, 0, 1), 0);
    shard_cpi_give(&cpis, x4c_ike_cpi_last);
    uint16_t found = 0;
    for (unsigned i = 0; i < SHARD_CPIS && !found; i++)
        found = shard_cpi_draw(&cpis, 0, 1);
    assert_int_equal(found, x4c_ike_cpi_last);
}

/* Two shards take what they draw: nobody has what another one has. */
#define EACH (SHARD_CPIS / 4)

static void *take_many(void *arg)
{
    uint16_t *mine = arg;
    for (unsigned i = 0; i < EACH;) {
        const uint16_t cpi = shard_cpi_draw(&cpis, 0, 1);
        if (cpi && shard_cpi_take(&cpis, cpi))
            mine[i++] = cpi;
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    (void)state;
    static uint16_t taken[2][EACH];
    static bool seen[UINT16_MAX + 1];
    pthread_t threads[2];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, taken[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 2; i++) {
        for (unsigned k = 0; k < EACH; k++) {
            assert_false(seen[taken[i][k]]);
            seen[taken[i][k]] = true;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_of_them, setup),
        cmocka_unit_test_setup(test_parts_differ, setup),
        cmocka_unit_test_setup(test_what_is_taken_is_not_drawn, setup),
        cmocka_unit_test_setup(test_none_left, setup),
        cmocka_unit_test_setup(test_two_threads, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
