/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_CONTROL_H
#define SHARD_CONTROL_CONTROL_H

/*
 * The control socket: a UNIX socket on which strongSwan's control interface (VICI) is spoken, for
 * ikehubctl, swanctl and others. Who may connect, the permissions of the socket say; whoever can,
 * may do everything.
 *
 * It belongs to the control thread and asks the shards by letters, so no client delays a packet.
 */

#include "ioring/error.h"
#include "shard/hub.h"

struct control;

/* Clients at a time; more are turned away. */
#define CONTROL_CLIENTS_MAX 32

/*
 * Binds the socket of the configuration and serves it. A socket that nobody listens on any more is
 * replaced; anything else in its place is an error. NULL: *error has a text.
 */
struct control *control_open(struct hub *hub, const struct hub_daemon *daemon,
                             struct ring_error *error);

/* After hub_run(): no answers come any more. Removes the socket. NULL is ignored. */
void control_close(struct control *control);

#endif
