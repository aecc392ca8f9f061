/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_RUNNING_H
#define SHARD_RUNNING_H

/*
 * What of the section ikehub is as it was when the daemon began, whatever a later configuration
 * says: sockets and threads.
 */

#include "shard/keep/store_copy.h"

#define HUB_RUNNING_TEXT 256

/*
 * What is done with the section ikehub of each configuration before it is used: the command line
 * overrides it. False: `error` says why the configuration cannot be used. `apply` may be NULL.
 */
struct hub_adaptation {
    bool (*apply)(const void *context, struct hub_daemon *daemon, char error[HUB_RUNNING_TEXT]);
    const void *context;
};

/* Its own copy of all that it keeps. */
struct hub_running {
    struct hub_daemon daemon;
    struct hub_store_copy store;
};

/* False: no memory; call fini then too. */
bool hub_running_init(struct hub_running *running, const struct hub_daemon *daemon);
void hub_running_fini(struct hub_running *running);

/*
 * `daemon` is what a later configuration wants, and what can be had of it afterwards. `needs` names
 * the options that need a restart, with commas between; empty: none.
 */
void hub_running_adapt(const struct hub_running *running, struct hub_daemon *daemon,
                       char needs[HUB_RUNNING_TEXT]);

#endif
