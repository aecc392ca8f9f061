/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_GRANT_H
#define SHARD_PRIVILEGE_GRANT_H

/*
 * What the supervisor opens for the packet process, and what it refuses. Who asks may be somebody
 * else's by now: nothing in a question is believed.
 *
 * - Files and names of files: in the folders of what was read at start (shard/privilege/folders.h),
 *   to be read, regular ones only.
 * - A ring's sockets: on the addresses and ports that the configuration says.
 * - The control socket: where the configuration says.
 * - Servers of the store: those that are configured. Sentinels and clusters tell of others, so with
 *   them any address is one, but no path.
 * - UDP sockets: with any peer, and bound to any port that is nobody's privilege: with the ring's
 *   sockets the packet process can send to anybody as it is.
 */

#include "shard/config/config.h"
#include "shard/privilege/ask.h"
#include "shard/privilege/rights.h"

struct hub_grant {
    const struct hub_daemon *daemon;
    const struct hub_rights *rights; /* of who is no helper */
    bool listens;                    /* the control socket's file is there */
};

/* Both stay. */
void hub_grant_init(struct hub_grant *grant, const struct hub_daemon *daemon,
                    const struct hub_rights *rights);

/* Answers to the descriptor, which stays the caller's. The question is not HUB_ASK_HELPER. */
void hub_grant_answer(struct hub_grant *grant, const struct hub_ask *ask, int to);

#endif
