/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_HANDSHAKES_H
#define SHARD_HANDSHAKES_H

/*
 * How handshakes went, by what they were, and how long those took that were completed: from when
 * the exchange was made (in main mode of a responder with the peer's second message; shard_sa.
 * began_ms) to when the SA was complete. What is resumed from a record is no handshake.
 *
 * 64-bit counters and nothing else, so that they can be added up.
 */

#include <stdint.h>

#include "x4/ike/charon.h"

struct shard_child;
struct shard_sa;

enum shard_mode {
    SHARD_MODE_MAIN,
    SHARD_MODE_AGGRESSIVE,
    SHARD_MODES,
};

enum shard_method {
    SHARD_METHOD_PSK,
    SHARD_METHOD_RSA,
    SHARD_METHOD_ECDSA,
    SHARD_METHOD_HYBRID,
    SHARD_METHOD_XAUTH_PSK,
    SHARD_METHOD_XAUTH_RSA,
    SHARD_METHODS,
};

enum shard_result {
    SHARD_FAILED,
    SHARD_COMPLETED,
    SHARD_RESULTS,
};

#define SHARD_ROLES 2 /* x4e_ike_role */

/* Upper bounds of the buckets, in milliseconds; one more bucket is for what took longer. */
#define SHARD_DURATION_BOUNDS                                                                      \
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000
#define SHARD_DURATION_BUCKETS 16

extern const uint32_t shard_duration_bounds_ms[SHARD_DURATION_BUCKETS - 1];

/* Each value is in one bucket. */
struct shard_durations {
    uint64_t buckets[SHARD_DURATION_BUCKETS];
    uint64_t sum_ms;
};

struct shard_handshakes {
    uint64_t phase1[SHARD_MODES][SHARD_METHODS][SHARD_ROLES][SHARD_RESULTS];
    uint64_t phase2[SHARD_ROLES][SHARD_RESULTS];
    struct shard_durations took1[SHARD_MODES][SHARD_METHODS];
    struct shard_durations took2;
};

/* "main", "psk", "initiator", "completed" */
const char *shard_mode_name(enum shard_mode mode);
const char *shard_method_name(enum shard_method method);
const char *shard_role_name(unsigned role);
const char *shard_result_name(enum shard_result result);

enum shard_method shard_method_of(uint16_t auth);

void shard_durations_add(struct shard_durations *durations, uint32_t took_ms);

/* The handshake of the SA or child ends, in this way. */
void shard_handshakes_end1(const struct shard_sa *sa, enum shard_result result);
void shard_handshakes_end2(const struct shard_child *child, enum shard_result result);

#endif
