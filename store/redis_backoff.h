/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_BACKOFF_H
#define STORE_REDIS_BACKOFF_H

/*
 * How long to wait before something is tried again: twice as long each time up to a bound, and a
 * random part of it less, so that many clients of a server that comes back do not come at once.
 */

#include <stdint.h>

#include "x4/core/types.h"

enum {
    REDIS_BACKOFF_MS = 20,
    REDIS_BACKOFF_MAX_MS = 1000,
};

struct redis_backoff {
    uint64_t random; /* the state of a generator that keeps no secret; not 0 */
    uint32_t step_ms;
};

/* Clients that differ in the seed wait differently. */
struct redis_backoff redis_backoff(uint64_t seed);

/* From half the step to all of it; the next step is twice as long. */
x4_msec redis_backoff_next(struct redis_backoff *backoff);

/* It went well. */
void redis_backoff_reset(struct redis_backoff *backoff);

#endif
