/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/crypto/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* Intel's manual, volume 2, CPUID; volume 1, 13.3 for XCR0. */
#define OSXSAVE (UINT32_C(1) << 27)
#define BMI2    (UINT32_C(1) << 8)
#define F       (UINT32_C(1) << 16)
#define DQ      (UINT32_C(1) << 17)
#define IFMA    (UINT32_C(1) << 21)
#define BW      (UINT32_C(1) << 30)
#define VL      (UINT32_C(1) << 31)

#define FEATURES (BMI2 | F | DQ | IFMA | BW | VL)

/* SSE, AVX, the mask registers, the upper halves of ZMM0 to 15, ZMM16 to 31. */
#define REGISTERS (UINT64_C(1) << 1 | UINT64_C(1) << 2 | UINT64_C(7) << 5)

#if defined(__x86_64__)
static uint64_t read_xcr0(void)
{
    uint32_t low;
    uint32_t high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

x4s_cpu_words x4_cpu_words(void)
{
    x4s_cpu_words words = {0};
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx))
        words.leaf1_ecx = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        words.leaf7_ebx = ebx;
    if (words.leaf1_ecx & OSXSAVE)
        words.xcr0 = read_xcr0();
    return words;
}
#else
x4s_cpu_words x4_cpu_words(void)
{
    return (x4s_cpu_words){0};
}
#endif

const char *x4_cpu_lacks(const x4s_cpu_words *words)
{
    if ((words->leaf7_ebx & FEATURES) != FEATURES)
        return "the processor has no AVX-512 IFMA";
    if (!(words->leaf1_ecx & OSXSAVE) || (words->xcr0 & REGISTERS) != REGISTERS)
        return "the operating system does not keep AVX-512 registers";
    return NULL;
}
