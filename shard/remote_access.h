/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_REMOTE_ACCESS_H
#define SHARD_REMOTE_ACCESS_H

/*
 * What clients want besides tunnels: their user is asked for a password, and they ask for an
 * address inside and for servers.
 */

#include "shard/peer.h"
#include "shard/report.h"

/* The answer of a peer's user: the verdict. */
void shard_remote_access_judge(struct shard_sa *sa, x4s_ike_xauth_job *job);

/* A verdict that did not come at once; `message` is what the user is told, for the log. */
void shard_remote_access_judged(struct shard_sa *sa, x4s_chunk name,
                                enum shard_user_verdict verdict, x4s_chunk message);

/* We are asked: our user's name and password. */
bval shard_remote_access_answer(struct shard_sa *sa, const x4s_ike_cfg *asked, x4s_ike_cfg *out);

/* The peer asks for configuration; later, where another shard has to be asked for an address. */
x4e_ike_configure shard_remote_access_configure(struct shard_sa *sa, x4e_ike_cfg type,
                                                const x4s_ike_cfg *asked, x4s_ike_cfg *out);

/*
 * Asks the peer for the addresses that the connection wants. False: it wants none. Else the answer
 * comes, NULL where there is none: false, it has no address.
 */
bool shard_remote_access_ask(struct shard_sa *sa);
bool shard_remote_access_given(struct shard_sa *sa, const x4s_ike_cfg *answer);

/*
 * Tells a client whose connection has pull = no what it would have asked for, now or when its
 * address is known; nothing if there is none. The answer: NULL, it did not acknowledge it.
 */
void shard_remote_access_push(struct shard_sa *sa);
void shard_remote_access_pushed(struct shard_sa *sa, const x4s_ike_cfg *answer);

#endif
