/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of watched descriptors; its public functions are in ring.h. */
#ifndef IORING_WATCH_H
#define IORING_WATCH_H

#include "ioring/backend.h"

/* Empties the table. */
void ring_watches_init(struct ring *ring);

/* Watches all of the table with a new back end. Returns 0 or a negative errno. */
int ring_watches_restart(struct ring *ring);

/* Calls back for every watch that is ready. */
void ring_watches_run(struct ring *ring);

#endif
