/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_CONFINE_H
#define SHARD_PRIVILEGE_CONFINE_H

/*
 * The system calls that the packet process makes once it serves, and no others: it opens nothing,
 * connects to nobody, executes nothing. Whoever tries kills the process.
 *
 * A new ring is refused, rather than punished: a shard whose ring broke goes on with epoll. What
 * rings carry out by themselves no filter sees; they are restricted when they are opened
 * (ioring/uring.c).
 */

#include <stdbool.h>

#include "ioring/error.h"
#include "ioring/ring.h"

/*
 * For all threads of the process, and for good. A build with sanitizers, which open and do much,
 * stays as it is. False: *error has a text.
 */
bool hub_confine(struct ring_error *error);

/* Why this build is not confined; NULL: it is. */
const char *hub_confine_missing(void);

#endif
