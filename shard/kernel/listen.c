/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel says by itself. Every shard hears of all SAs and takes what is about its own.
 *
 * When the socket's queue ran over, something was said that nobody heard. Then all SAs are read
 * again, over the same socket: the kernel gives one piece after another as they are taken. What is
 * said of an SA is as good as the events before it, and a pair that is not among them is gone.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "shard/kernel/xfrm_state.h"

/* Reads of one go: what is left keeps the descriptor readable. */
#define READS_A_GO 16

static void tell(const struct kernel_xfrm *xfrm, enum hub_kernel_event_kind kind,
                 const struct xfrm_pair *pair, uint64_t out_sequence)
{
    const struct hub_kernel_event event = {
        .kind = kind,
        .spi_in = pair->parcel.spi_in,
        .out_sequence = out_sequence,
    };
    xfrm->user.told(xfrm->user.user, &event);
}

/* A pair that is complete, of an SA that is not compression. */
static struct xfrm_pair *pair_of(const struct kernel_xfrm *xfrm, const struct xfrm_event *event)
{
    struct xfrm_pair *pair =
        event->proto == IPPROTO_COMP ? NULL : xfrm_pair_find(xfrm, event->name);
    return pair && pair->full ? pair : NULL;
}

/* -------------------------------------------------------------------------- reading again */

static void unsee(struct kernel_xfrm *xfrm)
{
    x4s_list *link;
    while ((link = x4_list_pop(&xfrm->pairs))) {
        struct xfrm_pair *pair = x4m_container(link, struct xfrm_pair, of_kernel);
        pair->seen_in = pair->seen_out = !pair->full;
        x4_list_append(&xfrm->unchecked, link);
    }
}

void xfrm_listen_again(struct kernel_xfrm *xfrm)
{
    _Alignas(struct nlmsghdr) char bytes[sizeof(struct nlmsghdr)];
    struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
    xfrm_write_dump(message);
    message->nlmsg_seq = ++xfrm->dump;
    unsee(xfrm);
    xfrm->reading =
        send(xfrm->events, message, message->nlmsg_len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

static bool is_address(const xfrm_address_t *address, const x4s_net_addr *addr)
{
    uint8_t bytes[sizeof(addr->ip)];
    memcpy(bytes, address, sizeof(bytes));
    return memcmp(bytes, addr->ip, sizeof(bytes)) == 0;
}

static void see(struct kernel_xfrm *xfrm, struct xfrm_pair *pair, const struct xfrm_event *event)
{
    const struct xfrm_layer *layer = xfrm_pair_layer(pair);
    if (event->proto != layer->proto)
        return;
    const bool inbound =
        event->spi == layer->spi_in && is_address(&event->target, &pair->flow.ends.local);
    if (inbound)
        pair->seen_in = true;
    else
        pair->seen_out = true;
    if (pair->seen_in && pair->seen_out) {
        x4_list_remove(&pair->of_kernel);
        x4_list_append(&xfrm->pairs, &pair->of_kernel);
    }
}

static void take_sa(struct kernel_xfrm *xfrm, const struct xfrm_event *event)
{
    struct xfrm_pair *pair = pair_of(xfrm, event);
    if (!pair)
        return;
    see(xfrm, pair, event);
    if (event->out_sequence)
        tell(xfrm, HUB_KERNEL_SEQUENCE, pair, event->out_sequence);
    if (event->aging)
        tell(xfrm, HUB_KERNEL_AGING, pair, 0);
}

/* `told` may delete pairs, none of which is looked at again then. `whole`: all SAs were read. */
static void end_reading(struct kernel_xfrm *xfrm, bool whole)
{
    x4s_list *link;
    xfrm->reading = false;
    while ((link = x4_list_pop(&xfrm->unchecked))) {
        struct xfrm_pair *pair = x4m_container(link, struct xfrm_pair, of_kernel);
        const bool lost = whole && !(pair->seen_in && pair->seen_out);
        x4_list_append(&xfrm->pairs, link);
        if (lost)
            tell(xfrm, HUB_KERNEL_LOST, pair, 0);
    }
}

/* -------------------------------------------------------------------------- events */

static void take_wanted(const struct kernel_xfrm *xfrm, const struct xfrm_event *event)
{
    const struct hub_kernel_event wanted = {
        .kind = HUB_KERNEL_WANTED,
        .trap = xfrm_trap_met(xfrm, &event->policy),
    };
    if (wanted.trap)
        xfrm->user.told(xfrm->user.user, &wanted);
}

static void take_sequence(const struct kernel_xfrm *xfrm, const struct xfrm_event *event)
{
    const struct xfrm_pair *pair = xfrm_pair_sending(xfrm, event->spi, &event->target);
    if (pair && pair->full && xfrm_pair_layer(pair)->proto == event->proto)
        tell(xfrm, HUB_KERNEL_SEQUENCE, pair, event->out_sequence);
}

static void take_event(struct kernel_xfrm *xfrm, const struct xfrm_event *event)
{
    const struct xfrm_pair *pair;
    switch (event->kind) {
    case XFRM_EVENT_SA:
        take_sa(xfrm, event);
        return;
    case XFRM_EVENT_WANTED:
        take_wanted(xfrm, event);
        return;
    case XFRM_EVENT_SEQUENCE:
        take_sequence(xfrm, event);
        return;
    case XFRM_EVENT_POLICY:
        return;
    case XFRM_EVENT_AGING:
    case XFRM_EVENT_EXPIRED:
        break;
    }
    pair = pair_of(xfrm, event);
    if (pair)
        tell(xfrm, event->kind == XFRM_EVENT_AGING ? HUB_KERNEL_AGING : HUB_KERNEL_EXPIRED, pair,
             0);
}

static void take(struct kernel_xfrm *xfrm, const struct nlmsghdr *message)
{
    struct xfrm_event event;
    const bool of_dump = xfrm->reading && message->nlmsg_seq == xfrm->dump;
    if (of_dump && (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)) {
        end_reading(xfrm, message->nlmsg_type == NLMSG_DONE);
    } else if (xfrm_event_read(message, &event)) {
        if (event.kind != XFRM_EVENT_SA || of_dump)
            take_event(xfrm, &event);
    }
}

static void take_all(struct kernel_xfrm *xfrm, size_t size)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)xfrm->bytes;
    int left = (int)size;
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
        take(xfrm, message);
    x4_wipe(xfrm->bytes, size);
}

void xfrm_listen(struct kernel_xfrm *xfrm)
{
    for (int i = 0; i < READS_A_GO; i++) {
        const ssize_t size = xfrm_receive(xfrm->events, xfrm->bytes, sizeof(xfrm->bytes));
        if (size > 0)
            take_all(xfrm, (size_t)size);
        else if (size < 0 && errno == ENOBUFS)
            xfrm_listen_again(xfrm);
        else if (size == 0 || errno != EINTR)
            return;
    }
}
