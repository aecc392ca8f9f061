/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/forge.h"

static uint8_t data[LOAD_FORGED_MAX];
static uint8_t other[LOAD_FORGED_MAX];

static uint32_t told_length(const uint8_t *message)
{
    return (uint32_t)message[24] << 24 | (uint32_t)message[25] << 16 | (uint32_t)message[26] << 8 |
           message[27];
}

static void test_every_kind_has_a_right_length(void **state)
{
    (void)state;
    for (int kind = LOAD_ATTACK_MAIN; kind <= LOAD_ATTACK_REPLAY; kind++) {
        for (uint64_t n = 0; n < 500; n++) {
            size_t len = load_forge((enum load_attack_kind)kind, 1, n, data);
            assert_in_range(len, 28, LOAD_FORGED_MAX);
            assert_int_equal(told_length(data), len);
        }
    }
}

static void test_first_messages_differ_by_cookie(void **state)
{
    (void)state;
    size_t len = load_forge(LOAD_ATTACK_MAIN, 1, 5, data);
    assert_int_equal(load_forge(LOAD_ATTACK_MAIN, 1, 6, other), len);
    assert_memory_not_equal(data, other, 8);
    assert_memory_equal(data + 8, other + 8, len - 8);
    assert_int_equal(data[18], 2); /* main mode */
    (void)load_forge(LOAD_ATTACK_AGGRESSIVE, 1, 5, data);
    assert_int_equal(data[18], 4);
}

static void test_the_same_again(void **state)
{
    (void)state;
    for (int kind = LOAD_ATTACK_MAIN; kind <= LOAD_ATTACK_REPLAY; kind++) {
        size_t len = load_forge((enum load_attack_kind)kind, 3, 9, data);
        assert_int_equal(load_forge((enum load_attack_kind)kind, 3, 9, other), len);
        assert_memory_equal(data, other, len);
    }
}

static void test_replays_come_round(void **state)
{
    uint64_t period = load_forge_period(LOAD_ATTACK_REPLAY);
    (void)state;
    size_t len = load_forge(LOAD_ATTACK_REPLAY, 3, 9, data);
    (void)load_forge(LOAD_ATTACK_REPLAY, 3, 9 + period, other);
    assert_memory_equal(data, other, len);
    (void)load_forge(LOAD_ATTACK_REPLAY, 3, 10, other);
    assert_memory_not_equal(data, other, len);
    assert_true(load_forge_period(LOAD_ATTACK_MAIN) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_a_right_length),
        cmocka_unit_test(test_first_messages_differ_by_cookie),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_replays_come_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
