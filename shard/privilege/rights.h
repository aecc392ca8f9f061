/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_RIGHTS_H
#define SHARD_PRIVILEGE_RIGHTS_H

/*
 * Who a process is, and what it may do that others may not.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "ioring/error.h"
#include "ioring/ring.h"

struct hub_daemon;

/* Whom processes become that need not stay who they are. */
struct hub_rights {
    bool changes; /* else they stay who they are */
    uid_t user;
    gid_t group;
};

/* What a helper is started with. */
struct hub_charter {
    const struct hub_daemon *daemon;
    const struct hub_rights *rights;
};

/* The account of that name; NULL: no change. False: there is none, *error says so. */
bool hub_rights_find(const char *user, struct hub_rights *rights, struct ring_error *error);

/*
 * Becomes that user, with the groups of nobody else, and gives up all capabilities but one; -1:
 * all. Nothing that is executed later brings any back. False: *error has a text.
 */
bool hub_rights_keep(const struct hub_rights *rights, int capability, struct ring_error *error);

#endif
