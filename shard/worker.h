/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_WORKER_H
#define SHARD_WORKER_H

/*
 * The thread of a shard: on a core of its own, with an arena of the allocator of its own.
 */

#include <pthread.h>
#include <semaphore.h>

#include "shard/shard.h"
#include "shard/statistics.h"

struct hub_worker {
    struct shard_options options;
    struct shard *shard;
    struct ring_error error; /* why it was not opened */
    pthread_t thread;
    sem_t opened;
    sem_t served;
    int ended; /* an eventfd: the thread is about to end */

    /* When it has ended. */
    bool works; /* it was told to leave; else its ring broke */
    struct shard_tally tally;
};

/*
 * Starts the thread and returns when its shard is open. False: it is not, worker->error
 * says why, and there is no thread.
 */
bool hub_worker_start(struct hub_worker *worker, const struct shard_options *options);

/* The shard serves. Once. */
void hub_worker_serve(struct hub_worker *worker);

/* The thread has ended, or will without further ado. */
void hub_worker_join(struct hub_worker *worker);

#endif
