/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_AGGRESSIVE_MODE_H
#define X4_IKE_AGGRESSIVE_MODE_H

/*
 * Aggressive mode (RFC 2409 5): phase 1 in three messages, without protection of the identities.
 * What it costs the responder comes before the peer has shown that it receives at its address, so
 * it has a limit of its own.
 */

#include "x4/ike/phase1.h"

extern const x4s_ike_step x4_aggressive_mode_initiator[];
extern const x4s_ike_step x4_aggressive_mode_responder[];

/* A first message of a peer's, or its repetition. */
x4e_ike_reason x4_aggressive_mode_first(x4s_charon *charon, x4s_ike_message *message);

#endif
