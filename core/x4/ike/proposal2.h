/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PROPOSAL2_H
#define X4_IKE_PROPOSAL2_H

/*
 * Phase 2 proposals: ESP and AH transforms and their attributes (RFC 2407 4.4.3 to 4.5).
 */

#include "x4/ike/sa_payload.h"

/* Sizes in bytes of the keys of one SA. */
typedef struct x4s_ike_key_sizes {
    uint8_t encr;
    uint8_t salt;
    uint8_t integ;
} x4s_ike_key_sizes;

/* bfalse for a combination of algorithms that does not exist. */
bval x4_proposal2_key_sizes(const x4s_ike_transform2 *t, x4s_ike_key_sizes *sizes);

/* The protocol's number on the wire. */
uint8_t x4_proposal2_protocol(const x4s_ike_transform2 *t);

/* Whether all transforms exist and agree on one group. */
bval x4_proposal2_usable(const x4s_ike_config2 *config);

/* Whether AH is among the transforms, which no UDP encapsulation is for. */
bval x4_proposal2_has_ah(const x4s_ike_config2 *config);

/*
 * Writes our offer: each transform as a proposal of its own, all with the one SPI. `mode_offset` is
 * added to the encapsulation mode: x4_natt_mode_offset().
 */
void x4_proposal2_write(x4s_ike_build *build, const x4s_ike_config2 *config, uint32_t spi,
                        uint16_t mode_offset);

/*
 * Selects as responder; *spi is the peer's. Encapsulation in UDP is acceptable where there is a
 * NAT, and only there (RFC 3947 5.1): where `mode_offset` is not 0. The numbers of the RFC and of
 * its drafts both are.
 */
x4e_ike_reason x4_proposal2_select(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                   uint16_t mode_offset, x4s_ike_transform2 *agreed,
                                   const x4s_ike_offered **chosen, uint32_t *spi);

/* Checks the responder's choice against our offer. */
x4e_ike_reason x4_proposal2_accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                   uint16_t mode_offset, x4s_ike_transform2 *agreed, uint32_t *spi);

/* The group that the first transform of an offer that we understand names: all name the same (RFC
 * 2409 5.5). */
uint8_t x4_proposal2_group(const x4s_ike_offers *offers);

/* Whether the first transform that we understand is of transport mode; whether any of ours is. */
bval x4_proposal2_transports(const x4s_ike_offers *offers);
bval x4_proposal2_offers_transport(const x4s_ike_config2 *config);

/* The first SPI of an offer and its protocol, for the notify that refuses it; 0 if it has none. */
uint32_t x4_proposal2_spi(const x4s_ike_offers *offers, uint8_t *protocol);

#endif
