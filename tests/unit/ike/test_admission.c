/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The budget of aggressive mode, and the bytes that strangers send and get.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "x4/ike/admission.h"
#include "x4/ike/isakmp.h"

static x4s_charon charon_with(uint32_t rate, x4s_ike_stats *stats)
{
    x4s_charon charon = {.config.limits.aggressive_a_second = rate, .now = 5000, .stats = stats};
    x4_admission_init(&charon);
    return charon;
}

static unsigned spend(x4s_charon *charon, unsigned tries)
{
    unsigned spent = 0;
    for (unsigned i = 0; i < tries; i++)
        spent += x4_admission_spend(charon);
    return spent;
}

/* As much as for a second at once; then what time brings, and no more than that for a second. */
static void test_budget(void **state)
{
    (void)state;
    x4s_charon charon = charon_with(10, NULL);
    assert_int_equal(spend(&charon, 20), 10);
    charon.now += 99;
    assert_int_equal(spend(&charon, 2), 0);
    charon.now += 1;
    assert_int_equal(spend(&charon, 2), 1);
    charon.now += 350;
    assert_int_equal(spend(&charon, 20), 3);
    charon.now += 50;
    assert_int_equal(spend(&charon, 20), 1);
    charon.now += 100000;
    assert_int_equal(spend(&charon, 20), 10);
}

/* However the tries are spread over time, a rate is a rate. */
static void test_rate(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 3, 100, 999, 5000};
    for (size_t i = 0; i < x4m_countof(rates); i++) {
        x4s_charon charon = charon_with(rates[i], NULL);
        unsigned spent = spend(&charon, rates[i]);
        assert_int_equal(spent, rates[i]);
        for (unsigned ms = 0; ms < 10000; ms++) {
            charon.now++;
            spent += spend(&charon, 10);
        }
        assert_int_equal(spent, 11 * rates[i]);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    x4s_ike_stats stats = {0};
    x4s_charon charon = charon_with(1, &stats);
    x4_admission_in(&charon, x4c_exchange_main, 1);
    x4_admission_out(&charon, x4c_exchange_main, 2);
    x4_admission_in(&charon, x4c_exchange_aggressive, 4);
    x4_admission_out(&charon, x4c_exchange_aggressive, 8);
    x4_admission_out(&charon, x4c_exchange_aggressive, 16);
    assert_int_equal(stats.main_in, 1);
    assert_int_equal(stats.main_out, 2);
    assert_int_equal(stats.aggressive_in, 4);
    assert_int_equal(stats.aggressive_out, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
