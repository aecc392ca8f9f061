/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SIGNER_H
#define SHARD_SIGNER_H

/*
 * A shard's signatures, where another process has the private keys (shard/privilege/key_client.h):
 * they are asked for over a wire that the ring watches. When the process has ended another wire is
 * asked for at once, and where that one says nothing before it ends, too, a moment later.
 */

#include "ioring/error.h"
#include "shard/state.h"

/* Does nothing where private keys are this process's. False: *error has a text. */
bool shard_signer_open(struct shard *shard, struct ring_error *error);

/* After libike's instance. */
void shard_signer_close(struct shard *shard);

/* Who signs with the keys of the configuration; NULL: libike itself. */
const x4s_key_holder *shard_signer_holder(const struct shard *shard);

/* What became of what was asked for; zeros where nothing is. */
void shard_signer_count(const struct shard *shard, struct shard_counters *counters);

#endif
