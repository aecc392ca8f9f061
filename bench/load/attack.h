/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_ATTACK_H
#define BENCH_LOAD_ATTACK_H

/*
 * An attack beside legitimate load, by a thread of its own: datagrams that do not belong to any
 * exchange, each from another address and from one of several ports. The addresses are
 * those of a range that is local to this machine; for a target in 127.0.0.0/8 all of that net is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/forge.h"
#include "bench/load/pattern.h"
#include "ioring/addr.h"

#define LOAD_ATTACK_TIMES_MAX 16

struct load_attack_plan {
    enum load_attack_kind kind;
    uint32_t per_second;       /* 0: as many as one thread sends */
    uint32_t times;            /* each so often, with 131,071 others between */
    struct load_pattern range; /* no family: 127.0.0.0/8 */
};

/* What became of it. */
struct load_attacked {
    uint64_t sent;
    uint64_t bytes;
    uint64_t answers; /* counted, not read */
    double seconds;
};

struct load_attack;

/* Whether there can be such an attack on the target; false with a reason in `error`. */
bool load_attack_fits(const struct load_attack_plan *plan, const struct ring_addr *target,
                      char *error, size_t size);

/* The thread begins at once. NULL with a reason in `error`. */
struct load_attack *load_attack_start(const struct load_attack_plan *plan,
                                      const struct ring_addr *target, char *error, size_t size);

/* Ends the thread, waits for it, and frees what it had. */
void load_attack_stop(struct load_attack *attack, struct load_attacked *attacked);

#endif
