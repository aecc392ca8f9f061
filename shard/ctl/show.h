/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_SHOW_H
#define SHARD_CTL_SHOW_H

/*
 * The commands that show: for people as columns, or as JSON. `list-sas` is written as it comes.
 */

#include "shard/ctl/commands.h"

enum ctl_status ctl_show_status(struct ctl_client *client, const struct ctl_options *options);
enum ctl_status ctl_show_sas(struct ctl_client *client, const struct ctl_options *options);
enum ctl_status ctl_show_stats(struct ctl_client *client, const struct ctl_options *options);

#endif
