/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_HUB_H
#define SHARD_HUB_H

/*
 * The control thread and the shards. It starts the shards, each in a thread of its own
 * (shard/worker.h), watches descriptors and timers that are not a packet's, and asks the shards by
 * letters (shard/post.h): nothing that a shard writes is read from outside.
 *
 * All functions belong to the control thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/error.h"
#include "shard/config/config.h"
#include "shard/kernel/kernel.h"
#include "shard/log.h"
#include "shard/post.h"
#include "shard/running.h"
#include "shard/shard.h"
#include "x4/misc/wheel.h"

struct hub;
struct hub_notify;

struct hub_options {
    struct hub_config *config;       /* the hub's from now on, also if it does not open */
    const struct hub_daemon *daemon; /* its, adapted */
    struct hub_adaptation adapt;     /* of those that come */
    const struct hub_kernel_backend *kernel;
    const struct hub_storage *storage; /* NULL: nothing outlives the process */
    shard_deliver_fn fenced;           /* as of struct shard_options */
    int log_fd;
    struct hub_notify *notify;                 /* of whoever has it run */
    bool (*confine)(struct ring_error *error); /* once the shards are open; NULL: nothing */
};

/* Starts the shards, which serve then. NULL: *error has a text. */
struct hub *hub_open(const struct hub_options *options, struct ring_error *error);

/* Watches and asks until all shards have ended. False: one of them broke. */
bool hub_run(struct hub *hub);

/* Has the shards say farewell and end, and hub_run() return then. */
void hub_stop(struct hub *hub);

/* The shards have ended. */
void hub_close(struct hub *hub);

struct hub_log *hub_log(struct hub *hub);
uint32_t hub_shard_count(const struct hub *hub);

/* The newest configuration. It is valid until the control thread waits the next time, or held. */
const struct hub_config *hub_config_now(const struct hub *hub);

/* Who keeps a pointer into a configuration for longer holds it. */
void hub_config_hold(struct hub *hub, const struct hub_config *config);
void hub_config_let_go(struct hub *hub, const struct hub_config *config);

/* What Diffie-Hellman of MODP groups is done with, and why with OpenSSL; empty: for no reason. */
const char *hub_modp_method(const struct hub *hub);
const char *hub_modp_reason(const struct hub *hub);

/* Times that a shard did not go round for a second. */
uint64_t hub_stalls(const struct hub *hub);

/* Of the first shard, to ask for its addresses before hub_run(). */
const struct ring *hub_ring(const struct hub *hub);

/* ------------------------------------------------------------------ descriptors and timers */

/* A descriptor that is watched; `events` as of epoll(7). The memory is the user's. */
struct hub_watch {
    int fd;
    void (*ready)(struct hub *hub, struct hub_watch *watch, uint32_t events);
};

/* False: errno. */
bool hub_watch_add(struct hub *hub, struct hub_watch *watch, uint32_t events);
void hub_watch_change(struct hub *hub, struct hub_watch *watch, uint32_t events);
void hub_watch_remove(struct hub *hub, struct hub_watch *watch);

struct hub_timer {
    x4s_timer timer;
    void (*fire)(struct hub *hub, struct hub_timer *timer);
};

/* `delay` in milliseconds from now. */
void hub_timer_set(struct hub *hub, struct hub_timer *timer, x4_msec delay);
void hub_timer_cancel(struct hub *hub, struct hub_timer *timer);

/* ------------------------------------------------------------------ questions to the shards */

/*
 * A question to a shard: `ask` runs in the shard's thread and leaves the answer in the question, a
 * struct that this begins; `answered` runs in the control thread after that. It is one allocation
 * (malloc), which is released when `answered` has returned. A shard that has ended answers nothing
 * any more.
 *
 * An `ask` that has to wait for something sets `later`, and when that has come, after it has
 * returned, the shard calls hub_answer().
 */
struct hub_question {
    struct shard_letter letter;
    void (*ask)(struct shard *shard, struct hub_question *question);
    void (*answered)(struct hub *hub, struct hub_question *question);
    uint32_t shard;
    bool later;
};

void hub_ask(struct hub *hub, uint32_t shard, struct hub_question *question);
void hub_answer(struct shard *shard, struct hub_question *question);

#endif
