/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_POLICY_H
#define SHARD_KERNEL_POLICY_H

/*
 * Who needs which policy. The kernel has one for the same traffic, and several pairs may need it: a
 * child and the one that replaces it, whichever shards they are of; and a trap. The newest pair
 * says by which SAs packets leave; without pairs it is the trap; without any the policy goes.
 *
 * All shards of the process share this. Whoever decides what to send the kernel holds the lock
 * until it is sent, so that the kernel hears it in the order in which it was decided. It takes one
 * change after another in any case, under a lock of its own.
 */

#include <pthread.h>

#include "shard/kernel/message.h"
#include "x4/misc/list.h"
#include "x4/misc/table.h"

struct xfrm_policies {
    pthread_mutex_t lock;
    x4s_table by_key;
};

/* What a policy's templates are made of. */
struct xfrm_flow {
    struct xfrm_bundle bundle;
    struct xfrm_ends ends;
    uint32_t reqid;
    uint32_t priority; /* as of struct xfrm_templates */
    bool any;  /* of what comes, whoever sent it: the policy is for a whole interface or mark */
    bool trap; /* there are no SAs */
};

struct xfrm_policy {
    x4s_table_link by_key;
    struct xfrm_policy_key key;
    x4s_list uses; /* xfrm_use.of_policy, the newest last */
};

/* One flow's need of a policy. */
struct xfrm_use {
    x4s_list of_policy;
    struct xfrm_policy *policy; /* NULL: it needs none */
    const struct xfrm_flow *flow;
};

/* What the kernel is to be told. */
enum xfrm_policy_step {
    XFRM_POLICY_KEEP,
    XFRM_POLICY_SET,
    XFRM_POLICY_REMOVE,
};

/* False: no memory. */
bool xfrm_policies_init(struct xfrm_policies *policies);
void xfrm_policies_fini(struct xfrm_policies *policies);

/* What follows is called with the lock held. */

/* False: no memory. `use` is in no policy before. */
bool xfrm_policy_join(struct xfrm_policies *policies, const struct xfrm_policy_key *key,
                      const struct xfrm_flow *flow, struct xfrm_use *use,
                      enum xfrm_policy_step *step);

/* The policy of that key, or NULL. */
struct xfrm_policy *xfrm_policy_find(const struct xfrm_policies *policies,
                                     const struct xfrm_policy_key *key);

/* After XFRM_POLICY_REMOVE the policy is to be freed with xfrm_policy_free(). */
enum xfrm_policy_step xfrm_policy_leave(struct xfrm_policies *policies, struct xfrm_use *use);
void xfrm_policy_free(struct xfrm_policy *policy);

/* The flow, whose uses these are, has other ends from now on. */
void xfrm_policy_move(struct xfrm_flow *flow, const struct xfrm_ends *ends,
                      struct xfrm_use *const uses[2], enum xfrm_policy_step steps[2]);

/* What the policy says by now. */
struct xfrm_templates xfrm_policy_templates(const struct xfrm_policy *policy);

/* What comes through it goes on to other hosts, too. */
bool xfrm_policy_forwards(const struct xfrm_policy *policy);

#endif
