/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_LOAD_REPORT_H
#define BENCH_LOAD_REPORT_H

/*
 * What ikeload tells: a line a second while it works, and a summary at the end.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/load/tunnels.h"

enum load_ending {
    LOAD_FINISHED,
    LOAD_TIMED_OUT,
    LOAD_INTERRUPTED,
};

/* The result of a run. CPU times are of the time between the first message and the last. */
struct load_result {
    const struct load_options *options;
    enum load_ending ending;
    const char *backend;
    const struct load_tally *tally;
    uint64_t retransmissions;
    uint64_t elapsed_us; /* from the first start to the last tunnel that came up */
    uint64_t own_cpu_ns;
    uint64_t resident_bytes; /* of ikeload, when all were up */
    bool responder_known;
    uint64_t responder_cpu_ns;
    struct load_attacked attacked;
    uint64_t silence_us; /* while the tunnels were held: the longest time without a datagram */
};

/* The line is rewritten on a terminal, and one of its own elsewhere. */
struct load_progress {
    FILE *out;
    bool terminal;
    uint64_t done_before;
    uint64_t us_before;
};

void load_progress_init(struct load_progress *progress, FILE *out, uint64_t now_us);
void load_progress_show(struct load_progress *progress, const struct load_tally *tally,
                        uint64_t now_us);

/* Ends the line on a terminal. */
void load_progress_end(const struct load_progress *progress);

/* For people. The first line is "UP of ASKED tunnels up". */
void load_report_text(FILE *out, const struct load_result *result);

/* One JSON object on one line; its members are listed in docs/man/ikeload.1. */
void load_report_json(FILE *out, const struct load_result *result);

#endif
