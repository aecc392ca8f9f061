/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/listing.h"

#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct shard_listing *listing, const struct shard_sa *sa)
{
    return !*listing->connection || strcmp(sa->connection->name, listing->connection) == 0;
}

static struct shard_sa *sa_of(struct shard_roll_entry *entry)
{
    return x4m_container(entry, struct shard_sa, enrolled);
}

/* Appends its record. Returns how many SAs and children that tells. */
static uint32_t tell(struct shard_listing *listing, struct shard_sa_record ***end,
                     const struct shard_sa *sa)
{
    struct shard_sa_record *record = shard_sa_record_new(sa);
    if (!record) {
        listing->no_memory = true;
        return 1;
    }
    **end = record;
    *end = &record->next;
    return 1 + record->child_count;
}

static void tell_one(struct shard *shard, struct shard_listing *listing)
{
    struct shard_sa_record **end = &listing->records;
    struct shard_roll_entry *entry = shard_roll_find(&shard->roll, listing->number);
    if (entry && is_wanted(listing, sa_of(entry)))
        tell(listing, &end, sa_of(entry));
}

static void tell_piece(struct shard *shard, struct shard_listing *listing)
{
    struct shard_sa_record **end = &listing->records;
    uint32_t told = 0;
    for (int looked = 0; looked < SHARD_LISTING_LOOKED && told < SHARD_LISTING_TOLD; looked++) {
        struct shard_roll_entry *entry = shard_roll_walk_next(&shard->roll, listing->walk);
        if (!entry) {
            shard_roll_walk_free(listing->walk);
            listing->walk = NULL;
            return;
        }
        if (is_wanted(listing, sa_of(entry)))
            told += tell(listing, &end, sa_of(entry));
    }
    listing->more = true;
}

static bool begin_walk(struct shard *shard, struct shard_listing *listing)
{
    listing->walk = shard_roll_walk_new(&shard->roll);
    listing->no_memory = !listing->walk;
    return listing->walk != NULL;
}

void shard_listing_tell(struct shard *shard, struct shard_listing *listing)
{
    if (listing->number)
        tell_one(shard, listing);
    else if (listing->walk || begin_walk(shard, listing))
        tell_piece(shard, listing);
}

void shard_listing_free(struct shard_sa_record *records)
{
    while (records) {
        struct shard_sa_record *next = records->next;
        free(records);
        records = next;
    }
}
