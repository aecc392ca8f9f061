/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_METHOD_H
#define X4_IKE_METHOD_H

/*
 * What an authentication method of phase 1 means: RFC 2409 5, RFC 4754, and the methods of
 * draft-beaulieu-ike-xauth-02 and draft-ietf-ipsec-isakmp-hybrid-auth-05, in which one side's user
 * is asked for a password after phase 1. The values that say "Init" are those in which that is the
 * initiator's.
 */

#include "x4/ike/charon.h"

typedef struct x4s_ike_method {
    uint16_t auth;   /* x4e_ike_auth */
    bval by_psk;     /* SKEYID is made of the preshared key, else of the Diffie-Hellman secret */
    uint8_t key;     /* x4e_key_type of the signatures, or 0 */
    uint8_t signers; /* x4m_bit of the roles that prove by a signature; the others do by a hash */
    uint8_t asked;   /* x4m_bit of the role whose user extended authentication asks, or 0 */
} x4s_ike_method;

/* NULL: not known, or one that encrypts with RSA. */
const x4s_ike_method *x4_method(uint16_t auth);

static inline x4e_ike_role x4_role_other(x4e_ike_role role)
{
    return role == x4c_ike_initiator ? x4c_ike_responder : x4c_ike_initiator;
}

/* Whether who has the role signs; a method that is not known has no signatures. */
bval x4_method_signs(uint16_t auth, x4e_ike_role role);

/* Whether extended authentication asks the user of who has the role. */
bval x4_method_asks(uint16_t auth, x4e_ike_role role);

/* Whether it asks anybody. */
bval x4_method_extended(uint16_t auth);

#endif
