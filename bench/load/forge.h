/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_FORGE_H
#define BENCH_LOAD_FORGE_H

/*
 * Datagrams of somebody who means no good: each follows from its number and a seed, so that it can
 * be made a second time.
 */

#include <stddef.h>
#include <stdint.h>

#define LOAD_FORGED_MAX 512

enum load_attack_kind {
    LOAD_ATTACK_NONE,
    LOAD_ATTACK_MAIN,       /* first messages of main mode, each with a cookie of its own */
    LOAD_ATTACK_AGGRESSIVE, /* of aggressive mode, with a public value: the base point of P-256 */
    LOAD_ATTACK_JUNK,       /* an ISAKMP header with a length that is right, and random bytes */
    LOAD_ATTACK_REPLAY,     /* the same few first messages of main mode over and over */
};

/* A number that follows from the n-th state of SplitMix64. */
uint64_t load_forge_draw(uint64_t seed, uint64_t n);

/* Writes the n-th datagram, and returns its length. */
size_t load_forge(enum load_attack_kind kind, uint64_t seed, uint64_t n,
                  uint8_t data[LOAD_FORGED_MAX]);

/* Datagrams n and n + load_forge_period() are the same; UINT64_MAX: never. */
uint64_t load_forge_period(enum load_attack_kind kind);

#endif
