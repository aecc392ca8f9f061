/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/method.h"

#include "x4/crypto/key.h"

#define INITIATOR x4m_bit(x4c_ike_initiator)
#define RESPONDER x4m_bit(x4c_ike_responder)
#define BOTH      (INITIATOR | RESPONDER)

static const x4s_ike_method methods[] = {
    /* auth, by_psk, key, signers, asked */
    {x4c_ike_auth_psk, btrue, 0, 0, 0},
    {x4c_ike_auth_rsa, bfalse, x4c_key_rsa, BOTH, 0}, /* req 2409-4-16 2408-1.5.3-2 */
    {x4c_ike_auth_ecdsa256, bfalse, x4c_key_ecdsa256, BOTH, 0},
    {x4c_ike_auth_ecdsa384, bfalse, x4c_key_ecdsa384, BOTH, 0},
    {x4c_ike_auth_ecdsa521, bfalse, x4c_key_ecdsa521, BOTH, 0},
    {x4c_ike_auth_hybrid_init_rsa, bfalse, x4c_key_rsa, RESPONDER, INITIATOR},
    {x4c_ike_auth_hybrid_resp_rsa, bfalse, x4c_key_rsa, INITIATOR, RESPONDER},
    {x4c_ike_auth_xauth_init_psk, btrue, 0, 0, INITIATOR},
    {x4c_ike_auth_xauth_resp_psk, btrue, 0, 0, RESPONDER},
    {x4c_ike_auth_xauth_init_rsa, bfalse, x4c_key_rsa, BOTH, INITIATOR},
    {x4c_ike_auth_xauth_resp_rsa, bfalse, x4c_key_rsa, BOTH, RESPONDER},
};

const x4s_ike_method *x4_method(uint16_t auth)
{
    for (size_t i = 0; i < x4m_countof(methods); i++)
        if (methods[i].auth == auth)
            return &methods[i];
    return NULL;
}

bval x4_method_signs(uint16_t auth, x4e_ike_role role)
{
    const x4s_ike_method *method = x4_method(auth);
    return method && (method->signers & x4m_bit(role)) != 0;
}

bval x4_method_asks(uint16_t auth, x4e_ike_role role)
{
    const x4s_ike_method *method = x4_method(auth);
    return method && (method->asked & x4m_bit(role)) != 0;
}

bval x4_method_extended(uint16_t auth)
{
    const x4s_ike_method *method = x4_method(auth);
    return method && method->asked != 0;
}
