/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_BOUNDS_H
#define X4_IKE_BOUNDS_H

/*
 * What an instance spends on peers that have proven nothing yet (x4s_charon_config.limits). Part of
 * the public interface, x4/ike/charon.h.
 *
 * Half-open is what a stranger began and nobody has authenticated for: an answered first message of
 * main mode, and then the exchange itself, until phase 1 is complete. Each is counted in all, under
 * the address that it came from and under the network around that. Addresses in the clear are
 * anybody's: where a count is full, the oldest first message of main mode in it gives way to the
 * newer one, so that who forges an address cannot lock its owner out by a few messages. What has
 * echoed our cookie, and aggressive mode, never gives way; where nothing else is in the count the
 * new one is refused.
 */

#include "x4/net/addr.h"

/*
 * A network whose addresses are shared by many peers, like those of a carrier's NAT. What comes
 * from it is counted together, and not under single addresses and the networks around them.
 */
typedef struct x4s_ike_shared_net {
    x4s_net_addr addr;  /* port and scope are not looked at */
    uint8_t bits;       /* of the prefix: 0 to 32, or 128 */
    uint32_t half_open; /* 1 or more */
} x4s_ike_shared_net;

/* Networks are compared one after the other. */
#define x4c_ike_shared_nets_max 64

/* 0 means the default. */
typedef struct x4s_ike_limits {
    /*
     * 10,000 first messages that were answered and not gone on with. One of the last two seconds
     * gives way to none: where half of them are of that kind, only first messages that come again
     * are answered, those that have come most often before others.
     */
    uint32_t half_open;

    /*
     * 4,194,304 first messages, of either mode, that were not answered: so many are known when they
     * come again. Four bytes each, taken when first messages are first not answered, and kept.
     */
    uint32_t remembered;

    uint32_t unproven;   /* 10,000 phase 1 exchanges that are not authenticated */
    uint32_t aggressive; /* 1,000 of them in aggressive mode, which any address can begin */
    uint32_t pending2; /* 64 incomplete quick modes per ISAKMP SA, ours too: no more of a peer's */

    /* Half-open of one IPv4 address, or of one IPv6 network of 64 bits: 100. */
    uint32_t half_open_address;

    /* Half-open of one network of so many bits: 1,000, of 24 and of 48. */
    uint32_t half_open_prefix;
    uint8_t prefix4_bits; /* below 32 */
    uint8_t prefix6_bits; /* below 64 */

    /* Exceptions. Of several that have an address the longest prefix counts. The user's memory. */
    const x4s_ike_shared_net *shared_nets;
    size_t shared_net_count;

    /*
     * First messages of aggressive mode that are computed for in one second: 100. It is also what
     * may come at once after a pause. Of these, and of `aggressive`, half is for those that come
     * again.
     */
    uint32_t aggressive_a_second;

    /*
     * Public-key work for peers that begin phase 1: so many jobs in one x4_charon_tick, 16, which
     * bounds what the peers of established SAs wait for them; and so many that wait, 1,000. Beyond
     * that the exchange that has waited longest ends.
     */
    uint32_t jobs_a_tick;
    uint32_t jobs_waiting;
} x4s_ike_limits;

#endif
