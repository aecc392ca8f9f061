/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_NATT_H
#define X4_IKE_NATT_H

/*
 * NAT traversal (RFC 3947 and its drafts): finding out whether there is a NAT, and moving to the
 * other port if there is.
 */

#include "x4/ike/phase1.h"

/* The versions that we announce. */
uint8_t x4_natt_ours(const x4s_charon *charon, const x4s_ike_config1 *config);

/* The newest version that we and a peer of these abilities know, as the one bit; 0 for none. */
uint8_t x4_natt_version(const x4s_charon *charon, const x4s_ike_config1 *config,
                        uint32_t abilities);

/* Adds the NAT-D payloads: the hash of where we send to, then of where we send from. */
x4e_ike_reason x4_natt_put(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/* Compares the peer's NAT-D payloads with the link that the message came over; sets behind_local
 * and behind_remote. */
x4e_ike_reason x4_natt_detect(x4s_ike_xchg1 *xchg, const x4s_ike_message *message);

static inline bval x4_natt_found(const x4s_ike_xchg1 *xchg)
{
    return xchg->behind_local || xchg->behind_remote;
}

/* As initiator, behind or in front of a NAT: has the user move the link to the other port. */
void x4_natt_float(x4s_ike_xchg1 *xchg);

/* As responder: tells the user of the NAT. */
void x4_natt_tell(x4s_ike_xchg1 *xchg);

/* Whether a message may come over this link: the exchange's own, or another behind a NAT. */
bval x4_natt_admits(const x4s_ike_xchg1 *xchg, const x4s_net_link *link);

/* An authenticated message came over the link: it is where the peer is from now on. */
void x4_natt_follow(x4s_ike_xchg1 *xchg, const x4s_net_link *link);

/* Quick mode in transport mode through a NAT: adds the addresses of both as we see them. */
void x4_natt_put_originals(const x4s_ike_xchg1 *parent, x4e_ike_role role, x4s_ike_build *build);

/* What the peer says, into the offer; bfalse: malformed. `role` is ours. */
bval x4_natt_take_originals(const x4s_ike_message *message, x4e_ike_role role,
                            x4s_ike_offer2 *offer) x4m_must_use;

/* Selectors of single hosts become the hosts as they are seen from here. */
void x4_natt_translate(const x4s_ike_xchg1 *parent, x4s_ike_offer2 *offer);

/* What is added to tunnel and transport in the attribute of phase 2 (RFC 3947 5.1): 0 without NAT.
 */
uint16_t x4_natt_mode_offset(const x4s_ike_xchg1 *xchg);

#endif
