/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_HANDOVER_H
#define SHARD_HANDOVER_H

/*
 * Shards of one group: whose cookie a datagram has, cookies of ours that steer home, and letters
 * for what came to the wrong shard all the same: while the group is opened, for one.
 *
 * Cost of a datagram at home: the hash of its cookie. Of one that is not: an allocation, a copy and
 * a letter.
 */

#include "shard/state.h"

/* x4s_charon_config.cookie: as initiator one that steers home. */
bval shard_handover_cookie(void *userdata, x4e_ike_role role, uint8_t cookie[8]);

/* True: the datagram is another shard's; it was handed over, or dropped and counted. */
bool shard_handover_pass(struct shard *shard, const struct ring_datagram *datagram);

#endif
