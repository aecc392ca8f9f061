/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_HISTOGRAM_H
#define BENCH_LOAD_HISTOGRAM_H

/*
 * Counts values in buckets whose width grows with the value, so that any quantile is known to
 * within one part in LOAD_HISTOGRAM_PARTS in constant memory (the idea of HdrHistogram). Values
 * have no unit here; ikeload counts microseconds.
 */

#include <stdint.h>
#include <stdio.h>

/* Buckets for each doubling of the value. */
#define LOAD_HISTOGRAM_PARTS 64

/* Larger values are counted as this one: 2^40 - 1 microseconds are 12 days. */
#define LOAD_HISTOGRAM_VALUE_MAX ((UINT64_C(1) << 40) - 1)

/* Values below 2 * PARTS have a bucket each; then come 33 doublings. */
#define LOAD_HISTOGRAM_BUCKETS (LOAD_HISTOGRAM_PARTS * 35)

/* Zeroed means empty. */
struct load_histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[LOAD_HISTOGRAM_BUCKETS];
};

void load_histogram_add(struct load_histogram *histogram, uint64_t value);

/*
 * The least value that `per_mille` thousandths of all values do not exceed, rounded up within its
 * bucket, never above the largest value counted. 0 of an empty histogram. per_mille: 0 to 1000.
 */
uint64_t load_histogram_quantile(const struct load_histogram *histogram, unsigned per_mille);

/* All of them, as the tools of HdrHistogram print and plot them (.hgrm). */
void load_histogram_print(const struct load_histogram *histogram, FILE *out);

#endif
