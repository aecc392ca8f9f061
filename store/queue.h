/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

/*
 * What is to be written and is not yet, bounded and in the order in which it came.
 *
 * A record that is put again before it was written takes the place of its older version, at its
 * place in the order. Of what was given to the back end a record is put again beside it and written
 * once that has been answered, so that no two versions are under way at once.
 *
 * What the back end could not write returns to the head, in its order. What it refused is dropped
 * and counted by the result.
 *
 * Memory is the C library's, wiped when it is released: what is sealed is no secret, but costs
 * nothing to wipe either.
 */

#include "store/backend.h"
#include "x4/misc/siphash.h"
#include "x4/misc/table.h"

/*
 * The wish to know when a version of a record is durable. The user's memory, zeroed but for
 * `answer`; it is the queue's until answered or cancelled. An answer comes from the back end's
 * calls, or from putting and erasing: never from store_queue_put for its own ticket.
 */
struct store_ticket {
    x4s_list waiting;
    void (*answer)(struct store_ticket *ticket, enum store_result result);
};

struct store_put {
    const struct store_estate *estate; /* outlives the queue */
    struct store_name name;
    uint8_t partition;
    const void *data; /* copied; NULL: erase */
    uint32_t len;
    uint64_t expires_sec;
    struct store_ticket *ticket; /* NULL: nobody waits */
};

struct store_queue_stats {
    uint64_t puts;      /* versions that were taken */
    uint64_t coalesced; /* of them, those that took the place of one that was not written yet */
    uint64_t writes;    /* durable */
    uint64_t erases;
    uint64_t retries;                /* records that the store was away for */
    uint64_t refused[STORE_RESULTS]; /* dropped, by result */
    uint64_t full;                   /* not taken: there was no room or no memory */
};

struct store_queue {
    x4s_table by_name;
    x4s_list waiting; /* store_queue_item.order, oldest first */
    x4s_list flying;  /* store_batch.of_queue, oldest first */
    size_t length;    /* of waiting */
    size_t in_flight;
    size_t items_max;
    uint8_t hash_key[x4c_siphash_key];
    struct store_queue_stats stats;
};

/*
 * Up to `items_max` records wait; erasing one finds room for as many again, because a record that
 * is not erased would come back. False: no memory.
 */
bool store_queue_init(struct store_queue *queue, size_t items_max,
                      const uint8_t hash_key[x4c_siphash_key]);

/* Batches under way are the queue's again and released; tickets get no answer. */
void store_queue_fini(struct store_queue *queue);

/* False: it is full, and nothing happened; the ticket is not taken. */
bool store_queue_put(struct store_queue *queue, const struct store_put *put, x4_msec now);

/* Wishes no more. Does nothing to a ticket that was answered. */
void store_ticket_cancel(struct store_ticket *ticket);

/* The oldest, up to `max` of them, for the back end. NULL: nothing waits, or no memory. */
struct store_batch *store_queue_take(struct store_queue *queue, size_t max);

/* Its results are there. Answers tickets; the batch is gone then. */
void store_queue_answered(struct store_queue *queue, struct store_batch *batch);

/*
 * Forgets what waits for that estate; tickets are answered with STORE_FENCED. What is under way
 * does not return.
 */
void store_queue_forget(struct store_queue *queue, const struct store_estate *estate);

/* Whether something of that estate waits or is under way. Costs what is in front of it. */
bool store_queue_has(const struct store_queue *queue, const struct store_estate *estate);

/* How long the oldest one waits that the back end has not been given, in milliseconds. */
x4_msec store_queue_age(const struct store_queue *queue, x4_msec now);

/* How long the oldest one waits that is not durable, in milliseconds; 0: there is none. */
x4_msec store_queue_lag(const struct store_queue *queue, x4_msec now);

/* Records that wait or are under way. */
static inline size_t store_queue_length(const struct store_queue *queue)
{
    return queue->length + queue->in_flight;
}

#endif
