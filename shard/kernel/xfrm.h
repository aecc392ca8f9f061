/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_XFRM_H
#define SHARD_KERNEL_XFRM_H

/*
 * The back end that installs SAs and policies in the kernel: XFRM, over netlink.
 *
 * One of these serves all shards of a process, which open a kernel of their own each: they have
 * sockets of their own and share the policies (shard/kernel/policy.h).
 */

#include "ioring/error.h"
#include "shard/kernel/kernel.h"
#include "shard/kernel/policy.h"
#include "shard/kernel/probe.h"

/* Sockets to the kernel. -1: errno. */
struct xfrm_sockets {
    int (*requests)(void *user);
    int (*events)(void *user); /* one that hears of AEVENTS, ACQUIRE and EXPIRE */
    void *user;
    bool waits; /* a process is in between, which may end: then others are opened */
};

struct xfrm_backend {
    struct hub_kernel_backend head;
    struct xfrm_sockets sockets;
    struct xfrm_policies policies;
    struct xfrm_abilities abilities;
    char text[192]; /* head.summary */
};

/* Netlink sockets of this network namespace. */
extern const struct xfrm_sockets xfrm_netlink;

/*
 * Asks the kernel what it can do, which takes a moment and loads its modules. False: *error says in
 * one line what it lacks, or why we may not.
 */
bool xfrm_backend_init(struct xfrm_backend *backend, const struct xfrm_sockets *sockets,
                       struct ring_error *error);

/* All kernels were closed. */
void xfrm_backend_fini(struct xfrm_backend *backend);

#endif
