/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MICRO_TUNNEL_RECORD_H
#define BENCH_MICRO_TUNNEL_RECORD_H

/*
 * What a store keeps of a tunnel: an ISAKMP SA and a child, as peers of a usual kind have them.
 */

#include "store/record.h"
#include "store/seal.h"

struct micro_tunnel {
    char peer[32];
    struct store_isakmp isakmp;
    struct store_child child;
    struct store_place isakmp_place;
    struct store_place child_place;
};

/*
 * The tunnel of that number, up since `now`, milliseconds since 1970. It points into itself and at
 * the name of the estate.
 */
void micro_tunnel_make(struct micro_tunnel *tunnel, const char *estate, uint32_t number,
                       uint64_t now);

#endif
