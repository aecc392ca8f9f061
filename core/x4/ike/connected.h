/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_CONNECTED_H
#define X4_IKE_CONNECTED_H

/*
 * The commit bit (RFC 2408 3.1): who responds to quick mode can set it, and then confirms with a
 * CONNECTED notify that its end of the SA is there. RFC 2408 has that in an informational message
 * with quick mode's message ID; the peers that do it send a fourth message of quick mode:
 *
 *     HDR*#, HASH(4), N (CONNECTED)      HASH(4) = prf(SKEYID_a, M-ID | N)
 *
 * Both are understood, and the fourth message is sent. The header is not authenticated, so the bit
 * may be anybody's, and not all peers that set it confirm: we wait for a while and then go on as if
 * it had come. Who sends us message 2 has proven that it has the keys.
 *
 * In phase 1, and of an initiator, the bit is without effect.
 */

#include "x4/ike/phase2.h"

/* The shape of the fourth message, x4s_ike_shape. */
#define x4m_connected_shape                                                                        \
    {                                                                                              \
        .required = x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_notify),                       \
        .optional = x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify),                        \
        .repeated = x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify)                         \
    }

/* As initiator we wait from now on, in the step that is to follow. */
void x4_connected_expect(x4s_ike_xchg2 *xchg);

/* The fourth message of quick mode, decrypted. */
x4e_ike_reason x4_connected_take(x4s_ike_xchg2 *xchg, const x4s_ike_message *message);

/* The same, not decrypted, of a peer that was not waited for: some bring INITIAL-CONTACT by it. */
x4e_ike_reason x4_connected_receive(x4s_ike_xchg2 *xchg, x4s_ike_message *message);

/* CONNECTED came for an exchange. bfalse: it does not wait for that. */
bval x4_connected_tell(x4s_ike_xchg2 *xchg);

/* As responder: confirms. `iv` is the last cipher block of message 3. */
void x4_connected_send(x4s_ike_xchg2 *xchg, const uint8_t *iv);

#endif
