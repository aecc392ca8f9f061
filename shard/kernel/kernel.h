/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_KERNEL_H
#define SHARD_KERNEL_KERNEL_H

/*
 * Where IPsec SAs go: requests in, completions and events later. A shard never waits for one,
 * because the back end may be another process. Requests of one pair are carried out in their order.
 *
 * One kernel belongs to one shard and is used by its thread alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shard/kernel/options.h"
#include "x4/ike/charon.h"
#include "x4/misc/list.h"

struct hub_kernel;

enum hub_kernel_op {
    /* The SAs for what the peer sends, before it may. What fails here fails with ADD. */
    HUB_KERNEL_EXPECT,
    HUB_KERNEL_FORGET, /* what was expected does not come */
    HUB_KERNEL_ADD,    /* all SAs of a pair, its IPComp, and the policies for its traffic */
    HUB_KERNEL_DELETE, /* all of that again */
    HUB_KERNEL_MOVE,   /* the peer is behind another address or port */
};

/*
 * A pair of SAs. The pointers are valid during hub_kernel_submit(); keys hold secrets, and the
 * limits in kilobytes, which only a kernel can count: life_kb and soft_kb.
 */
struct hub_kernel_pair {
    const x4s_net_link *link;
    const x4s_ike_keys2 *keys;
    const struct hub_kernel_options *options;
    uint32_t sooner;       /* packets that options->soft_packets is less: taken off by chance */
    uint64_t out_sequence; /* what is sent begins after this; 0 for a new pair */
    bool resumed;          /* of another process, whose SAs may still be there: they go on */
};

/* `spi_in` names the pair; a pair that is to be deleted needs no more than both SPIs. */
struct hub_kernel_request {
    enum hub_kernel_op op;
    uint32_t spi_in;
    uint32_t spi_out;
    struct hub_kernel_pair pair; /* HUB_KERNEL_EXPECT and ADD; of MOVE the link alone */
};

enum hub_kernel_event_kind {
    HUB_KERNEL_AGING,    /* a pair has carried what it may before it is to be replaced */
    HUB_KERNEL_EXPIRED,  /* it has carried all that it may: one of its SAs is gone */
    HUB_KERNEL_LOST,     /* one of its SAs is gone, and nobody said why */
    HUB_KERNEL_SEQUENCE, /* packets have left under it, up to out_sequence */
    HUB_KERNEL_WANTED,   /* a packet met a trap */
};

/* How many packets have left when HUB_KERNEL_SEQUENCE comes again. */
#define HUB_KERNEL_SEQUENCE_STEP (UINT32_C(1) << 16)

struct hub_kernel_trap;

struct hub_kernel_event {
    enum hub_kernel_event_kind kind;
    uint32_t spi_in;
    uint64_t out_sequence;
    struct hub_kernel_trap *trap; /* HUB_KERNEL_WANTED, nothing else then */
};

/* Who uses a kernel. Both may call any function here but poll, ready and close. */
struct hub_kernel_user {
    void *user;

    /* Not for EXPECT and FORGET. `error`: 0 or an errno. What could not be added is not there at
     * all. */
    void (*done)(void *user, enum hub_kernel_op op, uint32_t spi_in, int error);
    void (*told)(void *user, const struct hub_kernel_event *event);
};

/*
 * Traffic that asks for SAs which are not there. The memory is the user's, from hub_kernel_trap()
 * to hub_kernel_untrap(); an address without family is any.
 */
struct hub_kernel_trap {
    x4s_net_selector local;
    x4s_net_selector remote;
    x4s_net_addr from;
    x4s_net_addr to;
    x4s_ike_transform2 transform;
    const struct hub_kernel_options *options; /* looked at during hub_kernel_trap() */
    void *held;                               /* the back end's */
};

/* What an SA has carried, as the packets are inside it. */
struct hub_kernel_traffic {
    uint64_t bytes;
    uint64_t packets;
    uint64_t used_at; /* when the last packet was, in seconds of time(2); 0: not known */
};

/*
 * A question about a pair. The memory is the user's until it is answered, once: maybe before
 * hub_kernel_query() returns, and before hub_kernel_close() does at the latest. With an error what
 * could be read is there all the same.
 */
struct hub_kernel_query {
    uint32_t spi_in;
    void (*answered)(struct hub_kernel_query *query, int error);
    struct hub_kernel_traffic in;
    struct hub_kernel_traffic out;
    x4s_list waiting; /* the back end's */
};

/* A pair between two kernels. */
struct hub_kernel_parcel {
    uint32_t spi_in;
};

/* Descriptors of a kernel that are to be watched. */
#define HUB_KERNEL_FDS 2

