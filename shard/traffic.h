/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_TRAFFIC_H
#define SHARD_TRAFFIC_H

/*
 * What children have carried, as the kernel counts it, for records of them. The kernel is asked
 * about all children of the records together, and the shard goes on with its work until it answers.
 */

#include "shard/sa_record.h"

/*
 * `told` is called once, later, when the records say what could be found out; they have to be there
 * until then. False: there is nothing to find out, and it is not called.
 */
bool shard_traffic_ask(struct shard *shard, struct shard_sa_record *records,
                       void (*told)(struct shard *shard, void *user), void *user);

#endif
