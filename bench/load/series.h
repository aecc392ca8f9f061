/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_SERIES_H
#define BENCH_LOAD_SERIES_H

/*
 * What happened in the course of time: a file of CSV, a line a second. docs/man/ikeload.1 tells the
 * columns.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/load/tunnels.h"

struct load_series {
    FILE *out; /* NULL: none is wished */
    uint64_t begin_us;
    uint64_t last_us;
    uint64_t done[LOAD_ATTEMPTS]; /* at the line before */
};

/* `path` NULL: none. False, with a line on stderr, if it cannot be written. */
bool load_series_open(struct load_series *series, const char *path, uint64_t now_us);
void load_series_close(struct load_series *series);

/* The line of the time since the last one. */
void load_series_add(struct load_series *series, const struct load_tally *tally, uint64_t now_us);

#endif
