/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_SA_H
#define SHARD_CONTROL_SA_H

/*
 * An ISAKMP SA with its children as VICI's event list-sa has it. What the daemon does not know is
 * left out: traffic that was counted, for one.
 *
 * States: CONNECTING, ESTABLISHED, REKEYED (a newer one is in its place), ORPHANED (it is gone, and
 * its children are not). Of children: CREATED (not agreed yet), INSTALLING, INSTALLED, REKEYING,
 * REKEYED.
 */

#include "shard/control/vici_message.h"
#include "shard/sa_record.h"

void control_sa_put(struct vici_writer *writer, const struct shard_sa_record *record);

/* The same under another name than its connection's. */
void control_sa_put_as(struct vici_writer *writer, const char *section,
                       const struct shard_sa_record *record);

/* The same where its one child is in the place of an old one: with both, as `old` and `new`. */
void control_sa_put_replaced(struct vici_writer *writer, const struct shard_sa_record *record,
                             const struct shard_child_record *old);

/* Its addresses and ports, outside of all sections. */
void control_sa_put_hosts(struct vici_writer *writer, const struct shard_sa_record *record);

#endif
