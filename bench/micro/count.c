/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a case for valgrind to count its instructions.
 *
 *     valgrind --tool=callgrind --toggle-collect=counted count TIMES CASE
 *
 * The case is run once, so that what is made once is made, and then so many times, which is what
 * counts. OpenSSL's random bytes are of a fixed sequence, so that each run has the same numbers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/micro/case.h"
#include "bench/micro/fixed_random.h"

void counted(const struct micro_case *of, void *opened, long times);

/* Valgrind knows it by its name. */
__attribute__((noinline)) void counted(const struct micro_case *of, void *opened, long times)
{
    for (long i = 0; i < times; i++)
        of->run(opened);
}

int main(int argc, char **argv)
{
    static uint64_t sequence = 1;
    const struct micro_case *of = argc == 3 ? micro_case_find(argv[2]) : NULL;
    const long times = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    if (!of || times < 1) {
        fputs("usage: count TIMES CASE\n", stderr);
        return 2;
    }
    micro_fixed_random(&sequence);
    void *opened = of->open(of);
    if (!opened) {
        fprintf(stderr, "count: this machine has not got '%s'\n", of->name);
        return 1;
    }
    of->run(opened);
    counted(of, opened, times);
    of->close(opened);
    return 0;
}
