/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_COPIES_H
#define SHARD_KEEP_COPIES_H

/*
 * Copies of the records of a shard's SAs: they stay in memory, because a record may have to be put
 * into the store again, and libike tells its keys once. Within shard/keep; others have persist.h.
 */

#include "shard/keep/persist.h"
#include "shard/shard.h"
#include "store/record.h"
#include "store/store.h"
#include "x4/misc/table.h"

/* A record and where it is. */
struct shard_copy {
    x4s_table_link by_name;
    x4s_list of_shard; /* in `all` or in `due` */
    uint64_t expires_sec;
    struct store_name name;
    uint8_t estate;
    uint8_t partition;
    bool gone; /* its SA has ended, and there was no room for saying so */
    uint32_t len;
    uint8_t bytes[];
};

/* The records of an estate. */
struct holding {
    struct store_estate estate;
    bool ours; /* else nothing is written */
    x4s_list all;
    x4s_list due;       /* those to be put again */
    uint64_t due_count; /* at most so many */
};

struct shard_persist {
    struct store *store;
    struct store_user user;
    shard_deliver_fn fenced;
    struct store_sealer *sealer;
    x4s_table copies;
    struct holding holdings[HUB_ESTATES_MAX];
    struct shard_store_tally tally;
};

/* The copy of a name, or NULL. */
struct shard_copy *shard_copy_find(const struct shard *shard, const struct store_name *name);

/* Wipes and releases; NULL is ignored. It is in no table. */
void shard_copy_free(struct shard_copy *copy);

/* Into the table and its estate's list, and out of them. */
void shard_copy_enlist(struct shard *shard, struct shard_copy *copy);
void shard_copy_delist(struct shard_persist *persist, struct shard_copy *copy);

/* Out of the table, and released; NULL is ignored. */
void shard_copy_forget(struct shard_persist *persist, struct shard_copy *copy);

/* A copy in place of what there was of the name. NULL: no memory. */
struct shard_copy *shard_copy_keep(struct shard *shard, const struct shard_record *record,
                                   x4s_chunk bytes, uint64_t expires_sec);

/* Seals it for the store. False: the ticket, if there is one, will not be answered. */
bool shard_copy_put(struct shard *shard, const struct shard_copy *copy,
                    struct store_ticket *ticket);

/* Where it belongs. */
struct shard_record shard_copy_record(const struct shard_copy *copy);

/*
 * Its SA has ended: erased from the store, and forgotten. False: there was no room for that; a name
 * stays, and is erased later.
 */
bool shard_copy_erase(struct shard *shard, struct shard_copy *copy);
void shard_copy_erase_named(struct shard *shard, const struct store_name *name);

#endif
