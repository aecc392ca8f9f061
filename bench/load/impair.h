/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_IMPAIR_H
#define BENCH_LOAD_IMPAIR_H

/*
 * A bad network between the fleet and the target: datagrams that get lost by chance, and such that
 * are kept for a while, in either direction. Times are microseconds of a clock that never steps
 * back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/random.h"
#include "x4/net/addr.h"

#define LOAD_DELAY_MAX_MS 60000

struct load_impairment {
    uint32_t loss_ppm; /* of a million datagrams so many are lost */
    uint32_t delay_ms;
    uint32_t jitter_ms; /* up to so much more */
};

enum load_direction {
    LOAD_OUT,
    LOAD_IN,
};

/* A datagram that is kept. */
struct load_kept {
    uint64_t due_us;
    enum load_direction direction;
    x4s_net_link link;
    size_t len;
    uint8_t data[];
};

struct load_impair {
    struct load_impairment plan;
    struct load_random random;
    struct load_kept **heap; /* the first is due first */
    size_t count;
    size_t capacity;
    uint64_t lost;
};

void load_impair_init(struct load_impair *impair, const struct load_impairment *plan,
                      uint64_t seed);
void load_impair_fini(struct load_impair *impair);

/*
 * False: the datagram may pass now. True: it is lost, or a copy is kept, and lost without memory.
 */
bool load_impair_take(struct load_impair *impair, enum load_direction direction,
                      const x4s_net_link *link, const void *data, size_t len, uint64_t now_us);

/* When the next that is kept is due; UINT64_MAX if there is none. */
uint64_t load_impair_next_us(const struct load_impair *impair);

/* The next that is due, to be freed with free(); NULL if there is none. */
struct load_kept *load_impair_due(struct load_impair *impair, uint64_t now_us);

#endif
