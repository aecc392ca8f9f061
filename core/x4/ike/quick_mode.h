/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_QUICK_MODE_H
#define X4_IKE_QUICK_MODE_H

/*
 * Quick mode (RFC 2409 5.5), as steps.
 */

#include "x4/ike/phase2.h"

extern const x4s_ike_step x4_quick_mode_initiator[];
extern const x4s_ike_step x4_quick_mode_responder[]; /* behind the verified first message */

/*
 * A first message of quick mode, decrypted: verifies it and makes the exchange. The message is
 * taken or nothing has changed.
 */
x4e_ike_reason x4_quick_mode_respond(x4s_ike_xchg1 *parent, const x4s_ike_message *message);

/* The keys of a negotiation that is complete. */
x4e_ike_reason x4_quick_mode_keys(x4s_ike_xchg2 *xchg, x4s_ike_keys2 *keys);

#endif
