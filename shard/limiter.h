/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_LIMITER_H
#define SHARD_LIMITER_H

/*
 * How often a stranger may make us write a line: so many a second of each event and reason. What is
 * beyond that is counted, and the count is told later, so that a flood neither fills the disk nor
 * goes unseen. Plain memory: zeroed is ready, nothing to release.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x4/core/types.h"

#define HUB_LIMITER_LINES  10 /* in one window */
#define HUB_LIMITER_WINDOW 1000
#define HUB_LIMITER_SLOTS  64 /* more kinds than that share the last slot */
#define HUB_LIMITER_NAME   32 /* bytes of a name that are looked at, with a NUL */

struct hub_limiter_slot {
    char event[HUB_LIMITER_NAME];
    char reason[HUB_LIMITER_NAME];
    x4_msec begin; /* of the window */
    uint32_t passed;
    uint64_t suppressed; /* since a line last passed or was told */
};

struct hub_limiter {
    struct hub_limiter_slot slots[HUB_LIMITER_SLOTS];
    size_t used;
};

/* Whether a line may be written now. *suppressed tells with it how many were not since the last. */
bool hub_limiter_pass(struct hub_limiter *limiter, const char *event, const char *reason,
                      x4_msec now, uint64_t *suppressed);

/*
 * Takes one kind whose window is over and of which lines were suppressed: true, with its names and
 * the count in *taken.
 */
bool hub_limiter_take(struct hub_limiter *limiter, x4_msec now, struct hub_limiter_slot *taken);

/* When hub_limiter_take next has something; x4c_never: nothing was suppressed. */
x4_msec hub_limiter_due(const struct hub_limiter *limiter);

#endif
