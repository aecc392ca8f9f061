/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_DPD_H
#define X4_IKE_DPD_H

/*
 * Dead peer detection (RFC 3706): who has not been heard of for a while is asked, and is dead when
 * it does not answer. Only with peers that announced it; questions of the others are answered too.
 */

#include "x4/ike/phase1.h"

/* The number from which our questions count; before x4_dpd_start. */
void x4_dpd_draw(x4s_ike_xchg1 *xchg);
void x4_dpd_resume(x4s_ike_xchg1 *xchg, const x4s_ike_keys1 *keys);

/* Starts watching an established SA, if the peer knows DPD and an interval is set. */
void x4_dpd_start(x4s_ike_xchg1 *xchg, uint32_t idle_sec);
void x4_dpd_stop(x4s_ike_xchg1 *xchg);

/*
 * Asks the peer now, whatever the interval is, unless a question is open or it was heard of within
 * the last second: so no more numbers are used than x4_dpd_resume() counts with. bfalse: the peer
 * does not know DPD.
 */
bval x4_dpd_ask(x4s_ike_xchg1 *xchg);

/* The peer was heard of: an authenticated message came. */
void x4_dpd_heard(x4s_ike_xchg1 *xchg);

/*
 * An authenticated R-U-THERE or R-U-THERE-ACK that came over this link. Its number tells whether it
 * is new; only then it is a sign of life, and the peer behind a NAT is followed. Of a resumed SA
 * the numbers of the past are not known: there an answer to a question of ours is what counts.
 */
void x4_dpd_receive(x4s_ike_xchg1 *xchg, const x4s_net_link *link, uint16_t type, x4s_chunk data);

#endif
