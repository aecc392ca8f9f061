/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KEEP_POSSESSION_H
#define SHARD_KEEP_POSSESSION_H

/*
 * One of the estates of several nodes that all serve, as this node sees it: whether it is served
 * here, and on the way there and back. The lease in the store says whose it is
 * (store/estate.h); this has the shards do what follows.
 *
 *     away -- the lease is taken --> reading -- all records are read --> served
 *
 *     served -- to be handed over --> writing -- all is written --> releasing -- released -->
 * leaving served -- lost to another node, or isolated ------------------------------------------>
 * leaving
 *
 *     leaving -- the shards have forgotten its SAs --> away
 *
 * A node claims its own estate whenever nobody has it, and those of others, with `takeover = auto`,
 * when they have been nobody's for a lease. What was handed over is left to others for a lease.
 *
 * Belongs to the control thread.
 */

#include "shard/hub.h"
#include "shard/keep/storage.h"
#include "store/estate.h"

enum possession_phase {
    POSSESSION_AWAY,
    POSSESSION_READING,
    POSSESSION_SERVED,
    POSSESSION_WRITING,
    POSSESSION_RELEASING,
    POSSESSION_LEAVING,
};

struct hub_estate_request;

struct possession {
    struct estate lease;
    struct hub *hub; /* NULL: it does not run */
    const struct hub_storage *storage;
    uint32_t number;
    enum possession_phase phase;
    uint32_t missing;   /* shards that have not done their step */
    uint32_t round;     /* of the steps */
    x4_msec claim_at;   /* 0: never */
    x4_msec give_up_at; /* the handover, while writing */
    bool elsewhere;     /* another node has it, and that was told */
    struct hub_estate_request *request;
};

/* Somebody who wants an estate here, or elsewhere. The memory is the user's until `done`. */
struct hub_estate_request {
    struct possession *possession;

    /* NULL: it is so. Else why not. Comes within the call or later. */
    void (*done)(struct hub_estate_request *request, const char *error);
};

/* Nothing is claimed before possession_begin(). */
void possession_init(struct possession *possession, const struct hub_storage *storage,
                     uint32_t number);
void possession_begin(struct possession *possession, struct hub *hub);

/* Of the lease: what the callbacks of struct estate_host say. */
void possession_taken(struct possession *possession);
void possession_lost(struct possession *possession, const char *holder);
void possession_isolated(struct possession *possession, bool isolated);
void possession_released(struct possession *possession);

/* Milliseconds until it wants to be called again, or x4c_never. */
x4_msec possession_tick(struct possession *possession, x4_msec now);

/*
 * Takes it from whoever has it, who is fenced by that: for when people, or keepalived, know that
 * its owner is gone. What the owner had not written yet is lost.
 */
void possession_adopt(struct possession *possession, struct hub_estate_request *request);

/* Gives it up without a loss: whoever claims it goes on with all its SAs. */
void possession_hand_over(struct possession *possession, struct hub_estate_request *request);

/* Whoever asked has gone; what was begun goes on. */
void possession_forget(struct hub_estate_request *request);

/* "served" */
const char *possession_phase_name(enum possession_phase phase);

#endif
