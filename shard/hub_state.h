/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_HUB_STATE_H
#define SHARD_HUB_STATE_H

/*
 * What the control thread consists of. Only its own modules include this; hub.h is for others.
 */

#include "shard/hub.h"
#include "shard/keep/revival.h"
#include "shard/keep/taken.h"
#include "shard/keeper.h"
#include "shard/reload.h"
#include "shard/retire.h"
#include "shard/worker.h"

struct hub_ownership;
struct hub_survey;
struct hub_radius_desk;
struct hub_dae;

/* How the control thread sees a shard. */
struct hub_member {
    struct hub_worker worker;
    struct hub_watch ended;
    bool gone;

    /* shard/stall.c */
    bool asked;
    bool stalled;
    x4_msec asked_at;
};

struct hub {
    struct hub_log log;
    struct ring_mail *mail;
    struct shard_cpis cpis;
    struct shard_taken taken;
    x4s_modp *modp;      /* of all shards; NULL: OpenSSL does it */
    const char *no_modp; /* why */
    struct shard_post post;
    struct hub_watch letters;
    int epoll;
    x4s_wheel wheel;
    x4_msec now; /* when the current round began */
    struct hub_timer stall;
    uint64_t stalls;
    struct hub_survey *survey;      /* under way */
    struct hub_radius_desk *radius; /* NULL: no server was ever configured */
    struct hub_dae *dae;            /* NULL: servers ask for nothing */
    struct hub_keeper keeper;
    struct hub_running running;
    struct hub_adaptation adapt;
    struct hub_retire retire;
    struct hub_reload reload;
    const struct hub_storage *storage; /* NULL: nothing outlives the process */
    struct hub_ownership *ownership;   /* NULL: nobody else may have what is in it */
    struct hub_revival revivals[HUB_ESTATES_MAX];
    bool stopping;
    bool works;
    uint32_t count;
    uint32_t gone;
    struct hub_member members[];
};

/* Its SAs are another's: the shards say nothing more to anybody, and end; hub_run() says false. */
void hub_fall_silent(struct hub *hub);

/* Has all shards begin what the configuration says to start. */
void hub_begin(struct hub *hub);

#endif
