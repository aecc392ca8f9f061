/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_KERNEL_PROCESS_H
#define SHARD_PRIVILEGE_KERNEL_PROCESS_H

/*
 * The process that tells the kernel about SAs and policies: of all that there is, it keeps
 * CAP_NET_ADMIN. The kernel looks at the rights of who opens a netlink socket and of who sends, so
 * shards cannot be given sockets: each has wires to this process, behind which is a netlink socket
 * of its own. Both ends say the same, in the same pieces (shard/kernel/channel.h), but only what
 * shards have to say is passed on: XFRM, of the kinds in a table.
 *
 * A wire ends when something would be lost: what was said on it is not allowed, or the kernel's
 * answers or events ran over.
 */

#include <stdint.h>

#include "shard/kernel/xfrm.h"

/* What a wire is for. */
enum hub_kernel_wire {
    HUB_KERNEL_WIRE_REQUESTS,
    HUB_KERNEL_WIRE_EVENTS,
    HUB_KERNEL_WIRES,
};

/*
 * Serves wires that come over `wire`, with a uint32_t of enum hub_kernel_wire each, until its end.
 * The context is a struct hub_charter.
 */
int hub_kernel_process_run(int wire, void *context);

/* The same with other sockets behind it: for tests. */
int hub_kernel_process_serve(int wire, const struct xfrm_sockets *sockets);

/* The sockets of a shard whose process asks the supervisor: wires to the kernel process. */
extern const struct xfrm_sockets hub_kernel_wires;

#endif
