/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_NEGOTIATE_H
#define X4_IKE_NEGOTIATE_H

/*
 * What main mode and aggressive mode negotiate alike: the proposal, the abilities that vendor IDs
 * announce, and the key exchange with its nonces (RFC 2409 5).
 */

#include "x4/ike/phase1.h"

/* What any message of phase 1 may bring; what they say need not matter there. */
#define x4c_neg_extras /* req 2408-3.9-2 2408-3.10-2 */                                            \
    (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_cr) |            \
     x4m_bit(x4c_payload_cert) | x4m_bit(x4c_payload_nat_d))

/* Which of them proves the peer, the method says: x4/ike/authenticate.h. */
#define x4c_neg_proofs (x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_sig))

/* Initiator: adds the SA payload, whose body is kept as SAi_b. */
x4e_ike_reason x4_neg_offer(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/*
 * The abilities (x4/ike/vendor.h) that both sides have once a transform is agreed on: what a
 * responder announces. Of NAT traversal one version is left.
 */
uint32_t x4_neg_common(const x4s_charon *charon, const x4s_ike_config1 *config,
                       const x4s_ike_transform1 *agreed, uint32_t theirs);

/* The exchange goes on with them. */
void x4_neg_take_common(x4s_ike_xchg1 *xchg, uint32_t common);

/* Initiator: adds our vendor IDs. */
void x4_neg_announce(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/* Initiator: what the responder selected; changes nothing. */
x4e_ike_reason x4_neg_selected(const x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                               x4s_ike_transform1 *agreed);

/* Initiator: takes the selection, the abilities and the cookie of the responder's. */
void x4_neg_agree(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                  const x4s_ike_transform1 *agreed);

/* Whether a nonce and a public value have a length that can be right; costs nothing. */
x4e_ike_reason x4_neg_plausible(const x4s_ike_message *message, x4e_group group);

/* The peer's nonce and public value, which has to be one of the group. */
x4e_ike_reason x4_neg_take(x4s_ike_xchg1 *xchg, const x4s_ike_message *message);

/* Adds our public value and nonce. */
void x4_neg_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/* Initiator: adds INITIAL-CONTACT if the configuration wishes it (RFC 2407 4.6.3.3). */
void x4_neg_contact(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

#endif
