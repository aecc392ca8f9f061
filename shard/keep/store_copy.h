/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_STORE_COPY_H
#define SHARD_KEEP_STORE_COPY_H

/* The section ikehub.store, kept beyond the snapshot of the configuration that it came from. */

#include "shard/config/config.h"

/* All zero: empty. */
struct hub_store_copy {
    struct hub_store store;
    char *texts;                /* all that it points to, in one allocation */
    struct hub_estate *estates; /* but for these */
};

/* False: no memory; fini does no harm then. */
bool hub_store_copy(struct hub_store_copy *copy, const struct hub_store *from);

/* Wipes: there are passwords among the texts. */
void hub_store_copy_fini(struct hub_store_copy *copy);

/* Whether both say the same in all options. */
bool hub_store_same(const struct hub_store *a, const struct hub_store *b);

#endif
