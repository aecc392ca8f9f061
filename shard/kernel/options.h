/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_OPTIONS_H
#define SHARD_KERNEL_OPTIONS_H

/*
 * How the kernel is to carry a child's traffic: what the configuration says of that and no peer
 * ever hears of.
 */

#include <stdbool.h>
#include <stdint.h>

/* A mark of packets, as of nftables' `meta mark`; without mask: none. */
struct hub_kernel_mark {
    uint32_t value;
    uint32_t mask;
};

struct hub_kernel_options {
    /* Which packets policies are for; those that leave, and their SA, and those that come. */
    struct hub_kernel_mark mark_out;
    struct hub_kernel_mark mark_in;
    bool mark_in_sa; /* mark_in is the SA's as well */

    /* What packets are marked with when they were encrypted or decrypted. */
    struct hub_kernel_mark set_mark_out;
    struct hub_kernel_mark set_mark_in;

    /* The XFRM interface that traffic goes through; 0: none. */
    uint32_t if_id_out;
    uint32_t if_id_in;

    uint32_t reqid;    /* ties SAs and policies together; 0: as follows from the traffic */
    uint32_t priority; /* of policies, less is sooner; 0: the narrower the sooner */

    uint32_t replay_window; /* packets; 0: an attacker may repeat them */
    bool no_policies;       /* somebody else says what is to be encrypted */

    /* How headers get along: these are the kernel's defaults, turned round. */
    bool no_copy_df;  /* the outer header never forbids fragments */
    bool no_copy_ecn; /* congestion is not told inwards */
    bool no_dscp_out; /* the outer header has no DSCP */
    bool dscp_in;     /* the inner header gets that of the outer */

    /* Packets, either direction for itself, as of the kilobytes of x4s_ike_keys2; 0: none. */
    uint64_t life_packets;
    uint64_t soft_packets;
    uint64_t rand_packets; /* below soft_packets: taken off by chance */
};

/* The most packets that a replay window can have: what a message has room for. */
#define HUB_KERNEL_WINDOW_MAX     4096
#define HUB_KERNEL_WINDOW_DEFAULT 32

#endif
