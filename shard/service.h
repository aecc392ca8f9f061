/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SERVICE_H
#define SHARD_SERVICE_H

/*
 * The life of the process: hardening, signals, the shard, the lines about itself.
 *
 * SIGTERM and SIGINT end it, SIGHUP has the configuration loaded anew, SIGUSR1 asks for a line of
 * statistics. The service manager is told of its state (shard/announce.h).
 */

#include "shard/running.h"

/*
 * Serves until a signal ends it. `log_fd` takes the log. Returns the exit status: 0, or 1 if it
 * could not start, with a line on stderr, or broke. `config` is released; `daemon` is its, adapted.
 */
int hub_service_run(struct hub_config *config, const struct hub_daemon *daemon,
                    const struct hub_adaptation *adapt, int log_fd);

#endif
