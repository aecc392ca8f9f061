/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_CASE_H
#define BENCH_MICRO_CASE_H

/*
 * The microbenchmarks as data: each is a row of a table. The program `micro` has Google Benchmark
 * run them against the clock, `count` has valgrind count their instructions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `open` makes what the case works on, and exits the program when it cannot: a benchmark that
 * measures something else than it says is worse than none. NULL: this machine has not got it, the
 * case is left out. `run` is what is measured and may be called any number of times; it does
 * `items` of what the case is about, 0 as 1. `close` releases.
 */
struct micro_case {
    const char *name; /* folders: what, which algorithm, which operation, how many */
    const void *what; /* the case's own */
    size_t size;      /* bytes, SAs, jobs: what the case says */
    uint32_t items;
    void *(*open)(const struct micro_case *self);
    void (*run)(void *state);
    void (*close)(void *state);
};

struct micro_table {
    const struct micro_case *cases;
    size_t count;
};

extern const struct micro_table micro_parse_cases;
extern const struct micro_table micro_build_cases;
extern const struct micro_table micro_prf_cases;
extern const struct micro_table micro_cipher_cases;
extern const struct micro_table micro_dh_cases;
extern const struct micro_table micro_sign_cases;
extern const struct micro_table micro_lookup_cases;
extern const struct micro_table micro_wheel_cases;
extern const struct micro_table micro_steer_cases;
extern const struct micro_table micro_record_cases;
extern const struct micro_table micro_echo_cases;
extern const struct micro_table micro_handshake_cases;

/* All of them, one after the other; NULL behind the last. */
const struct micro_case *micro_case_at(size_t index);

/* NULL: there is none of this name. */
const struct micro_case *micro_case_find(const char *name);

#endif
