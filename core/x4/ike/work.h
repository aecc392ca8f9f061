/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_WORK_H
#define X4_IKE_WORK_H

/*
 * Public-key work of an exchange: collected while messages come in, done in one batch by
 * x4_charon_tick.
 */

#include "x4/ike/exchange.h"

typedef struct x4s_ike_work {
    x4s_list link; /* in charon->work while it waits */
    x4s_ike_xchg *owner;
    x4s_dh_job job;
    size_t size;
    uint8_t bytes[]; /* own, peer, shared */
} x4s_ike_work;

/* Gives the exchange work in a group; bfalse when out of memory. */
bval x4_work_new(x4s_ike_xchg *xchg, x4e_group group) x4m_must_use;

/* Checks the peer's public value and keeps it. */
x4e_ike_reason x4_work_peer(x4s_ike_xchg *xchg, x4s_chunk value);

/* Puts it into the next batch. */
void x4_work_queue(x4s_ike_xchg *xchg, x4e_dh_work what);

/* Wipes and releases; nothing if there is none. */
void x4_work_free(x4s_ike_xchg *xchg);

/* Does all that waits. */
void x4_work_run(x4s_charon *charon);

/* Views of the values. */
x4s_chunk x4_work_own(const x4s_ike_xchg *xchg);
x4s_chunk x4_work_their(const x4s_ike_xchg *xchg);
x4s_chunk x4_work_shared(const x4s_ike_xchg *xchg);

#endif
