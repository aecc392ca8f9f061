/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

/*
 * A seeded generator, xoshiro256** (Blackman, Vigna 2018): the same seed makes the same world on
 * every machine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
    uint64_t state[4];
};

void sim_random_seed(struct sim_random *random, uint64_t seed);

uint64_t sim_random_next(struct sim_random *random);

/* 0 to bound - 1; bound is not 0. */
uint64_t sim_random_below(struct sim_random *random, uint64_t bound);

/* True in so many of a hundred cases. */
bool sim_random_chance(struct sim_random *random, unsigned percent);

void sim_random_fill(struct sim_random *random, void *data, size_t len);

#endif
