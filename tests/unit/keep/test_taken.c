/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/keep/taken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct shard_taken taken;

static void test_taken(void **state)
{
    (void)state;
    static const uint32_t spis[] = {0x100, 0xffffffff, 0x80000000, 0x00ffffff, 0x12345678};
    for (size_t i = 0; i < sizeof(spis) / sizeof(spis[0]); i++) {
        if (spis[i] != 0x00ffffff)
            assert_false(shard_taken_has(&taken, spis[i]));
        shard_taken_add(&taken, spis[i]);
        assert_true(shard_taken_has(&taken, spis[i]));
    }
    assert_false(shard_taken_has(&taken, 0x101));
    assert_false(shard_taken_has(&taken, 0x12345679));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_taken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
