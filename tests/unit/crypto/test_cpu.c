/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What this machine's kind answers: leaf 1 ecx, leaf 7 ebx, XCR0. */
static const x4s_cpu_words able = {0xfffa3203, 0xf1bf97a9, 0x2e7};

static void test_able(void **state)
{
    (void)state;
    assert_null(x4_cpu_lacks(&able));
}

/* Each of BMI2, F, DQ, IFMA, BW and VL is needed. */
static void test_features(void **state)
{
    (void)state;
    static const unsigned bits[] = {8, 16, 17, 21, 30, 31};
    for (size_t i = 0; i < x4m_countof(bits); i++) {
        x4s_cpu_words words = able;
        words.leaf7_ebx &= ~x4m_bit(bits[i]);
        assert_string_equal(x4_cpu_lacks(&words), "the processor has no AVX-512 IFMA");
    }
}

/* The processor has it all, and the operating system does not save it. */
static void test_registers(void **state)
{
    (void)state;
    static const char text[] = "the operating system does not keep AVX-512 registers";
    static const unsigned bits[] = {1, 2, 5, 6, 7};
    for (size_t i = 0; i < x4m_countof(bits); i++) {
        x4s_cpu_words words = able;
        words.xcr0 &= ~(UINT64_C(1) << bits[i]);
        assert_string_equal(x4_cpu_lacks(&words), text);
    }
    x4s_cpu_words words = able;
    words.leaf1_ecx &= ~x4m_bit(27);
    assert_string_equal(x4_cpu_lacks(&words), text);
}

static void test_nothing(void **state)
{
    (void)state;
    const x4s_cpu_words none = {0};
    assert_non_null(x4_cpu_lacks(&none));
}

/* Whatever this machine is, the answer is the same each time. */
static void test_here(void **state)
{
    (void)state;
    const x4s_cpu_words first = x4_cpu_words();
    const x4s_cpu_words second = x4_cpu_words();
    assert_int_equal(first.leaf7_ebx, second.leaf7_ebx);
    assert_int_equal(first.xcr0, second.xcr0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_able),      cmocka_unit_test(test_features),
        cmocka_unit_test(test_registers), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
