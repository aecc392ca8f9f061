/* SPDX-License-Identifier: BSD-2-Clause */
/* What a ring of io_uring's may be asked for. */
#ifndef IORING_RESTRICT_H
#define IORING_RESTRICT_H

#include <liburing.h>

/*
 * Enables a ring that was set up with IORING_SETUP_R_DISABLED, for what the back end issues and
 * nothing else: a ring carries out requests that no filter of system calls sees, to open files for
 * one. No more can be registered either. 0, or a negative errno.
 */
int ring_restrict(const struct io_uring *io);

#endif
