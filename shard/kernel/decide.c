/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel is told of policies. It is decided when messages are sent, with the lock that all
 * shards share, so that none of them decides in between.
 */
#include <errno.h>
#include <stdlib.h>

#include "shard/kernel/xfrm_state.h"

static void say_policy(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                       const struct xfrm_policy *policy, uint8_t dir,
                       const struct xfrm_templates *templates)
{
    struct nlmsghdr *message =
        xfrm_begin(xfrm, task, templates ? XFRM_WHAT_MUST : XFRM_WHAT_MAY_LACK);
    if (!message)
        return;
    if (templates)
        xfrm_write_policy(message, &policy->key, dir, templates);
    else
        xfrm_write_policy_id(message, XFRM_MSG_DELPOLICY, &policy->key, dir);
    xfrm_end(xfrm, message);
}

void xfrm_tell_policy(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                      const struct xfrm_policy *policy, enum xfrm_policy_step step)
{
    struct xfrm_templates templates;
    const struct xfrm_templates *now = NULL;
    if (step == XFRM_POLICY_KEEP)
        return;
    if (step == XFRM_POLICY_SET) {
        templates = xfrm_policy_templates(policy);
        now = &templates;
    }
    say_policy(xfrm, task, policy, policy->key.inbound ? XFRM_POLICY_IN : XFRM_POLICY_OUT, now);
    if (policy->key.inbound && (!now || xfrm_policy_forwards(policy)))
        say_policy(xfrm, task, policy, XFRM_POLICY_FWD, now);
}

static void join(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                 const struct xfrm_policy_key *key, struct xfrm_use *use)
{
    enum xfrm_policy_step step;
    if (xfrm_policy_join(&xfrm->backend->policies, key, &task->pair->flow, use, &step))
        xfrm_tell_policy(xfrm, task, use->policy, step);
    else if (!task->error)
        task->error = ENOMEM;
}

static void leave(struct kernel_xfrm *xfrm, struct xfrm_task *task, struct xfrm_use *use)
{
    struct xfrm_policy *policy = use->policy;
    if (!policy)
        return;
    const enum xfrm_policy_step step = xfrm_policy_leave(&xfrm->backend->policies, use);
    xfrm_tell_policy(xfrm, task, policy, step);
    if (step == XFRM_POLICY_REMOVE)
        xfrm_policy_free(policy);
}

static void move(struct kernel_xfrm *xfrm, struct xfrm_task *task, const struct xfrm_ends *ends)
{
    struct xfrm_pair *pair = task->pair;
    struct xfrm_use *const uses[] = {&pair->out, &pair->in};
    enum xfrm_policy_step steps[2];
    xfrm_policy_move(&pair->flow, ends, uses, steps);
    for (int i = 0; i < 2; i++)
        xfrm_tell_policy(xfrm, task, uses[i]->policy, steps[i]);
    x4_table_remove(&xfrm->by_out, &pair->by_out);
    xfrm_pair_index(xfrm, pair);
}

static void decide_joins(struct kernel_xfrm *xfrm)
{
    x4s_list *link;
    while ((link = x4_list_pop(&xfrm->joins))) {
        struct xfrm_join *work = x4m_container(link, struct xfrm_join, of_kernel);
        struct xfrm_task *task = work->task;
        if (work->ends) {
            move(xfrm, task, work->ends);
        } else {
            join(xfrm, task, &work->out, &task->pair->out);
            join(xfrm, task, &work->in, &task->pair->in);
        }
        xfrm_task_closed(xfrm, task, 0);
        free(work);
    }
}

static void decide_leaves(struct kernel_xfrm *xfrm)
{
    x4s_list *link;
    while ((link = x4_list_pop(&xfrm->leaving))) {
        struct xfrm_pair *pair = x4m_container(link, struct xfrm_pair, leaving);
        leave(xfrm, pair->leave, &pair->out);
        leave(xfrm, pair->leave, &pair->in);
        xfrm_task_closed(xfrm, pair->leave, 0);
    }
}

void xfrm_flush(struct kernel_xfrm *xfrm)
{
    struct xfrm_policies *policies = &xfrm->backend->policies;
    xfrm_channel_flush(xfrm->channel);
    if (x4_list_empty(&xfrm->joins) && x4_list_empty(&xfrm->leaving))
        return;
    pthread_mutex_lock(&policies->lock);
    decide_joins(xfrm);
    decide_leaves(xfrm);
    xfrm_channel_settle(xfrm->channel); /* before another shard decides about the same policies */
    pthread_mutex_unlock(&policies->lock);
}

void xfrm_want_policies(struct kernel_xfrm *xfrm, struct xfrm_task *task,
                        const struct hub_kernel_pair *wanted)
{
    const x4s_ike_keys2 *keys = wanted->keys;
    struct xfrm_join *work = calloc(1, sizeof(*work));
    if (!work) {
        task->error = ENOMEM;
        return;
    }
    work->task = task;
    work->out = xfrm_policy_key_out(&keys->local, &keys->remote, wanted->options);
    work->in = task->pair->flow.any
                   ? xfrm_policy_key_in_any(keys->local.family, wanted->options)
                   : xfrm_policy_key_in(&keys->local, &keys->remote, wanted->options);
    x4_list_append(&xfrm->joins, &work->of_kernel);
    task->open++;
}
