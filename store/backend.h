/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

/*
 * What a store is made of: something that keeps bytes by name. It sees sealed records only
 * (store/seal.h) and never looks into them.
 *
 * An instance belongs to the thread that opened it: each shard has one for its records, the control
 * thread has one for ownership. No call blocks, none calls the host back before it has returned
 * (but for `watch` and `unwatch`): answers come from `ready` and `tick`. Every write, load, claim,
 * renew and release is answered exactly once, those that `close` finds unanswered excepted.
 *
 * Times are milliseconds of the host's clock, which never steps back.
 */

#include <stddef.h>
#include <stdint.h>

#include "store/error.h"
#include "store/name.h"
#include "x4/core/types.h"
#include "x4/misc/list.h"

/* What became of it. */
enum store_result {
    STORE_DONE,
    STORE_AWAY,    /* the store is not reachable, or broke off: to be tried again */
    STORE_FENCED,  /* the estate is another's now, or the token is an old one: never again */
    STORE_REFUSED, /* the store does not take this: too long, not permitted, no room */
    STORE_RESULTS,
};

/* An estate for whoever owns it. `token` grows with every change of the owner. */
struct store_estate {
    char name[STORE_ESTATE_MAX + 1];
    uint64_t token;
};

/* One record to be written or erased. */
struct store_write {
    const struct store_estate *estate;
    struct store_name name;
    uint8_t partition;
    uint8_t result;       /* enum store_result, by the back end; STORE_DONE: it is durable */
    uint32_t len;         /* of data */
    const uint8_t *data;  /* NULL: erase; that there is none of that name is no error */
    uint64_t expires_sec; /* wall-clock second after which nobody wants it; UINT64_MAX: never */
};

/* The host's memory; its own until `write`, the back end's until `wrote`. */
struct store_batch {
    x4s_list of_queue;   /* the queue's */
    x4s_list of_backend; /* the back end's */
    size_t count;
    struct store_write *writes;
};

/* What a back end asks of whoever uses it. `context` is the first member. */
struct store_host {
    void *context;

    /* Calls `ready` when the descriptor is readable, as long as it is. False: it cannot. */
    bool (*watch)(void *context, int fd);
    void (*unwatch)(void *context, int fd);

    /* Each write of the batch has its result; the batch is the host's again. */
    void (*wrote)(void *context, struct store_batch *batch);

    /* A record of a load, valid during the call. A name may come twice. */
    void (*loaded)(void *context, const char *estate, unsigned partition,
                   const struct store_name *name, const uint8_t *data, size_t len);

    /* The end of a load. Not STORE_DONE: not all came, and what did is true all the same. */
    void (*load_end)(void *context, const char *estate, unsigned partition,
                     enum store_result result);

    /*
     * The answer to claim, renew and release. STORE_DONE: `token` is the one to write with, 0 after
     * a release. STORE_FENCED: another node has it. `holder` is the node that has it, or empty.
     */
    void (*owned)(void *context, const char *estate, uint64_t token, const char *holder,
                  enum store_result result);

    /*
     * What was reported as durable may be gone: another server has taken the place of the one that
     * it was written to, or it came back with less. The host writes all of it again.
     */
    void (*doubtful)(void *context);

    /*
     * Optional: why something is going to be answered with STORE_AWAY, for people; valid during the
     * call. Comes once until something was done again.
     */
    void (*trouble)(void *context, const char *why);
};

struct store_options; /* store/store.h */
struct store_backend;

struct store_backend_ops {
    const char *name; /* as the configuration calls it */

    /*
     * NULL: *error says why. Both parameters outlive the instance. That a server cannot be reached
     * is no reason: the instance tries, and answers STORE_AWAY meanwhile.
     */
    struct store_backend *(*open)(const struct store_options *options,
                                  const struct store_host *host, struct store_error *error);

    /*
     * Within a bounded time, stated in the back end's header, batches under way are brought to an
     * end first, those included that `wrote` gives it meanwhile; what is not answered by then never
     * is. Not from within a call of the host.
     */
    void (*close)(struct store_backend *backend);

    /*
     * Of all batches that are under way no two have a write for the same record, so that they may
     * be done in any order. The writes of one estate and partition are done together where the
     * store can.
     */
    void (*write)(struct store_backend *backend, struct store_batch *batch);

    /* Reads a partition of an estate, whoever owns it. Several may be under way. */
    void (*load)(struct store_backend *backend, const char *estate, unsigned partition);

    /*
     * Ownership. claim: takes the estate if nobody has it or its owner did not renew in time, or by
     * `force`; the previous owner is fenced from then on. `at_least`: the token is greater than
     * this, 0 where the host knows of none. renew: goes on having it. release: has it no more.
     */
    void (*claim)(struct store_backend *backend, const char *estate, uint64_t at_least, bool force);
    void (*renew)(struct store_backend *backend, const struct store_estate *estate);
    void (*release)(struct store_backend *backend, const struct store_estate *estate);

    /* A watched descriptor is readable. */
    void (*ready)(struct store_backend *backend, int fd);

    /* Does what is due. Milliseconds until it wants to be called again; x4c_never. */
    x4_msec (*tick)(struct store_backend *backend, x4_msec now);
};

#endif
