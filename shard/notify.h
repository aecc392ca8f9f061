/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_NOTIFY_H
#define SHARD_NOTIFY_H

/*
 * What the service manager is told: the protocol of sd_notify(3), datagrams of NAME=value lines to
 * the socket that $NOTIFY_SOCKET names. It is stable, and systemd's manual has it for being spoken
 * without libsystemd, which would bring its compression libraries into a process that parses what
 * strangers send.
 *
 * All functions do nothing where nobody wants to be told, and none waits.
 */

#include "x4/core/types.h"

struct hub_notify {
    int fd;              /* -1: nobody wants to be told */
    x4_msec watchdog_ms; /* between two signs of life; 0: none are wanted */
    x4_msec alive_at;    /* when the next is due */
};

/*
 * Takes what there is out of the environment, and connects: from then on no file is opened, so
 * that a process without rights can go on.
 */
void hub_notify_init(struct hub_notify *notify);
void hub_notify_fini(struct hub_notify *notify);

/* It serves: after the start, and after each reload. `status` is for people, of one line. */
void hub_notify_ready(const struct hub_notify *notify, const char *status);

/* It loads its configuration anew. */
void hub_notify_reloading(const struct hub_notify *notify);

/* It is about to end. */
void hub_notify_stopping(const struct hub_notify *notify);

/*
 * A sign of life, if one is due. Whoever calls it vouches for the daemon. Returns the milliseconds
 * until the next is due; x4c_never: none is wanted.
 */
x4_msec hub_notify_alive(struct hub_notify *notify, x4_msec now);

#endif
