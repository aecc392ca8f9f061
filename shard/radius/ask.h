/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_ASK_H
#define SHARD_RADIUS_ASK_H

/*
 * Extended authentication whose passwords RADIUS servers know: the answer of a peer's user becomes
 * an Access-Request, and its answer the verdict. A challenge becomes another question to the user.
 */

#include "shard/peer.h"

/*
 * Asks; the verdict comes later, in any case. `wait_until`: not before that. The claims are of
 * shard/remote_access.c, which is told of the outcome by shard_remote_access_judged().
 */
void shard_radius_ask(struct shard_sa *sa, x4s_ike_xauth_job *job, x4s_chunk user,
                      x4s_chunk password, x4_msec wait_until);

/* What a challenge left is forgotten. */
void shard_radius_forget(struct shard_negotiation *negotiation);

#endif
