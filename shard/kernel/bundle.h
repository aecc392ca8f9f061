/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_BUNDLE_H
#define SHARD_KERNEL_BUNDLE_H

/*
 * What a packet goes through, as the kernel sees it: an SA for each protocol, the innermost first.
 * Compression is such an SA too. In tunnel mode the innermost one makes the new IP header, and
 * those around it are transport mode (x4/ike/ipsec_sa.h).
 */

#include <stdbool.h>

#include "x4/ike/charon.h"

enum { XFRM_LAYERS_MAX = 3 };

struct xfrm_layer {
    uint8_t proto; /* IPPROTO_COMP, _ESP or _AH */
    uint8_t mode;  /* XFRM_MODE_TUNNEL or _TRANSPORT */
    uint32_t spi_in;
    uint32_t spi_out; /* both in host order, a CPI where it is IPComp; 0: not negotiated yet */
};

struct xfrm_bundle {
    uint8_t count;
    struct xfrm_layer layers[XFRM_LAYERS_MAX];
};

struct xfrm_bundle xfrm_bundle_of(const x4s_ike_keys2 *keys);

/* What would be negotiated; the SPIs are 0. */
struct xfrm_bundle xfrm_bundle_wanted(const x4s_ike_transform2 *transform);

/* A packet leaves with a new IP header. */
bool xfrm_bundle_tunnels(const struct xfrm_bundle *bundle);

#endif
