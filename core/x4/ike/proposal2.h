/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PROPOSAL2_H
#define X4_IKE_PROPOSAL2_H

/*
 * Phase 2 proposals: ESP, AH and IPComp transforms and their attributes (RFC 2407 4.4.3 to 4.5).
 * Which proposals are chosen, and which belong together, is bundle.h's.
 */

#include "x4/ike/sa_payload.h"

/* The protocols of a transform, each with an SPI of its own. */
typedef enum x4e_ike_part {
    x4c_part_main,   /* ESP, or AH where there is no ESP */
    x4c_part_ah,     /* AH around ESP */
    x4c_part_ipcomp, /* its SPI is a CPI */
    x4c_part_count
} x4e_ike_part;

/* The SPIs of one direction; 0: there is no such part. */
typedef struct x4s_ike_spis {
    uint32_t of[x4c_part_count];
} x4s_ike_spis;

/* Sizes in bytes of the keys of one SA. */
typedef struct x4s_ike_key_sizes {
    uint8_t encr;
    uint8_t salt;
    uint8_t integ;
} x4s_ike_key_sizes;

/* bfalse for a combination of algorithms that does not exist; no sizes where there is no part. */
bval x4_proposal2_key_sizes(const x4s_ike_transform2 *t, x4e_ike_part part,
                            x4s_ike_key_sizes *sizes);

/* Whether all parts have algorithms that exist. */
bval x4_proposal2_exists(const x4s_ike_transform2 *t);

bval x4_proposal2_has(const x4s_ike_transform2 *t, x4e_ike_part part);

/* A part's protocol, its number on the wire. */
uint8_t x4_proposal2_protocol(const x4s_ike_transform2 *t, x4e_ike_part part);

/* Whether all transforms exist and agree on one group. */
bval x4_proposal2_usable(const x4s_ike_config2 *config);

/* Whether any transform has the part; is, or has, AH, which no UDP encapsulation is for. */
bval x4_proposal2_config_has(const x4s_ike_config2 *config, x4e_ike_part part);
bval x4_proposal2_has_ah(const x4s_ike_config2 *config);

/* Whether any is of transport mode. */
bval x4_proposal2_offers_transport(const x4s_ike_config2 *config);

/* Whether something of our offer is left with these SPIs: without CPI IPComp is not offered. */
bval x4_proposal2_offers_any(const x4s_ike_config2 *config, const x4s_ike_spis *spis);

/*
 * Writes that offer: each transform as a proposal of its own, but the algorithms of like bundles as
 * transforms of one. `mode_offset` is added to the encapsulation mode: x4_natt_mode_offset().
 */
void x4_proposal2_write(x4s_ike_build *build, const x4s_ike_config2 *config,
                        const x4s_ike_spis *spis, uint16_t mode_offset);

/*
 * One protocol's transform of an offer, as it says: a mode of 0 is not said. bfalse for a malformed
 * transform, *understood for one that we know.
 */
bval x4_proposal2_read(const x4s_ike_offered *offered, x4s_ike_transform2 *t, bval *understood);

/* An SPI as a number and as bytes, of which there are 4, or 2 of a CPI; 0 for what is no SPI. */
uint32_t x4_proposal2_spi_number(uint8_t protocol, x4s_chunk spi);
size_t x4_proposal2_spi_bytes(uint32_t spi, size_t size, uint8_t bytes[4]);

#endif
