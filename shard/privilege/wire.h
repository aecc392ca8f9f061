/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_WIRE_H
#define SHARD_PRIVILEGE_WIRE_H

/*
 * Messages between the daemon's processes: over socket pairs that keep their boundaries, each with
 * at most one descriptor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Both ends are closed on exec. False: errno. */
bool hub_wire_pair(int ends[2]);

/* `passed` goes along, and stays the caller's; -1: none. Waits for room. False: errno. */
bool hub_wire_send(int fd, const void *data, size_t size, int passed);

/*
 * Waits for a message. Its size, or 0: the other end is gone; -1: errno, EMSGSIZE for one that is
 * too long. *passed is the caller's, or -1.
 */
ssize_t hub_wire_receive(int fd, void *data, size_t size, int *passed);

#endif
