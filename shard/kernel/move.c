/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SAs of a pair with other ends. An SA is found by where it goes to, so the kernel cannot
 * change that: its SAs are read, with their keys and sequence numbers, and made again. Where only
 * UDP's ports are others it can, and no packet is lost meanwhile.
 */
#include <errno.h>
#include <stdlib.h>

#include "shard/kernel/xfrm_state.h"

enum { READS_MAX = 2 * XFRM_LAYERS_MAX };

struct xfrm_move {
    struct xfrm_ends to;
    bool written;
    struct nlmsghdr *read[READS_MAX]; /* what comes, then what leaves; by layer */
};

void xfrm_move_free(struct xfrm_move *move)
{
    if (!move)
        return;
    for (int i = 0; i < READS_MAX; i++)
        if (move->read[i])
            x4_free(&x4_libc_allocator, move->read[i], move->read[i]->nlmsg_len);
    free(move);
}

static void ask(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned layer, bool inbound)
{
    struct hub_kernel_options options;
    const struct xfrm_sa sa = xfrm_pair_sa(task->pair, layer, inbound, &options);
    struct nlmsghdr *message =
        xfrm_begin(xfrm, task, (inbound ? XFRM_WHAT_READ_IN : XFRM_WHAT_READ_OUT) + layer);
    if (!message)
        return;
    xfrm_write_sa_id(message, XFRM_MSG_GETSA, &sa);
    xfrm_end(xfrm, message);
}

bool xfrm_move_begin(struct kernel_xfrm *xfrm, struct xfrm_task *task, const x4s_net_link *link)
{
    task->move = calloc(1, sizeof(*task->move));
    if (!task->move)
        return false;
    task->move->to = (struct xfrm_ends){link->local, link->remote};
    for (unsigned layer = 0; layer < task->pair->flow.bundle.count; layer++) {
        ask(xfrm, task, layer, true);
        ask(xfrm, task, layer, false);
    }
    return true;
}

void xfrm_move_read(struct xfrm_task *task, unsigned what, const struct nlmsghdr *message)
{
    const bool inbound = what < XFRM_WHAT_READ_OUT;
    const unsigned layer = what - (inbound ? XFRM_WHAT_READ_IN : XFRM_WHAT_READ_OUT);
    struct nlmsghdr **read = &task->move->read[layer + (inbound ? 0 : XFRM_LAYERS_MAX)];
    if (!*read)
        *read = x4_copy(&x4_libc_allocator, message, message->nlmsg_len);
}

static void unsay(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned layer, bool inbound)
{
    struct hub_kernel_options options;
    const struct xfrm_sa sa = xfrm_pair_sa(task->pair, layer, inbound, &options);
    struct nlmsghdr *message = xfrm_begin(xfrm, task, XFRM_WHAT_MAY_LACK);
    if (!message)
        return;
    xfrm_write_sa_id(message, XFRM_MSG_DELSA, &sa);
    xfrm_end(xfrm, message);
}

/* False: what was read is no SA. */
static bool say(struct kernel_xfrm *xfrm, struct xfrm_task *task, unsigned layer, bool inbound,
                bool update)
{
    const struct nlmsghdr *read = task->move->read[layer + (inbound ? 0 : XFRM_LAYERS_MAX)];
    if (!read)
        return false;
    if (!update)
        unsay(xfrm, task, layer, inbound);
    struct nlmsghdr *message = xfrm_begin(xfrm, task, XFRM_WHAT_MUST);
    const bool written =
        message && xfrm_write_moved(message, read, inbound, &task->move->to, update);
    if (message)
        xfrm_end(xfrm, message);
    return written;
}

static bool want_policies(struct kernel_xfrm *xfrm, struct xfrm_task *task)
{
    struct xfrm_join *work = calloc(1, sizeof(*work));
    if (!work)
        return false;
    work->task = task;
    work->ends = &task->move->to;
    x4_list_append(&xfrm->joins, &work->of_kernel);
    task->open++;
    return true;
}

bool xfrm_move_goes_on(struct kernel_xfrm *xfrm, struct xfrm_task *task)
{
    struct xfrm_move *move = task->move;
    const struct xfrm_pair *pair = task->pair;
    if (!move || move->written || task->error || pair->leave)
        return false;
    const bool update = x4_net_addr_same_ip(&pair->flow.ends.local, &move->to.local) &&
                        x4_net_addr_same_ip(&pair->flow.ends.remote, &move->to.remote);
    bool works = true;
    move->written = true;
    task->open = 1;
    for (unsigned layer = 0; works && layer < pair->flow.bundle.count; layer++)
        works = say(xfrm, task, layer, true, update) && say(xfrm, task, layer, false, update);
    if (!works || !want_policies(xfrm, task))
        task->error = works ? ENOMEM : ENOMSG;
    return true;
}
