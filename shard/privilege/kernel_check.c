/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/kernel_check.h"

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdint.h>

#include "x4/core/types.h"

/* A kind of message: how long its body is at least, and the flags that it may have. */
struct rule {
    uint16_t type;
    uint16_t flags;
    size_t body;
};

#define REQUEST (NLM_F_REQUEST | NLM_F_ACK)

static const struct rule requests[] = {
    {XFRM_MSG_NEWSA, REQUEST, sizeof(struct xfrm_usersa_info)},
    {XFRM_MSG_UPDSA, REQUEST, sizeof(struct xfrm_usersa_info)},
    {XFRM_MSG_DELSA, REQUEST, sizeof(struct xfrm_usersa_id)},
    {XFRM_MSG_GETSA, REQUEST, sizeof(struct xfrm_usersa_id)},
    {XFRM_MSG_NEWAE, REQUEST | NLM_F_REPLACE, sizeof(struct xfrm_aevent_id)},
    {XFRM_MSG_UPDPOLICY, REQUEST, sizeof(struct xfrm_userpolicy_info)},
    {XFRM_MSG_DELPOLICY, REQUEST, sizeof(struct xfrm_userpolicy_id)},
    {XFRM_MSG_GETPOLICY, REQUEST, sizeof(struct xfrm_userpolicy_id)},
};

/* All SAs are read again there. */
static const struct rule events[] = {
    {XFRM_MSG_GETSA, NLM_F_REQUEST | NLM_F_DUMP, 0},
};

static const struct {
    const struct rule *rules;
    size_t count;
} allowed[HUB_KERNEL_WIRES] = {
    [HUB_KERNEL_WIRE_REQUESTS] = {requests, x4m_countof(requests)},
    [HUB_KERNEL_WIRE_EVENTS] = {events, x4m_countof(events)},
};

static bool obeys(const struct nlmsghdr *message, const struct rule *rule)
{
    return message->nlmsg_type == rule->type && !(message->nlmsg_flags & ~rule->flags) &&
           message->nlmsg_flags & NLM_F_REQUEST &&
           message->nlmsg_len >= (size_t)NLMSG_LENGTH(rule->body);
}

static bool is_allowed(enum hub_kernel_wire kind, const struct nlmsghdr *message)
{
    for (size_t i = 0; i < allowed[kind].count; i++) {
        if (obeys(message, &allowed[kind].rules[i]))
            return true;
    }
    return false;
}

bool hub_kernel_check(enum hub_kernel_wire kind, const void *piece, size_t size)
{
    const char *at = piece;
    size_t left = size;
    while (left >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *message = (const void *)at;
        if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > left ||
            !is_allowed(kind, message))
            return false;
        const size_t len = NLMSG_ALIGN(message->nlmsg_len); /* of what is bounded by now */
        if (len > left)
            return false;
        at += len;
        left -= len;
    }
    return left == 0 && size > 0;
}
