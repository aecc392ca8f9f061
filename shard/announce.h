/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_ANNOUNCE_H
#define SHARD_ANNOUNCE_H

/*
 * Has the service manager know what the hub does (shard/notify.h): that it serves, loads its
 * configuration, and lives. The control thread gives the signs of life, and only while no shard is
 * stalled (shard/stall.h): so the manager's watchdog ends a daemon whose control thread or one of
 * whose shards goes round no more.
 */

#include "shard/hub.h"
#include "shard/notify.h"
#include "shard/reload.h"

struct hub_announcer {
    struct hub_notify *notify;
    struct hub *hub;
    struct hub_timer alive;
    struct hub_reload_request request;
    bool reloading;
};

/* The hub serves. `notify` and `hub` outlive it. */
void hub_announce_begin(struct hub_announcer *announcer, struct hub *hub,
                        struct hub_notify *notify);

/* Loads the configuration anew, and tells when it begins and when it is over. */
void hub_announce_reload(struct hub_announcer *announcer);

void hub_announce_stop(const struct hub_announcer *announcer);

#endif
