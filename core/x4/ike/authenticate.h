/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_AUTHENTICATE_H
#define X4_IKE_AUTHENTICATE_H

/*
 * How the parties of phase 1 prove who they are (RFC 2409 5): by a hash that only who knows the
 * preshared key can make, or by a signature over that hash. The table of methods (x4/ike/method.h)
 * says which party does which.
 */

#include "x4/ike/phase1.h"

/* Whether the instance can authenticate as the configuration's transforms say. */
bval x4_auth_usable(const x4s_charon *charon, const x4s_ike_config1 *config, x4e_ike_role role);

/* SKEYID and what follows from it, and the first chaining value: hash(g^xi | g^xr). */
x4e_ike_reason x4_auth_keys(x4s_ike_xchg1 *xchg);

/* Our proof, computed; a signature is only begun. */
x4e_ike_reason x4_auth_prepare(x4s_ike_xchg1 *xchg);

/* Adds our ID, then certificates and SIG, or HASH. */
void x4_auth_put_id(x4s_ike_xchg1 *xchg, x4s_ike_build *build);
x4e_ike_reason x4_auth_put_proof(x4s_ike_xchg1 *xchg, x4s_ike_build *build);

/* bfalse: the peer has failed too often to be looked at so soon. */
bval x4_auth_may_try(const x4s_ike_xchg1 *xchg);

/*
 * Checks the peer's HASH or SIG, then who it is by the body of its ID payload, of this message or
 * of one before; nothing is kept before all holds.
 */
x4e_ike_reason x4_auth_take(x4s_ike_xchg1 *xchg, const x4s_ike_message *message, x4s_chunk id_body);

#endif
