/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_XFRM_STATE_H
#define SHARD_KERNEL_XFRM_STATE_H

/*
 * What the XFRM back end of one shard consists of. Only its modules include this.
 */

#include "shard/kernel/channel.h"
#include "shard/kernel/event.h"
#include "shard/kernel/xfrm.h"
#include "x4/misc/siphash.h"

/* A pair that the kernel has, or is to have. */
struct xfrm_pair {
    x4s_table_link by_name; /* the inbound SPI of ESP or AH */
    x4s_table_link by_out;  /* its outbound one, with the peer's address */
    x4s_list of_kernel;     /* in `pairs` or in `unchecked` */
    x4s_list leaving;       /* its policies; in kernel_xfrm.leaving */
    struct hub_kernel_parcel parcel;
    uint32_t spi_out;
    struct xfrm_flow flow;
    struct xfrm_use out;
    struct xfrm_use in;
    struct hub_kernel_mark mark_out; /* with which its SAs are found */
    struct hub_kernel_mark mark_in;
    struct xfrm_task *leave; /* that deletes it, or NULL */
    uint32_t tasks;          /* that know it */
    int error;
    uint16_t window;
    bool full;    /* not only what the peer sends */
    bool seen_in; /* while all SAs are read again */
    bool seen_out;
};

/* A request that is under way. */
struct xfrm_task {
    x4s_list over; /* in kernel_xfrm.over when it has ended */
    enum hub_kernel_op op;
    uint32_t name;
    struct xfrm_pair *pair;         /* or NULL */
    struct hub_kernel_query *query; /* the request is this question */
    struct xfrm_move *move;
    uint64_t out_sequence; /* of SAs that are there already */
    unsigned open;         /* what is not answered: messages, and policies to be decided about */
    int error;
    bool quiet; /* nobody is told */
};

/* What an answer is for; the layer is added to some. */
enum xfrm_what {
    XFRM_WHAT_MUST,
    XFRM_WHAT_MAY_LACK,     /* what is deleted may be gone */
    XFRM_WHAT_MAY_BE,       /* what is added may be there: it goes on */
    XFRM_WHAT_MAY_SEND = 8, /* the same, and has sent */
    XFRM_WHAT_READ_IN = 16, /* the SA is wanted */
    XFRM_WHAT_READ_OUT = 24,
    XFRM_WHAT_READ_POLICY_IN = 32, /* the policy is */
    XFRM_WHAT_READ_POLICY_OUT,
};

/* Policies that a pair is to have, or has with other ends. */
struct xfrm_join {
    x4s_list of_kernel;
    struct xfrm_task *task;
    const struct xfrm_ends *ends; /* NULL: the keys are those of new ones */
    struct xfrm_policy_key out;
    struct xfrm_policy_key in;
};

struct kernel_xfrm {
    struct hub_kernel head;
    struct hub_kernel_user user;
    struct xfrm_backend *backend;
    struct xfrm_channel *channel;
    int events;
    x4_msec connected; /* when sockets were opened the last time */
    x4s_table by_name;
    x4s_table by_out;
    uint8_t hash_key[x4c_siphash_key];
    x4s_list pairs;
    x4s_list joins;   /* to be decided about when the next messages are sent */
    x4s_list leaving; /* and after them these */
    x4s_list over;    /* tasks that have ended and were not told */
    x4s_list traps;   /* xfrm_trap.of_kernel */

    /* While all SAs are read again because events were lost. */
    x4s_list unchecked; /* pairs that were not seen yet */
    bool reading;       /* the answer to the message `dump` comes */
    uint32_t dump;
    _Alignas(uint64_t) char bytes[32 * 1024];
};

/* The back end without what xfrm_backend_init() finds out. */
extern const struct hub_kernel_backend xfrm_functions;

static inline struct kernel_xfrm *xfrm_of(struct hub_kernel *kernel)
{
    return x4m_container(kernel, struct kernel_xfrm, head);
}

/* The pair of that name, or with that outbound SPI and peer, or NULL. */
struct xfrm_pair *xfrm_pair_find(const struct kernel_xfrm *xfrm, uint32_t name);
struct xfrm_pair *xfrm_pair_sending(const struct kernel_xfrm *xfrm, uint32_t spi_out,
                                    const xfrm_address_t *target);

/* One of its SAs; `options` is filled with what that is found by. */
struct xfrm_sa xfrm_pair_sa(const struct xfrm_pair *pair, unsigned layer, bool inbound,
                            struct hub_kernel_options *options);

/* The layer that has the pair's own SPIs. */
const struct xfrm_layer *xfrm_pair_layer(const struct xfrm_pair *pair);

/* What is under way: `op` of the pair of that name, which lives as long as the task if it is told.
 */
struct xfrm_task *xfrm_task_new(enum hub_kernel_op op, struct xfrm_pair *pair, uint32_t name);

/* A message for a task, to be written and ended; NULL, and the task has failed: no memory. */
struct nlmsghdr *xfrm_begin(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned what);
void xfrm_end(struct kernel_xfrm *xfrm, const struct nlmsghdr *message);

/* One answer less of a task is open. */
void xfrm_task_closed(struct kernel_xfrm *xfrm, struct xfrm_task *task, int error);

/* It is found by its outbound SPI and its peer. */
void xfrm_pair_index(struct kernel_xfrm *xfrm, struct xfrm_pair *pair);

/* -------------------------------------------------------------------------- other modules */

/* decide.c: tells the kernel what a policy is by now, or that there is none. */
void xfrm_tell_policy(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                      const struct xfrm_policy *policy, enum xfrm_policy_step step);

/* The policies of a task's pair; they are decided about with xfrm_flush(). */
void xfrm_want_policies(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                        const struct hub_kernel_pair *wanted);

/* Decides about policies and sends that with all that was gathered. */
void xfrm_flush(struct kernel_xfrm *xfrm);

/* move.c: the SAs of a pair with other ends. False: no memory. */
bool xfrm_move_begin(struct kernel_xfrm *xfrm, struct xfrm_task *task, const x4s_net_link *link);
void xfrm_move_read(struct xfrm_task *task, unsigned what, const struct nlmsghdr *message);

/* Nothing of the task is open. True: it goes on. */
bool xfrm_move_goes_on(struct kernel_xfrm *xfrm, struct xfrm_task *task);
void xfrm_move_free(struct xfrm_move *move);

/* query.c: what a pair has carried. */
bool xfrm_query(struct hub_kernel *kernel, struct hub_kernel_query *query);
void xfrm_query_read(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned what,
                     const struct nlmsghdr *message);

/* listen.c: what the kernel says by itself. */
void xfrm_listen(struct kernel_xfrm *xfrm);

/* Something may have been said that was not heard: reads all SAs again. */
void xfrm_listen_again(struct kernel_xfrm *xfrm);

/* reconnect.c: opens anew what another process was behind that has ended. */
void xfrm_reconnect(struct kernel_xfrm *xfrm);

/* traps.c */
bool xfrm_trap_add(struct hub_kernel *kernel, struct hub_kernel_trap *trap);
void xfrm_trap_remove(struct hub_kernel *kernel, struct hub_kernel_trap *trap);

/* Of all: `leave` has them where they are. */
void xfrm_traps_fini(struct kernel_xfrm *xfrm, bool leave);

/* The trap that a packet met, if it is this shard's, or NULL. */
struct hub_kernel_trap *xfrm_trap_met(const struct kernel_xfrm *xfrm,
                                      const struct xfrm_policy_key *key);

#endif
