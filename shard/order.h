/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_ORDER_H
#define SHARD_ORDER_H

/*
 * SAs that somebody outside the shard wants: an ISAKMP SA of a connection, and a child of it. What
 * is there already is used. Each order is answered once, by a letter, when what was wanted is up or
 * cannot be had.
 *
 * There are as many orders as clients that wait, so they are looked for one by one.
 */

#include "shard/initiate.h"

#define SHARD_OUTCOME_TEXT 128

/* The letter. */
struct shard_outcome {
    struct shard_letter letter;
    void *asker;
    uint64_t number;
    bool up;
    char text[SHARD_OUTCOME_TEXT]; /* what happened, or why it did not */
};

struct shard_order {
    x4s_list of_shard;
    const struct hub_connection *connection;
    const struct hub_child *child; /* NULL: the ISAKMP SA alone */

    /* Whom the letter is for: it goes to the control thread, where this reads it. */
    shard_deliver_fn deliver;
    void *asker;
    uint64_t number;

    struct shard_attempt *attempt; /* that is to bring the ISAKMP SA */
    struct shard_child *begun;
};

/* Copies the order, of which the rest is zero, and begins. */
void shard_order_begin(struct shard *shard, const struct shard_order *wanted);

/* The ISAKMP SA that an attempt was for is up. */
void shard_order_sa_up(const struct shard_attempt *attempt, struct shard_sa *sa);

/* An attempt came to nothing. */
void shard_order_attempt_over(struct shard *shard, const struct shard_attempt *attempt,
                              const char *why);

void shard_order_child_up(const struct shard_child *child);

/* A child ends; `why` is a phrase for people. */
void shard_order_child_over(const struct shard_child *child, const char *why);

/* Forgets all: nobody is told any more. */
void shard_order_fini(struct shard *shard);

#endif
