/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SHARD_H
#define SHARD_SHARD_H

/*
 * One shard: a thread, a ring and an instance of libike, and the SAs of the peers that are steered
 * to it. Nothing of it is shared but the CPIs (shard/cpi.h): any number of shards may run, each in
 * its own thread. What they,
 * and the control thread, have to tell each other are letters (shard/post.h).
 *
 * All functions belong to that thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/mail.h"
#include "ioring/ring.h"
#include "shard/config/config.h"
#include "shard/kernel/kernel.h"
#include "shard/log.h"
#include "shard/post.h"
#include "x4/misc/siphash.h"

struct shard;
struct shard_cpis;
struct shard_taken;
struct hub_storage;

struct shard_options {
    const struct hub_config *config; /* a snapshot that outlives all shards, which share it */
    const struct hub_daemon *daemon; /* likewise: the snapshot's, or a copy with changes */
    const struct hub_kernel_backend *kernel;
    const struct hub_storage *storage; /* NULL: nothing outlives the process */
    shard_deliver_fn radius; /* letters to the control thread about users (shard/radius/desk.h) */
    shard_deliver_fn fenced; /* to the control thread, with it: the estate is another's */
    int log_fd;
    uint32_t index; /* of this shard, below count */
    uint32_t count;
    uint8_t spi_key[x4c_siphash_key]; /* unpredictable, the same for all shards */

    /*
     * Several shards share their ports as ioring/steer.h says and have to be opened in the order of
     * their indices. What follows is the same for all shards.
     */
    uint32_t steer_key[2];  /* unpredictable */
    struct ring_mail *mail; /* of count + 1 members; the last is the control thread */
    struct shard_cpis *cpis;
    struct shard_taken *taken; /* with a storage */
    const x4s_modp *modp;      /* NULL: OpenSSL; only read, and outlives all shards */
};

/* Opens the sockets. NULL: *error has a text; a port in use names itself. */
struct shard *shard_open(const struct shard_options *options, struct ring_error *error);

/* Begins what the configuration says to start. When all shards of the group are open. */
void shard_begin(struct shard *shard);

/*
 * Serves until shard_stop(); then tells the peers of all SAs, for at most so many milliseconds,
 * unless there is a store and SAs are to go on with the next process.
 * False: the ring broke and was not to be mended (shard/mend.h), and the log says why.
 */
#define SHARD_FAREWELL_MS 1500
bool shard_run(struct shard *shard);

/* Makes shard_run() leave. */
void shard_stop(struct shard *shard);

/* The same at once and without a word to anybody: the SAs are another node's. */
void shard_fall_silent(struct shard *shard);

/*
 * Releases everything. SAs in the kernel stay where they are. Where shard_run() had no time to tell
 * all peers there are too many SAs to dispose of in time as well: then the sockets are closed, and
 * the memory is left to the end of the process.
 */
void shard_close(struct shard *shard);

/* As ring_watch_add, for descriptors that belong to the whole process. */
int shard_watch(struct shard *shard, int fd, ring_watch_fn fn, void *user);

/* The shard's log. */
struct hub_log *shard_log(struct shard *shard);

/* Its ring, to ask for addresses and counters. */
const struct ring *shard_ring(const struct shard *shard);

#endif
