/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_EVENT_H
#define SHARD_KERNEL_EVENT_H

/*
 * What the kernel's XFRM tells, read out of its messages. What is not whole is not read.
 */

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "shard/kernel/message.h"

enum xfrm_event_kind {
    XFRM_EVENT_AGING,    /* a soft limit of an SA was reached */
    XFRM_EVENT_EXPIRED,  /* a hard one: the SA is gone */
    XFRM_EVENT_WANTED,   /* a packet met a policy without SA */
    XFRM_EVENT_SEQUENCE, /* so many packets have left under an SA */
    XFRM_EVENT_SA,       /* an SA that was read */
    XFRM_EVENT_POLICY,   /* a policy that was read */
};

struct xfrm_event {
    enum xfrm_event_kind kind;

    /* Of an SA; its name is not told with a sequence number. */
    uint32_t name;
    uint32_t spi; /* host order */
    uint8_t proto;
    uint8_t family;
    xfrm_address_t target;
    uint64_t out_sequence; /* the last that was sent */
    uint64_t bytes;
    uint64_t packets;
    uint64_t used_at; /* when it let the last packet through, or a policy did; 0: not told */
    bool aging;       /* it is over its soft limit */

    struct xfrm_policy_key policy; /* XFRM_EVENT_WANTED */
};

/* False: it is of another kind, or broken. */
bool xfrm_event_read(const struct nlmsghdr *message, struct xfrm_event *event);

#endif
