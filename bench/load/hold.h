/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_HOLD_H
#define BENCH_LOAD_HOLD_H

/*
 * The time in which tunnels are held: rekeying, reauthentication, churn, a storm, and making anew
 * what was lost, as the options say.
 */

#include <stdint.h>

#include "bench/load/loop.h"

/* Whether the options want anything done that is worth a report. */
bool load_hold_works(const struct load_options *options);

/* For options->hold_sec, or until a signal comes. */
void load_hold(struct load_loop *loop);

#endif
