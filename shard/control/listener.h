/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_LISTENER_H
#define SHARD_CONTROL_LISTENER_H

/*
 * The UNIX socket of the control interface: its file, with owner and mode, and what was left there
 * by a process that did not remove it.
 */

#include "ioring/error.h"
#include "ioring/ring.h"
#include "shard/config/config.h"

/* Makes the file, and listens. -1: *error has a text that begins with the path. */
int control_listener_open(const struct hub_daemon *daemon, struct ring_error *error);

/* Removes the file; the socket is the caller's to close. */
void control_listener_remove(const char *path);

#endif
