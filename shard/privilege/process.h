/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_PROCESS_H
#define SHARD_PRIVILEGE_PROCESS_H

/*
 * A process of the daemon's beside the packet process: it has the descriptors of its wire and of
 * the log, and the standard three, and does not outlive its parent.
 */

#include <sys/types.h>

/* Where the log is in such a process. */
#define HUB_PROCESS_LOG 4

/* What it is to do, until the other end of the wire is gone; returns the exit status. */
typedef int (*hub_process_fn)(int wire, void *context);

/*
 * Starts it; *wire is the caller's end. `name` is at most 15 characters. The process has a copy of
 * the caller's memory, so threads must not be running yet. -1: errno.
 */
pid_t hub_process_start(const char *name, hub_process_fn run, void *context, int log_fd, int *wire);

#endif
