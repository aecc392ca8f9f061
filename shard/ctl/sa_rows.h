/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_SA_ROWS_H
#define SHARD_CTL_SA_ROWS_H

/*
 * An SA as rows of a table: one of its own, and one for each child.
 */

#include "shard/ctl/table.h"
#include "shard/ctl/tree.h"

void ctl_sa_rows_begin(struct ctl_table *table, FILE *to);

/* `sa` is a member of a list-sa event, with its name as `name`. */
void ctl_sa_rows(struct ctl_table *table, const json_t *sa);

#endif
