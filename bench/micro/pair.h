/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_PAIR_H
#define BENCH_MICRO_PAIR_H

/*
 * Two instances of libike that make handshakes with each other in memory: main mode and one quick
 * mode. What they send is handed over at once, no clock is read, no log is written.
 *
 * With a record one of the two works alone: what the other one had said is played to it. It has to
 * draw the same random bytes as then, so in that time OpenSSL's are of a fixed sequence as well.
 */

#include "x4/ike/charon.h"

enum { MICRO_PAIR_MAX = 64 };

struct micro_method {
    x4e_group group;
    x4e_ike_auth auth;
    const char *key; /* of signatures, as of micro_key_new; known to the peer, no certificates */
    bool vector;     /* with the processor's vector unit, where it can */
};

struct micro_pair;

/*
 * `count` handshakes go on side by side, each from an address of its own, up to MICRO_PAIR_MAX.
 * NULL: a vector unit is wished and there is none.
 */
struct micro_pair *micro_pair_new(const struct micro_method *method, size_t count);
void micro_pair_free(struct micro_pair *pair);

/* All handshakes, up to the IPsec SAs of both sides. */
void micro_pair_connect(struct micro_pair *pair);

/* Forgets all SAs; the peers are told nothing. */
void micro_pair_forget(struct micro_pair *pair);

/* One quick mode under each ISAKMP SA; its IPsec SAs are forgotten again. */
void micro_pair_quick(struct micro_pair *pair);

/*
 * Makes all handshakes and records them for a repetition in which only `live` works. From now on
 * until micro_pair_free OpenSSL's random bytes are not random.
 */
void micro_pair_record(struct micro_pair *pair, x4e_ike_role live);

/* The repetition; forgets the SAs. */
void micro_pair_replay(struct micro_pair *pair);

#endif
