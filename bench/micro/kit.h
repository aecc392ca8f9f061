/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_KIT_H
#define BENCH_MICRO_KIT_H

/*
 * What the cases have in common.
 */

#include "bench/micro/case.h"
#include "x4/core/types.h"
#include "x4/crypto/crypto.h"

/* Ends the program, with what was being done, unless it holds. */
void micro_must(bool holds, const char *what);

/* Zeroed memory; never NULL. */
void *micro_alloc(size_t size);

/* Of x4/crypto; never NULL. */
x4s_crypto *micro_crypto(void);

/* The next of a fixed sequence of numbers, of which each case begins one. */
uint64_t micro_next(uint64_t *sequence);

/* Bytes of such a sequence. */
void micro_fill(uint64_t *sequence, void *data, size_t len);

/* The compiler has to make the value, although nobody looks at it. */
static inline void micro_keep(const void *value)
{
    __asm__ volatile("" : : "g"(value) : "memory");
}

#define MICRO_TABLE(name, list)                                                                    \
    const struct micro_table name = {.cases = (list), .count = x4m_countof(list)}

#endif
