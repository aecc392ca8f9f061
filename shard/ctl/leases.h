/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_LEASES_H
#define SHARD_CTL_LEASES_H

/*
 * list-pools --leases: who has or had which address, part after part as the daemon tells them.
 */

#include "shard/ctl/client.h"
#include "shard/ctl/commands.h"

enum ctl_status ctl_leases(struct ctl_client *client, const struct ctl_options *options);

#endif
