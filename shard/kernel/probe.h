/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_KERNEL_PROBE_H
#define SHARD_KERNEL_PROBE_H

/*
 * What the kernel can do: found out by asking it for an SA with each algorithm, and taking it away
 * again. That also loads the modules that it needs, for which a shard would have to wait later.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/error.h"
#include "x4/ike/ipsec_sa.h"

struct xfrm_abilities {
    uint32_t esp;    /* a bit for each x4e_ike_esp */
    uint32_t integ;  /* and x4e_ike_integ, in ESP */
    uint32_t ah;     /* and in AH */
    uint32_t ipcomp; /* and x4e_ike_ipcomp */
    bool ipv6;       /* ESP between IPv6 addresses */
};

/* All that is in the transform. */
bool xfrm_abilities_have(const struct xfrm_abilities *abilities,
                         const x4s_ike_transform2 *transform);

/*
 * Asks over a socket for requests, which it closes, and waits for the answers. False: there is no
 * ESP, or we may not, and *error says so.
 */
bool xfrm_probe(int fd, struct xfrm_abilities *abilities, struct ring_error *error);

/* "des, lzs, AH": what libike negotiates and the kernel lacks. Returns text; "" nothing. */
const char *xfrm_abilities_lack(const struct xfrm_abilities *abilities, char *text, size_t size);

#endif
