/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_KEYMAT_H
#define X4_IKE_KEYMAT_H

/*
 * What quick mode computes under an ISAKMP SA (RFC 2409 5.5).
 */

#include "x4/ike/phase2.h"
#include "x4/ike/proposal2.h"

/*
 * HASH(1) = prf(SKEYID_a, M-ID | rest), HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest): `ni` is empty
 * for the first. Informational messages use HASH(1) too.
 */
bval x4_keymat_hash(x4s_ike_xchg1 *parent, uint32_t message_id, x4s_chunk ni, x4s_chunk rest,
                    uint8_t *out) x4m_must_use;

/* The first payload is a HASH with the value of HASH(1). */
x4e_ike_reason x4_keymat_verify(x4s_ike_xchg1 *parent, const x4s_ike_message *message);

/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
bval x4_keymat_hash3(x4s_ike_xchg1 *parent, uint32_t message_id, x4s_chunk ni, x4s_chunk nr,
                     uint8_t *out) x4m_must_use;

/* What goes into all KEYMAT of a quick mode. `shared` is empty without PFS. */
typedef struct x4s_keymat_seed {
    x4s_chunk shared;
    x4s_chunk ni;
    x4s_chunk nr;
} x4s_keymat_seed;

/* KEYMAT of one SA of a protocol (its number on the wire), cut into keys of these sizes. */
bval x4_keymat_derive(x4s_ike_xchg1 *parent, const x4s_keymat_seed *seed, uint8_t protocol,
                      const x4s_ike_key_sizes *sizes, x4s_ike_sa2 *sa) x4m_must_use;

#endif
