/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_TEXT_H
#define SHARD_METRICS_TEXT_H

/*
 * Prometheus' text format, version 0.0.4: metric families with their series, into memory that
 * grows. What is written after the memory did not suffice is lost, and the text says so.
 *
 *     # HELP ikehub_isakmp_sas ISAKMP SAs that are complete.
 *     # TYPE ikehub_isakmp_sas gauge
 *     ikehub_isakmp_sas{shard="0"} 17
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics_text {
    char *data; /* free() releases it */
    size_t len;
    size_t room;
    bool failed; /* there was no memory */
};

/* Bytes as they are. */
void metrics_text_raw(struct metrics_text *text, const char *data, size_t len);

void metrics_text_family(struct metrics_text *text, const char *name, const char *type,
                         const char *help);

/* One series: begin, labels, and the value last. The suffix is "", or "_bucket" and the like. */
void metrics_text_begin(struct metrics_text *text, const char *name, const char *suffix);

/* Whatever the bytes of the value are: what is no UTF-8 is replaced. */
void metrics_text_label(struct metrics_text *text, const char *label, const char *value);
void metrics_text_label_number(struct metrics_text *text, const char *label, uint64_t value);

void metrics_text_value(struct metrics_text *text, uint64_t value);

/* The value in units of which `per_unit` is one: 1000 milliseconds of a second. */
void metrics_text_fraction(struct metrics_text *text, uint64_t value, uint32_t per_unit);

/*
 * A histogram's series `le`, `_sum` and `_count`. `buckets` has one more than `bounds`; each value
 * is in one. Both in the unit of which `per_unit` is one. `labels`: pairs of name and value, which
 * end with NULL.
 */
struct metrics_histogram {
    const uint32_t *bounds;
    const uint64_t *buckets;
    size_t bound_count;
    uint64_t sum;
    uint32_t per_unit;
};
void metrics_text_histogram(struct metrics_text *text, const char *name, const char *const *labels,
                            const struct metrics_histogram *histogram);

#endif
