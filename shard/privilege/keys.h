/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KEYS_H
#define SHARD_PRIVILEGE_KEYS_H

/*
 * Who has the daemon's private keys. Until hub_keys_are() it is the process that reads the
 * configuration. Nobody reads one beside threads that change this.
 */

#include <stdbool.h>

struct hub_daemon;

enum hub_keys {
    HUB_KEYS_HERE,
    HUB_KEYS_APART,         /* a process that there is for one reading */
    HUB_KEYS_AS_CONFIGURED, /* one or the other, as ikehub.privileges says */
    HUB_KEYS_SUPERVISED,    /* the supervisor's helper HUB_HELPER_KEYS */
};

void hub_keys_are(enum hub_keys where);

/* Whether shards ask the helper for signatures. */
bool hub_keys_supervised(void);

/* Whether another process has those of a configuration that says `daemon`. */
bool hub_keys_elsewhere(const struct hub_daemon *daemon);

/*
 * Asks that process something, over a socket whose role is KEY_ROLE_DESK (key_desk.h): NULL, or why
 * not. One that is about to end is asked as well, and so another is, after a moment, a few times.
 */
typedef const char *(*hub_keys_question)(int desk, void *context);
const char *hub_keys_ask(const struct hub_daemon *daemon, hub_keys_question ask, void *context);

#endif
