/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_PROPOSAL1_H
#define X4_IKE_PROPOSAL1_H

/*
 * Phase 1 proposals: the transforms KEY_IKE and their attributes (RFC 2409 Appendix A).
 */

#include "x4/crypto/crypto.h"
#include "x4/ike/sa_payload.h"

/* Whether every transform of the configuration names algorithms that exist and are available. */
bval x4_proposal1_usable(const x4s_crypto *crypto, const x4s_ike_config1 *config);

/* Writes our offer: one proposal with all transforms of the configuration. */
void x4_proposal1_write(x4s_ike_build *build, const x4s_ike_config1 *config);

/*
 * What is offered and understood, in the order of the wire; `list` has room for all offers. Those
 * that stand in a bundle are left out. bad_proposal: a transform is malformed.
 */
x4e_ike_reason x4_proposal1_understood(const x4s_ike_offers *offers,
                                       x4s_ike_transform1 list[x4c_limit_transforms],
                                       size_t *count);

/*
 * Selects as responder. *agreed is the offered transform; *chosen, a pointer into offers, what is
 * answered with.
 */
x4e_ike_reason x4_proposal1_select(const x4s_ike_config1 *config, const x4s_ike_offers *offers,
                                   x4s_ike_transform1 *agreed, const x4s_ike_offered **chosen);

/* Checks the responder's choice against our offer. */
x4e_ike_reason x4_proposal1_accept(const x4s_ike_config1 *config, const x4s_ike_offers *offers,
                                   x4s_ike_transform1 *agreed);

/* The same algorithms; lifetimes are not compared. */
bval x4_proposal1_same(const x4s_ike_transform1 *a, const x4s_ike_transform1 *b);

#endif
