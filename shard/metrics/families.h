/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_FAMILIES_H
#define SHARD_METRICS_FAMILIES_H

/*
 * The metrics: one row of a table for each family. docs/metrics.md is made of the same rows, by
 * way of what the daemon writes. Every family is written in every scrape, with all series that are
 * known beforehand; reasons appear when they are counted for the first time.
 */

#include "shard/metrics/text.h"
#include "shard/metrics/view.h"

void metrics_families_put(struct metrics_text *text, const struct metrics_view *view);

#endif
