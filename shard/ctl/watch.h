/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_WATCH_H
#define SHARD_CTL_WATCH_H

/*
 * What happens, line by line until somebody ends it: monitor, log and trace. With --json a line is
 * an object.
 */

#include "shard/ctl/commands.h"

enum ctl_status ctl_watch(struct ctl_client *client, const struct ctl_options *options);

#endif
