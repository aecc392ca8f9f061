/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RADIUS_DAE_H
#define SHARD_RADIUS_DAE_H

/*
 * Dynamic authorization (RFC 5176): RADIUS servers end sessions (Disconnect-Request), or change
 * how long they may last and how often they are told of (CoA-Request).
 *
 * A request is taken from the addresses of the configured servers alone, needs a
 * Message-Authenticator, and names the session by Acct-Session-Id or User-Name; with a
 * Framed-IP-Address beside it only those that have it are meant. One that comes again is answered
 * again from memory. What cannot be done is answered with an Error-Cause.
 */

#include "shard/hub.h"
#include "x4/crypto/crypto.h"

struct hub_dae;

/* Listens where the newest configuration says, or not at all. False: errno. */
bool hub_dae_change(struct hub *hub, x4s_crypto *crypto);

void hub_dae_close(struct hub *hub);

#endif
