/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_STEER_H
#define SHARD_CTL_STEER_H

/*
 * The commands that change something. What the daemon logs about it meanwhile is printed as it
 * comes; with --json the response alone is, as an object with success and errmsg.
 */

#include "shard/ctl/commands.h"

/* The command's name and options are the daemon's. */
enum ctl_status ctl_steer(struct ctl_client *client, const struct ctl_options *options);

#endif
