/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_XAUTH_H
#define X4_IKE_XAUTH_H

/*
 * Extended authentication after phase 1 (draft-beaulieu-ike-xauth-02), for the methods that have
 * it. Until it has come out well the ISAKMP SA carries nothing else, and its user is not told of
 * it.
 *
 *     who asks                           who is asked
 *     REQUEST(type, name, password)  -->
 *                                    <--  REPLY(name, password)
 *                        ... more questions, or the same again ...
 *     SET(status)                    -->
 *                                    <--  ACK(status)
 */

#include "x4/ike/phase1.h"

/* Phase 1 is done. bfalse: nobody is to be asked, the SA may be opened. */
bval x4_xauth_begin(x4s_ike_xchg1 *xchg) x4m_must_use;

/* Whether a peer's request or set belongs here: nothing else is answered until the SA is open. */
bval x4_xauth_expects(const x4s_ike_xchg1 *xchg, x4e_ike_cfg type, const x4s_ike_cfg *asked);

/* What such a message is replied to with. */
void x4_xauth_respond(x4s_ike_xchg1 *xchg, x4e_ike_cfg type, const x4s_ike_cfg *asked,
                      x4s_ike_cfg *reply);

/* The reply was sent: what it was about takes effect. */
void x4_xauth_settle(x4s_ike_xchg1 *xchg);

/* The exchange ends; and its memory goes. */
void x4_xauth_stop(x4s_ike_xchg1 *xchg);
void x4_xauth_free(x4s_ike_xchg1 *xchg);

#endif
