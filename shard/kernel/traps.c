/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies that ask for SAs. They are few beside pairs, so each is sent at once.
 */
#include <stdlib.h>

#include "shard/kernel/xfrm_state.h"

struct xfrm_trap {
    x4s_list of_kernel;
    struct xfrm_flow flow;
    struct xfrm_use use;
    struct kernel_xfrm *kernel;
    struct hub_kernel_trap *trap;
};

bool xfrm_trap_add(struct hub_kernel *kernel, struct hub_kernel_trap *wanted)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    struct xfrm_policies *policies = &xfrm->backend->policies;
    struct xfrm_trap *trap = calloc(1, sizeof(*trap));
    enum xfrm_policy_step step;
    if (!trap)
        return false;
    const struct xfrm_policy_key key =
        xfrm_policy_key_out(&wanted->local, &wanted->remote, wanted->options);
    trap->flow.bundle = xfrm_bundle_wanted(&wanted->transform);
    trap->flow.ends = (struct xfrm_ends){wanted->from, wanted->to};
    trap->flow.reqid = xfrm_policy_reqid(&key, wanted->options);
    trap->flow.priority = wanted->options->priority;
    trap->flow.trap = true;
    trap->kernel = xfrm;
    trap->trap = wanted;
    pthread_mutex_lock(&policies->lock);
    const bool joined = xfrm_policy_join(policies, &key, &trap->flow, &trap->use, &step);
    if (joined) {
        xfrm_tell_policy(xfrm, NULL, trap->use.policy, step);
        xfrm_channel_settle(xfrm->channel);
    }
    pthread_mutex_unlock(&policies->lock);
    if (!joined) {
        free(trap);
        return false;
    }
    x4_list_append(&xfrm->traps, &trap->of_kernel);
    wanted->held = trap;
    return true;
}

static void end(struct kernel_xfrm *xfrm, struct xfrm_trap *trap, bool leave)
{
    struct xfrm_policies *policies = &xfrm->backend->policies;
    struct xfrm_policy *policy = trap->use.policy;
    pthread_mutex_lock(&policies->lock);
    const enum xfrm_policy_step step = xfrm_policy_leave(policies, &trap->use);
    if (!leave) {
        xfrm_tell_policy(xfrm, NULL, policy, step);
        xfrm_channel_settle(xfrm->channel);
    }
    if (step == XFRM_POLICY_REMOVE)
        xfrm_policy_free(policy);
    pthread_mutex_unlock(&policies->lock);
    x4_list_remove(&trap->of_kernel);
    free(trap);
}

void xfrm_trap_remove(struct hub_kernel *kernel, struct hub_kernel_trap *trap)
{
    end(xfrm_of(kernel), trap->held, false);
    trap->held = NULL;
}

void xfrm_traps_fini(struct kernel_xfrm *xfrm, bool leave)
{
    while (!x4_list_empty(&xfrm->traps))
        end(xfrm, x4m_container(xfrm->traps.next, struct xfrm_trap, of_kernel), leave);
}

/* Another shard's trap is not looked into: it may be freed when the lock is let go. */
struct hub_kernel_trap *xfrm_trap_met(const struct kernel_xfrm *xfrm,
                                      const struct xfrm_policy_key *key)
{
    struct xfrm_policies *policies = &xfrm->backend->policies;
    struct hub_kernel_trap *met = NULL;
    pthread_mutex_lock(&policies->lock);
    const struct xfrm_policy *policy = xfrm_policy_find(policies, key);
    const struct xfrm_use *first =
        policy ? x4m_container_const(policy->uses.next, struct xfrm_use, of_policy) : NULL;
    if (first && first->flow->trap) {
        const struct xfrm_trap *trap = x4m_container_const(first, struct xfrm_trap, use);
        if (trap->kernel == xfrm)
            met = trap->trap;
    }
    pthread_mutex_unlock(&policies->lock);
    return met;
}
