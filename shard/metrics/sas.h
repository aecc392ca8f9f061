/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_SAS_H
#define SHARD_METRICS_SAS_H

/*
 * Series of single SAs, apart from the others because there may be many of them: off unless asked
 * for (`ikehub.metrics.sas`), and no more than that. Numbers of a child begin anew when it is
 * rekeyed: its SPI is a label.
 */

#include "shard/metrics/walk.h"

/* A piece has 32 SAs with a child each; with more, fewer are told. */
#define METRICS_SAS_PIECES(sas) (32 + (size_t)(sas) / 8)

extern const struct metrics_teller metrics_sas_teller;

#endif
