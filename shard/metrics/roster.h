/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_ROSTER_H
#define SHARD_METRICS_ROSTER_H

/*
 * Some of the SAs as JSON, for people to look at.
 */

#include "shard/metrics/walk.h"

#define METRICS_ROSTER_MAX    100
#define METRICS_ROSTER_PIECES 32

extern const struct metrics_teller metrics_roster_teller;

#endif
