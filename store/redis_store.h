/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_STORE_H
#define STORE_REDIS_STORE_H

/*
 * What redis_store.c, redis_records.c and redis_owner.c share: an instance of the back end.
 */

#include "store/redis_client.h"

enum {
    /* Seconds. A partition that has nothing in it, and its fence, are kept for that long. */
    REDIS_LIFE_MIN = 86400,
    REDIS_LIFE_MAX = 315360000,

    REDIS_DOUBT_MS = 1000,  /* between two times that the host writes everything again */
    REDIS_WITNESSES = 1024, /* partitions of which it is known who has them */
};

/* Which run of a server said that it has what was written. */
struct redis_witness {
    uint16_t slot;
    uint64_t server;
};

/* A batch and how many calls are made of it. */
struct redis_flight {
    x4s_list of_store; /* while it is complete and not told */
    struct store_batch *batch;
    size_t calls;
};

struct redis_store {
    struct redis_client client;
    struct redis_options options;
    const struct store_options *store_options;
    const struct store_host *host;
    x4s_list complete;  /* redis_flight.of_store */
    bool troubled;      /* and the host was told */
    bool closed;        /* the host hears nothing any more */
    bool rebuilding;    /* partitions of an estate get their fences */
    bool doubted;       /* the host is to be told */
    x4_msec doubted_ms; /* was told last */
    size_t witness_count;
    struct redis_witness witnesses[REDIS_WITNESSES];
};

/* "ikehub:{ESTATE}", "ikehub:{ESTATE.PARTITION}" */
void redis_estate_key(const char *estate, char *key, size_t size);
void redis_partition_key(const char *estate, unsigned partition, char *key, size_t size);

/* A reply that is one word of a script: STORE_DONE, STORE_FENCED, or *lost. */
enum store_result redis_word(const struct redisReply *reply, bool *lost);

/* Partitions of the estate have no fence, or an old one: they get it, then the host is told. */
void redis_rebuild(struct redis_store *store, const char *estate, uint64_t token);

/* That server has what was written to that slot. */
void redis_witness(struct redis_store *store, uint16_t slot, uint64_t server);

/* The host is told why, when the first of several calls is given up. */
void redis_answered(struct redis_store *store, enum store_result result);

/* Flights that are complete are told. */
void redis_tell(struct redis_store *store);

/* Of struct store_backend_ops. */
void redis_write(struct store_backend *backend, struct store_batch *batch);
void redis_load(struct store_backend *backend, const char *estate, unsigned partition);
void redis_claim(struct store_backend *backend, const char *estate, uint64_t at_least, bool force);
void redis_renew(struct store_backend *backend, const struct store_estate *estate);
void redis_release(struct store_backend *backend, const struct store_estate *estate);

#endif
