/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_LISTS_H
#define SHARD_CTL_LISTS_H

/*
 * The commands that list what is configured, and the counters: in columns, or as JSON.
 */

#include "shard/ctl/commands.h"

/* list-conns, list-certs, list-authorities, list-pools */
enum ctl_status ctl_list(struct ctl_client *client, const struct ctl_options *options);

enum ctl_status ctl_counters(struct ctl_client *client, const struct ctl_options *options);

#endif
