/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PROTECT_H
#define X4_IKE_PROTECT_H

/*
 * Encryption of messages under an ISAKMP SA (RFC 2409 Appendix B).
 */

#include "x4/ike/phase1.h"

/*
 * The first chaining value of an exchange after phase 1, or of an informational message when phase
 * 1 has its keys: from the last block of phase 1 so far.
 */
bval x4_protect_iv(x4s_ike_xchg1 *xchg, uint32_t message_id, uint8_t *iv) x4m_must_use;

/*
 * Decrypts a message into `plain` and takes its payloads apart. `iv` is the chaining value before;
 * message->iv becomes the one after.
 */
x4e_ike_reason x4_protect_open(x4s_ike_xchg1 *xchg, const uint8_t *iv, x4s_ike_message *message,
                               uint8_t plain[x4c_limit_message_in]);

/*
 * Tells the user that so many bytes were encrypted or decrypted under the completed SA, which may
 * be disposed of afterwards. For a message of the peer's not before it is authenticated.
 */
void x4_protect_used(x4s_ike_xchg1 *xchg, size_t bytes);

/* Ends a message, encrypts it and tells so; `iv` moves on. */
x4e_ike_reason x4_protect_seal(x4s_ike_xchg1 *xchg, uint8_t *iv, x4s_ike_build *build);

#endif
