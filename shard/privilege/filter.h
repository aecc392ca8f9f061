/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_FILTER_H
#define SHARD_PRIVILEGE_FILTER_H

/*
 * The system calls that a process may make from now on; any other one ends it. Beside those that
 * are listed, it may signal itself: abort() does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/ring.h"

/* A call that is allowed where these bits of one argument are so. */
struct hub_filter_bound {
    int call;
    unsigned argument;
    uint64_t mask;
    uint64_t value;
};

/* A call that fails instead. */
struct hub_filter_refusal {
    int call;
    int error;
};

struct hub_filter {
    const int *allowed; /* whatever they are given */
    size_t allowed_count;
    const struct hub_filter_bound *bounds;
    size_t bound_count;
    const struct hub_filter_refusal *refusals;
    size_t refusal_count;
};

/*
 * Of all threads of the process, and for good. A build with sanitizers
 * (shard/privilege/sanitized.h) filters nothing. False: *error has a text.
 */
bool hub_filter_load(const struct hub_filter *filter, struct ring_error *error);

#endif
