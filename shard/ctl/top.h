/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_TOP_H
#define SHARD_CTL_TOP_H

/*
 * What the daemon is busy with, anew every second or so: rates, SAs, and each shard. On a terminal
 * each view is in the place of the one before; with --json it is a line.
 */

#include "shard/ctl/commands.h"

enum ctl_status ctl_top(struct ctl_client *client, const struct ctl_options *options);

#endif
