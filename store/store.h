/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * Where a shard keeps what must outlive the process: a queue that writes behind and a back end.
 *
 * Records come here sealed (store/seal.h). store_put() and store_erase() cost a copy;
 * store_flush(), once for each round of the shard's loop, gives what has gathered to the back end.
 * Nothing blocks. While the store is away all goes on: the queue keeps the newest version of each
 * record and writes it when the store is back. Where more is put than the queue holds, or where the
 * store says that it may have lost something, the user is asked to put everything again (`again`).
 *
 * A store belongs to one thread.
 */

#include "store/queue.h"

struct redis_options;

/* As the configuration has it. What a back end does not need it does not look at. */
struct store_options {
    const char *path;                  /* of the embedded store: a directory */
    const char *node;                  /* this daemon's name in the store, and its estate's */
    size_t queue;                      /* records that may wait; 0: STORE_QUEUE_DEFAULT */
    const struct redis_options *redis; /* store/redis.h */
};

enum {
    STORE_QUEUE_DEFAULT = 100000,
    STORE_BATCH_MAX = 128, /* records given to the back end at once */
    STORE_FLIGHTS_MAX = 4, /* batches that it has at the same time */
    STORE_GATHER = 32,     /* a batch that nobody waits for is given when it has so many records, */
    STORE_GATHER_MS = 2,   /* or its first one is so old: each costs a wake-up or a system call */
    STORE_RETRY_MS = 50,   /* after the store was away; doubles up to */
    STORE_RETRY_MAX_MS = 1000,
};

/* What a store asks of its user. `watch` and `unwatch` are needed; NULL: the user does without. */
struct store_user {
    void *context;
    bool (*watch)(void *context, int fd); /* as in struct store_host; store_ready() then */
    void (*unwatch)(void *context, int fd);

    /* Answers to store_load. */
    void (*loaded)(void *context, const char *estate, unsigned partition,
                   const struct store_name *name, const uint8_t *data, size_t len);
    void (*load_end)(void *context, const char *estate, unsigned partition,
                     enum store_result result);

    /* The back end wrote with an old token: the estate is another's. Comes with each such batch. */
    void (*fenced)(void *context, const struct store_estate *estate);

    /* Answers to store_claim, store_renew and store_release. */
    void (*owned)(void *context, const char *estate, uint64_t token, const char *holder,
                  enum store_result result);

    /* Why the store is away, for people. Once until it was back. */
    void (*trouble)(void *context, const char *why);

    /*
     * Put all that there is again; from within store_ready or store_tick. Where that may be more
     * than the queue holds: in the rounds that follow, as far as store_room() goes. All at once
     * would begin anew with each time that the queue is full, and never come to the end.
     */
    void (*again)(void *context);
};

struct store_stats {
    struct store_queue_stats queue;
    uint64_t length; /* gauge: records not durable yet */
    uint64_t lag_ms; /* gauge: of the oldest of them */
    uint64_t away;   /* batches that the store was away for */
    uint64_t again;  /* times that everything had to be put again */
};

struct store;

/* NULL: *error says why. All parameters outlive the store; `hash_key` is copied. */
struct store *store_open(const struct store_backend_ops *ops, const struct store_options *options,
                         const struct store_user *user, const uint8_t hash_key[x4c_siphash_key],
                         struct store_error *error);

/*
 * Gives the rest to the back end and closes it; how long that may take says the back end. Tickets
 * get no answer. NULL is ignored.
 */
void store_close(struct store *store);

/* As store_queue_put(): false, it is not taken, and `again` is called when there is room. */
bool store_put(struct store *store, const struct store_put *put, x4_msec now);

/* How many records may be put again now: half of the queue is for what is new. */
size_t store_room(const struct store *store);

/* At the end of a round. */
void store_flush(struct store *store, x4_msec now);

/* A watched descriptor is readable. */
void store_ready(struct store *store, int fd, x4_msec now);

/* Does what is due; milliseconds until it wants to be called again, or x4c_never. */
x4_msec store_tick(struct store *store, x4_msec now);

/* Whether something of that estate is not durable yet, or has to be put again. */
bool store_has(const struct store *store, const struct store_estate *estate);

/* Forgets what waits for an estate that is no longer ours. */
void store_forget(struct store *store, const struct store_estate *estate);

void store_load(struct store *store, const char *estate, unsigned partition);

void store_claim(struct store *store, const char *estate, uint64_t at_least, bool force);
void store_renew(struct store *store, const struct store_estate *estate);
void store_release(struct store *store, const struct store_estate *estate);

void store_stats(const struct store *store, x4_msec now, struct store_stats *stats);

#endif
