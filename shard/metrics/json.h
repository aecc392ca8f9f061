/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_JSON_H
#define SHARD_METRICS_JSON_H

/*
 * The same numbers as JSON, for the status page.
 */

#include <jansson.h>

#include "shard/metrics/history.h"
#include "shard/metrics/text.h"
#include "shard/metrics/view.h"

/*
 * Before anything else here: by itself jansson would open a file for its hash's seed, which the
 * process may not any more. False: errno.
 */
bool metrics_json_begin(void);

/* Of each new reference the caller has one. NULL: no memory. */
json_t *metrics_json_status(const struct metrics_view *view);
json_t *metrics_json_history(const struct metrics_history *history);

/* A string of whatever bytes somebody chose. */
json_t *metrics_json_string(const char *text);

/* Writes the value, which is the callee's then; NULL makes the text failed. */
void metrics_json_put(struct metrics_text *text, json_t *value);

#endif
