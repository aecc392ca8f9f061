/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_WORK_H
#define X4_IKE_WORK_H

/*
 * Public-key work of an exchange: collected while messages come in, done in batches by
 * x4_charon_tick.
 *
 * There are two queues. What belongs to established SAs, and what we begin, is all done in the next
 * tick. Phase 1 that a peer began comes after it, limits.jobs_a_tick in a tick: what waits longer
 * than timing.job_ms, or is the oldest of more than limits.jobs_waiting, ends as overloaded. Its
 * peer has given up by then, or tries again.
 */

#include "x4/ike/exchange.h"

typedef struct x4s_ike_work {
    x4s_list link; /* in charon->work or new_work while it waits */
    x4_msec queued_at;
    x4s_ike_xchg *owner;
    x4s_dh_job job;
    size_t size;
    uint8_t bytes[]; /* own, peer, shared */
} x4s_ike_work;

/* Gives the exchange work in a group; bfalse when out of memory. */
bval x4_work_new(x4s_ike_xchg *xchg, x4e_group group) x4m_must_use;

/* Checks the peer's public value and keeps it. */
x4e_ike_reason x4_work_peer(x4s_ike_xchg *xchg, x4s_chunk value);

/* Puts it into its queue. The caller looks at nothing more: another exchange may end in here. */
void x4_work_queue(x4s_ike_xchg *xchg, x4e_dh_work what);

/* Wipes and releases; nothing if there is none. */
void x4_work_free(x4s_ike_xchg *xchg);

/* Does all that waits for peers that are known, and a ration of what waits for new ones. */
void x4_work_run(x4s_charon *charon);
void x4_work_run_new(x4s_charon *charon);

/* Views of the values. */
x4s_chunk x4_work_own(const x4s_ike_xchg *xchg);
x4s_chunk x4_work_their(const x4s_ike_xchg *xchg);
x4s_chunk x4_work_shared(const x4s_ike_xchg *xchg);

#endif
