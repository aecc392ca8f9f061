/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_STORAGE_H
#define SHARD_KEEP_STORAGE_H

/*
 * What the shards need to open the store of the configuration: the back end, its options, and the
 * keys that records are sealed with. Read once, before the shards start.
 */

#include "shard/keep/store_copy.h"
#include "store/key_file.h"
#include "store/store.h"

struct hub_storage {
    const struct store_backend_ops *ops;
    struct store_options options;
    const char *estate;
    uint64_t token;             /* of the ownership, that writes carry */
    struct hub_store_copy copy; /* all that the options point to: the configuration may go */
    struct store_keys keys;
};

/*
 * Reads the key file. For the embedded store it is made, with the directory, where there is none;
 * with Redis several machines need the same, and somebody has to give it to them. False: *error
 * says why; close it then too.
 */
bool hub_storage_open(const struct hub_store *store, struct hub_storage *storage,
                      struct store_error *error);

/* The name of an estate. */
const char *hub_storage_estate(const struct hub_storage *storage, uint32_t number);

/* Wipes the keys. */
void hub_storage_close(struct hub_storage *storage);

#endif
