/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_BUNDLE_H
#define X4_IKE_BUNDLE_H

/*
 * What is chosen of an offer in phase 2. Proposals of the same number in a row are a bundle, all of
 * which is chosen or nothing, with one transform for each protocol (RFC 2408 4.2).
 * A bundle that we know has at most one proposal each of AH, ESP and IPComp, and not IPComp alone;
 * others are passed over.
 */

#include "x4/ike/proposal2.h"

/* What was chosen. */
typedef struct x4s_ike_choice {
    x4s_ike_transform2 agreed;
    x4s_ike_spis spis;           /* the peer's */
    uint16_t at[x4c_part_count]; /* which of the offered transforms, where there is a part */
    uint8_t cpi_size;            /* bytes in which the CPI came */
} x4s_ike_choice;

/* What may be agreed on beside what the configuration says. */
typedef struct x4s_ike_terms {
    /*
     * x4_natt_mode_offset(): encapsulation in UDP is acceptable where there is a NAT, and only
     * there (RFC 3947 5.1). The numbers of the RFC and of its drafts both are.
     */
    uint16_t mode_offset;
    bval compresses; /* we have a CPI */
} x4s_ike_terms;

/*
 * Selects as responder. In a bundle peers have all protocols in the mode that they mean, or only
 * the innermost and the others in transport mode.
 */
x4e_ike_reason x4_bundle_select(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                const x4s_ike_terms *terms, x4s_ike_choice *choice);

/*
 * Checks the responder's choice against our offer: one bundle with one transform for each protocol.
 * A choice with IPComp may be followed by the same without it, which strongSwan adds.
 */
x4e_ike_reason x4_bundle_accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers,
                                const x4s_ike_terms *terms, x4s_ike_choice *choice);

/* Writes the choice, as it came, with our SPIs. */
void x4_bundle_answer(x4s_ike_build *build, const x4s_ike_offers *offers,
                      const x4s_ike_choice *choice, const x4s_ike_spis *spis);

/* The group that the first transform of an offer that we understand names: all name the same (RFC
 * 2409 5.5). */
uint8_t x4_bundle_group(const x4s_ike_offers *offers);

/* Whether the first bundle that we understand is of transport mode. */
bval x4_bundle_transports(const x4s_ike_offers *offers);

/* Whether IPComp is offered. */
bval x4_bundle_compresses(const x4s_ike_offers *offers);

/* The first SPI of an offer and its protocol, for the notify that refuses it; 0 if it has none. */
uint32_t x4_bundle_spi(const x4s_ike_offers *offers, uint8_t *protocol);

#endif
