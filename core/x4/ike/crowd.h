/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CROWD_H
#define X4_IKE_CROWD_H

/*
 * How much is half-open of one address and of one network (x4/ike/bounds.h).
 *
 * A count exists for as long as something is in it, in a table keyed with SipHash whose entries are
 * compared in full: counts are exact, strangers cannot make two networks share one, and there are
 * at most two for everything half-open, which is bounded itself. Joining costs two keyed hashes of
 * 18 bytes, two lookups, up to two allocations and a comparison with each shared network. With what
 * leaving costs, which looks nothing up, that is 0.5 us of the 3 that a first message takes where
 * 10,000 are half-open; 64 shared networks make it 0.4 us more.
 */

#include "x4/ike/engine.h"

typedef struct x4s_ike_crowd x4s_ike_crowd;

/* That something is in the counts: of its address and of the network around it. */
typedef struct x4s_ike_place {
    struct x4s_ike_presence {
        x4s_ike_crowd *crowd; /* NULL: not in one */
        x4s_list link;        /* of what gives way, oldest first */
    } in[2];
} x4s_ike_place;

/*
 * Counts what comes from an address. `place` is zeroed, and of an x4s_ike_half_open where
 * `gives_way` is set: such a one takes the place of the oldest, which is freed and counted, where a
 * count is full. Else a full count is the reason, and nothing has changed.
 */
x4e_ike_reason x4_crowd_join(x4s_charon *charon, const x4s_net_addr *addr, x4s_ike_place *place,
                             bval gives_way);

/* What was half-open is an exchange now, which does not give way. `to` is zeroed; `from` will be.
 */
void x4_crowd_move(x4s_ike_place *to, x4s_ike_place *from);

/* Once and more often. */
void x4_crowd_leave(x4s_charon *charon, x4s_ike_place *place);

/* Why a configuration's limits cannot be used, or NULL. */
const char *x4_crowd_limits(const x4s_ike_limits *limits);

#endif
