/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_RANDOM_H
#define BENCH_LOAD_RANDOM_H

/*
 * Bytes that can be had a second time: the SplitMix64 generator (Steele, Lea, Flood: "Fast
 * Splittable Pseudorandom Number Generators", 2014). Predictable, so for reproducible load only.
 */

#include <stddef.h>
#include <stdint.h>

struct load_random {
    uint64_t state; /* the seed, before the first use */
};

void load_random_fill(struct load_random *source, void *data, size_t len);

#endif
