/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_SERIES_H
#define SHARD_METRICS_SERIES_H

/*
 * How the series of a family are written, for the table of families.c.
 */

#include "shard/metrics/text.h"
#include "shard/metrics/view.h"

struct metrics_family;

typedef void metrics_put_fn(struct metrics_text *text, const struct metrics_family *family,
                            const struct metrics_view *view);

/* A series of a counter: where it is, and a label that tells it apart; NULL: none. */
struct metrics_row {
    size_t offset;
    const char *label;
    const char *value;
};

struct metrics_family {
    const char *name;
    const char *type;
    const char *help;
    metrics_put_fn *put;
    const struct metrics_row *rows;
    size_t row_count;
    uint32_t per_unit; /* of the counters: 1000 milliseconds are a second; 0 as 1 */
};

metrics_put_fn metrics_put_shards;
metrics_put_fn metrics_put_sums;
metrics_put_fn metrics_put_shard_reasons;
metrics_put_fn metrics_put_reasons;
metrics_put_fn metrics_put_handshakes1;
metrics_put_fn metrics_put_handshakes2;
metrics_put_fn metrics_put_took1;
metrics_put_fn metrics_put_took2;
metrics_put_fn metrics_put_residence;
metrics_put_fn metrics_put_build;
metrics_put_fn metrics_put_started;
metrics_put_fn metrics_put_process_cpu;
metrics_put_fn metrics_put_memory;
metrics_put_fn metrics_put_shard_up;
metrics_put_fn metrics_put_stalls;
metrics_put_fn metrics_put_requests;
metrics_put_fn metrics_put_connections;
metrics_put_fn metrics_put_loads;
metrics_put_fn metrics_put_loaded;
metrics_put_fn metrics_put_pool_size;
metrics_put_fn metrics_put_pool_leased;
metrics_put_fn metrics_put_certs;
metrics_put_fn metrics_put_estates;
metrics_put_fn metrics_put_radius;

#endif
