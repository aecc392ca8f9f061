/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

/*
 * An allocator that keeps books: what was taken, that it comes back with the size that it was taken
 * with, that it comes back wiped, and that on demand one allocation fails, or all from one on.
 */

#include "x4/core/memory.h"

struct sim_ledger {
    size_t blocks; /* not returned yet */
    size_t bytes;
    uint64_t calls;   /* allocations asked for, failed ones included */
    uint64_t fail_at; /* this call fails, counted from 1; 0 none */
    bool fail_on;     /* and all after it */
    uint64_t failed;
};

/* An allocator over the ledger, which outlives it. */
x4s_allocator sim_ledger_allocator(struct sim_ledger *ledger);

#endif
