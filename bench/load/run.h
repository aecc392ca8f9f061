/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_RUN_H
#define BENCH_LOAD_RUN_H

/*
 * One run of ikeload from the first socket to the summary: bring the tunnels up, hold them, take
 * them down. SIGINT and SIGTERM end the phase that runs, and so does a second one with the taking
 * down; the calling thread has them blocked.
 */

#include "bench/load/options.h"

/*
 * Progress goes to stderr, the summary to stdout. Returns the exit status: 0 if all tunnels came
 * up, else 1, also after an error that was told on stderr.
 */
int load_run(const struct load_options *options);

#endif
