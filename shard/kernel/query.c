/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a pair has carried. Kernels before 6.2 do not tell of an SA when it was used last; their
 * policies do. So where packets went through and no time is told, the policy is asked as well, if
 * it is this traffic's alone.
 */
#include <errno.h>

#include "shard/kernel/xfrm_state.h"

static void ask_sa(struct kernel_xfrm *xfrm, struct xfrm_task *task, const struct xfrm_pair *pair,
                   bool inbound)
{
    struct hub_kernel_options options;
    const unsigned layer = (unsigned)(xfrm_pair_layer(pair) - pair->flow.bundle.layers);
    const struct xfrm_sa sa = xfrm_pair_sa(pair, layer, inbound, &options);
    struct nlmsghdr *message =
        xfrm_begin(xfrm, task, (inbound ? XFRM_WHAT_READ_IN : XFRM_WHAT_READ_OUT) + layer);
    if (!message)
        return;
    xfrm_write_sa_id(message, XFRM_MSG_GETSA, &sa);
    xfrm_end(xfrm, message);
}

static void ask_policy(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                       const struct xfrm_policy *policy, uint8_t dir)
{
    struct nlmsghdr *message = xfrm_begin(
        xfrm, task, dir == XFRM_POLICY_OUT ? XFRM_WHAT_READ_POLICY_OUT : XFRM_WHAT_READ_POLICY_IN);
    if (!message)
        return;
    xfrm_write_policy_id(message, XFRM_MSG_GETPOLICY, &policy->key, dir);
    xfrm_end(xfrm, message);
}

/* The pair may be gone by now. What comes is for this host or for others. */
static void ask_policies(struct kernel_xfrm *xfrm, struct xfrm_task *task, bool inbound)
{
    const struct xfrm_pair *pair = xfrm_pair_find(xfrm, task->name);
    if (!pair)
        return;
    if (!inbound && pair->out.policy)
        ask_policy(xfrm, task, pair->out.policy, XFRM_POLICY_OUT);
    if (!inbound || !pair->in.policy || pair->flow.any)
        return;
    ask_policy(xfrm, task, pair->in.policy, XFRM_POLICY_IN);
    if (xfrm_bundle_tunnels(&pair->flow.bundle))
        ask_policy(xfrm, task, pair->in.policy, XFRM_POLICY_FWD);
}

/* The pair is not held: a question does not keep it from going to another shard. */
bool xfrm_query(struct hub_kernel *kernel, struct hub_kernel_query *query)
{
    struct kernel_xfrm *xfrm = xfrm_of(kernel);
    const struct xfrm_pair *pair = xfrm_pair_find(xfrm, query->spi_in);
    struct xfrm_task *task = xfrm_task_new(HUB_KERNEL_ADD, NULL, query->spi_in);
    if (!task)
        return false;
    task->query = query;
    query->in = query->out = (struct hub_kernel_traffic){0};
    if (pair) {
        ask_sa(xfrm, task, pair, true);
        ask_sa(xfrm, task, pair, false);
    }
    xfrm_task_closed(xfrm, task, pair ? 0 : ESRCH);
    return true;
}

void xfrm_query_read(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned what,
                     const struct nlmsghdr *message)
{
    const bool inbound = what < XFRM_WHAT_READ_OUT || what == XFRM_WHAT_READ_POLICY_IN;
    struct hub_kernel_traffic *traffic = inbound ? &task->query->in : &task->query->out;
    struct xfrm_event event;
    if (!xfrm_event_read(message, &event))
        return;
    if (event.kind == XFRM_EVENT_POLICY) {
        traffic->used_at = x4m_max(traffic->used_at, event.used_at);
    } else if (event.kind == XFRM_EVENT_SA) {
        *traffic = (struct hub_kernel_traffic){event.bytes, event.packets, event.used_at};
        if (event.packets && !event.used_at)
            ask_policies(xfrm, task, inbound);
    }
}
