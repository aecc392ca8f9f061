/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_MEND_H
#define SHARD_MEND_H

/*
 * A shard whose ring broke opens it anew and goes on: no SA is lost, peers send again what was
 * under way. It is tried five times in a minute, longer and longer after each other, 0.75 s in all;
 * then the shard gives up, and whoever supervises the daemon starts it again.
 */

#include "shard/state.h"

/* `code`: the negative errno that the ring broke with. False: given up. */
bool shard_mend_ring(struct shard *shard, int code);

#endif
