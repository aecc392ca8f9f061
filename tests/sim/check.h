/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

/*
 * A promise of libike's that the simulation watches over. A broken one ends the program, with what
 * is needed to see it again: it is found deep inside a callback, where no test framework could go
 * on, and a fuzzer wants the same.
 */

#include <stdio.h>
#include <stdlib.h>

#define sim_check(condition, ...)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s: ", __FILE__, __LINE__, #condition);                \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
