/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_SUPERVISOR_H
#define SHARD_PRIVILEGE_SUPERVISOR_H

/*
 * The process that keeps the rights with which the daemon was started. It parses nothing that
 * strangers send: it opens what the packet process may have (shard/privilege/grant.h), and starts
 * the helpers, and starts them again when they end. It is a child of the packet process, which is
 * the one that was started, gets signals and is waited for; all of them end with that one, however
 * it ends.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "ioring/error.h"
#include "shard/config/config.h"
#include "shard/privilege/rights.h"

struct hub_supervisor {
    pid_t pid; /* 0: there is none */
    int wire;
};

/*
 * Starts it with its helpers, which become whom `rights` say; from now on it is asked for what is
 * to be opened. It forgets its copy of the configuration; here that stays what it is. Before
 * threads are started. False: *error has a text.
 */
bool hub_supervisor_start(struct hub_supervisor *supervisor, struct hub_config *config,
                          const struct hub_daemon *daemon, const struct hub_rights *rights,
                          int log_fd, struct ring_error *error);

/* Ends it and its helpers, and waits for that. */
void hub_supervisor_stop(struct hub_supervisor *supervisor);

#endif
