/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_SPIS_H
#define X4_IKE_SPIS_H

/*
 * The SPIs of pairs of IPsec SAs: where ours come from, how a pair is found by the peer's. A pair
 * of one protocol has its SPIs in the exchange; only bundles have more.
 */

#include "x4/ike/bundle.h"
#include "x4/ike/engine.h"

/* A protocol beside the main one. */
typedef struct x4s_ike_more_spi {
    x4s_table_link by_spi; /* in charon->by_more_spi while it is there and established */
    x4s_ike_xchg2 *owner;
    uint8_t protocol; /* on the wire */
    uint32_t in;      /* 0: it is not there */
    uint32_t out;
} x4s_ike_more_spi;

/* AH around ESP, IPComp. */
typedef struct x4s_ike_more_spis {
    x4s_ike_more_spi ah;
    x4s_ike_more_spi ipcomp;
} x4s_ike_more_spis;

/* A new CPI of ours, 0 if there is none to be had. */
uint16_t x4_spis_draw_cpi(x4s_charon *charon);

/* New SPIs of ours but the CPI; bfalse when there is none. */
bval x4_spis_draw(x4s_charon *charon, bval with_ah, x4s_ike_spis *spis) x4m_must_use;

/* Sets what we receive on, or would. bfalse when out of memory. */
bval x4_spis_expect(x4s_ike_xchg2 *xchg, const x4s_ike_spis *in) x4m_must_use;

/* Sets what the peer receives on. What we would have received on beside that is forgotten. */
void x4_spis_agree(x4s_ike_xchg2 *xchg, const x4s_ike_spis *out);

/* Into the tables and out of them, when established. */
void x4_spis_enlist(x4s_ike_xchg2 *xchg);
void x4_spis_delist(x4s_ike_xchg2 *xchg);

/* Gives memory back. */
void x4_spis_free(x4s_ike_xchg2 *xchg);

x4s_ike_spis x4_spis_in(const x4s_ike_xchg2 *xchg);
x4s_ike_spis x4_spis_out(const x4s_ike_xchg2 *xchg);

/* Whether the number is one of its SPIs, of whatever protocol and direction. */
bval x4_spis_have(const x4s_ike_xchg2 *xchg, uint32_t spi);

/*
 * The established SA that the peer of this ISAKMP SA receives on with this SPI, or NULL. It may
 * have been made under an older one of the same peer's.
 */
x4s_ike_xchg2 *x4_spis_find(const x4s_ike_xchg1 *under, uint8_t protocol, uint32_t spi_out);

#endif
