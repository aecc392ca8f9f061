/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_STATISTICS_H
#define SHARD_STATISTICS_H

/*
 * All counters of a shard as one log line. A counter that is zero is left out; names are stable.
 */

#include "shard/state.h"

/*
 * event=NAME, then always: handshakes (quick modes completed), isakmp_sas, children, cpu_us (user
 * and system time of the process) and rss_kb (its resident memory now); then what is not zero.
 * Libike's reasons come as refused_REASON, ph1_down_REASON and ph2_down_REASON.
 */
void shard_statistics_write(struct shard *shard, const char *event);

#endif
