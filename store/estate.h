/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_ESTATE_H
#define STORE_ESTATE_H

/*
 * A node's hold on an estate, kept by renewing a lease in the store.
 *
 * The store counts the lease from when it did what it was asked; here it is counted from when that
 * was asked, on this node's own clock, and a little less of it. So it is over here before the store
 * lets anybody else have the estate, however long the answer was on its way, as long as the two
 * clocks run equally fast (ESTATE_MARGIN). What time it is on either does not matter.
 *
 * It is renewed when a third of it has passed. If the store does not answer, that is tried again
 * and again; when the lease is over the node is told that it is `isolated`: another node may have
 * the estate from then on. Whether it goes on is up to the node. When the store answers again, the
 * estate is still the node's, if nobody took it meanwhile, or it is `lost`.
 *
 * Who lost an estate has no business in it: it forgets the SAs and tells the peers nothing, since
 * they talk to its new owner now. What it still writes is refused by the fences in the store.
 *
 * Belongs to one thread. Times are milliseconds of a clock that never steps back.
 */

#include "store/backend.h"

enum {
    ESTATE_MARGIN = 32, /* a part of this of the lease is for clocks that run unequally fast */
    ESTATE_RENEWALS = 3,
    ESTATE_RETRY_MS = 100, /* after the store was away */
};

enum estate_state {
    ESTATE_NOT_OURS,
    ESTATE_CLAIMED, /* the store has not answered yet */
    ESTATE_OURS,
    ESTATE_GIVEN_UP, /* released; the store has not answered yet */
};

struct estate;

struct estate_host {
    void *context;

    /* As in struct store_backend_ops; answered by estate_answered(). */
    void (*claim)(void *context, const char *estate, uint64_t at_least, bool force);
    void (*renew)(void *context, const struct store_estate *estate);
    void (*release)(void *context, const struct store_estate *estate);

    /* It is ours: to be read, and written with held.token. */
    void (*taken)(void *context, struct estate *estate);
    /* Another node has it, `holder` if that is known: after a claim, or after it was ours. */
    void (*lost)(void *context, struct estate *estate, const char *holder);
    /* The lease is over and the store does not answer; or it does again. */
    void (*isolated)(void *context, struct estate *estate, bool isolated);
    /* It is nobody's. */
    void (*released)(void *context, struct estate *estate);
};

struct estate {
    const struct estate_host *host;
    struct store_estate held;
    enum estate_state state;
    uint32_t lease_ms;
    bool forced;
    bool isolated;
    bool asked;       /* there is an answer to come */
    bool superseded;  /* which is about what is wanted no more */
    x4_msec asked_ms; /* when */
    x4_msec next_ms;  /* when to ask again */
    x4_msec over_ms;  /* the lease, by our clock */
};

/* Nothing is claimed yet. `name` is copied. */
void estate_init(struct estate *estate, const struct estate_host *host, const char *name,
                 uint32_t lease_ms);

/*
 * Claims it, again and again until the store answers: `taken` or `lost`. `force`: whoever has it,
 * for a planned handover or where people know that its owner is gone.
 */
void estate_claim(struct estate *estate, bool force, x4_msec now);

/* Gives it up: after everything was written. Does nothing unless it is ours. */
void estate_release(struct estate *estate, x4_msec now);

/* The store's answer. */
void estate_answered(struct estate *estate, uint64_t token, const char *holder,
                     enum store_result result, x4_msec now);

/*
 * A write came back fenced. It may be one of a hold of before that was under way for long, so the
 * store is asked at once what it would be asked with the next renewal.
 */
void estate_fenced(struct estate *estate, x4_msec now);

/* Milliseconds until it wants to be called again, or x4c_never. */
x4_msec estate_tick(struct estate *estate, x4_msec now);

#endif