/* Before a process in between that has ended is looked for again. */
#define HUB_KERNEL_AGAIN_MS 1000

/* A back end. Every function but `open` gets the kernel that `open` made. */
struct hub_kernel_backend {
    const char *name;
    const char *summary; /* for the operator: what becomes of an SA */
    bool carries;        /* packets are protected, and counted */
    void *shared;        /* the back end's, of all shards */
    struct hub_kernel *(*open)(const struct hub_kernel_backend *backend,
                               const struct hub_kernel_user *user); /* NULL: errno says why */
    bool (*takes)(const struct hub_kernel *kernel, const x4s_ike_transform2 *transform);
    bool (*submit)(struct hub_kernel *kernel, const struct hub_kernel_request *request);
    bool (*query)(struct hub_kernel *kernel, struct hub_kernel_query *query);
    bool (*trap)(struct hub_kernel *kernel, struct hub_kernel_trap *trap);
    void (*untrap)(struct hub_kernel *kernel, struct hub_kernel_trap *trap);
    void (*poll)(struct hub_kernel *kernel);
    size_t (*fds)(const struct hub_kernel *kernel, int fds[HUB_KERNEL_FDS]);
    void (*ready)(struct hub_kernel *kernel);
    struct hub_kernel_parcel *(*release)(struct hub_kernel *kernel, uint32_t spi_in);
    void (*adopt)(struct hub_kernel *kernel, struct hub_kernel_parcel *parcel);
    size_t (*pairs)(const struct hub_kernel *kernel);
    void (*close)(struct hub_kernel *kernel, bool leave);
};

/* The head of what a back end makes. */
struct hub_kernel {
    const struct hub_kernel_backend *backend;
};

/* Records SAs without installing them: keys are not kept, no packet is protected. */
extern const struct hub_kernel_backend hub_kernel_null;

/* Whether the kernel has the algorithms. */
static inline bool hub_kernel_takes(const struct hub_kernel *kernel,
                                    const x4s_ike_transform2 *transform)
{
    return kernel->backend->takes(kernel, transform);
}

/* False: there is no memory for the request; no completion comes. */
static inline bool hub_kernel_submit(struct hub_kernel *kernel,
                                     const struct hub_kernel_request *request)
{
    return kernel->backend->submit(kernel, request);
}

/* False: there is no memory for the question, and it is not answered. */
static inline bool hub_kernel_query(struct hub_kernel *kernel, struct hub_kernel_query *query)
{
    return kernel->backend->query(kernel, query);
}

/*
 * From now on packets of the trap's traffic wait for SAs, and HUB_KERNEL_WANTED comes when there is
 * one. Where a pair for that traffic is added they leave under it. False: no memory.
 */
static inline bool hub_kernel_trap(struct hub_kernel *kernel, struct hub_kernel_trap *trap)
{
    return kernel->backend->trap(kernel, trap);
}

static inline void hub_kernel_untrap(struct hub_kernel *kernel, struct hub_kernel_trap *trap)
{
    kernel->backend->untrap(kernel, trap);
}

/*
 * Hands over what was submitted, and calls back for what is complete. What was submitted before is
 * in force when it returns, unless the back end is another process.
 */
static inline void hub_kernel_poll(struct hub_kernel *kernel)
{
    kernel->backend->poll(kernel);
}

/* The descriptors to watch, and what to call when one of them is readable. */
static inline size_t hub_kernel_fds(const struct hub_kernel *kernel, int fds[HUB_KERNEL_FDS])
{
    return kernel->backend->fds(kernel, fds);
}

static inline void hub_kernel_ready(struct hub_kernel *kernel)
{
    kernel->backend->ready(kernel);
}

/*
 * A pair that was added stays installed, but is another shard's from now on: nothing about it comes
 * from here any more. NULL: there is none, or it is not complete.
 */
static inline struct hub_kernel_parcel *hub_kernel_release(struct hub_kernel *kernel,
                                                           uint32_t spi_in)
{
    return kernel->backend->release(kernel, spi_in);
}

/* The other half: the pair is this shard's now. */
static inline void hub_kernel_adopt(struct hub_kernel *kernel, struct hub_kernel_parcel *parcel)
{
    kernel->backend->adopt(kernel, parcel);
}

/* Pairs of SAs that were added or adopted, and neither deleted nor released. */
static inline size_t hub_kernel_pairs(const struct hub_kernel *kernel)
{
    return kernel->backend->pairs(kernel);
}

/*
 * Questions are answered; nothing else is called back any more. `leave`: the SAs stay where they
 * are; else all are deleted, with their policies. Traps go in any case.
 */
static inline void hub_kernel_close(struct hub_kernel *kernel, bool leave)
{
    kernel->backend->close(kernel, leave);
}

#endif
