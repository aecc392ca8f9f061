/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/main_mode.h"

#include "x4/ike/authenticate.h"
#include "x4/ike/credentials.h"
#include "x4/ike/natt.h"
#include "x4/ike/negotiate.h"
#include "x4/ike/phase1.h"
#include "x4/ike/work.h"

/*
 *     Initiator                          Responder
 *     HDR, SA                    -->
 *                                <--     HDR, SA
 *     HDR, KE, Ni                -->
 *                                <--     HDR, KE, Nr
 *     HDR*, IDii, proof          -->
 *                                <--     HDR*, IDir, proof
 *
 * where the proof is HASH_I or HASH_R with preshared keys, [CERT, ...] SIG_I or SIG_R with
 * signatures. With those, messages 3 and 4 may have CERT_REQUEST.
 */

#define SHAPE(needed)                                                                              \
    {                                                                                              \
        .required = (needed), .optional = x4c_neg_extras, .repeated = x4c_neg_extras               \
    }

/* Which proof is needed, the method says: x4/ike/authenticate.h. */
#define PROOF_SHAPE /* req 2407-4.2.1-2 */                                                         \
    {                                                                                              \
        .required = x4m_bit(x4c_payload_id), .repeated = x4c_neg_extras,                           \
        .optional = x4c_neg_extras | x4c_neg_proofs                                                \
    }

/* KE, nonce, NAT-D and CERT_REQUEST of the peer. */
static x4e_ike_reason take_exchange(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4e_ike_reason reason = x4_neg_take(xchg, message);
    if (reason == x4c_ike_none)
        reason = x4_natt_detect(xchg, message);
    return reason == x4c_ike_none ? x4_credentials_asked(xchg, message) : reason;
}

static x4e_ike_reason put_exchange(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4_neg_put(xchg, build);
    x4_credentials_ask(xchg, build);
    return x4_natt_put(xchg, build);
}

/* -------------------------------------------------------------------------- initiator */

static x4e_ike_reason produce_1(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = x4_neg_offer(xchg, build);
    x4_neg_announce(xchg, build);
    return reason;
}

static x4e_ike_reason consume_2(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_transform1 agreed;
    x4e_ike_reason reason = x4_neg_selected(xchg, message, &agreed);
    if (reason != x4c_ike_none)
        return reason;
    if (!x4_work_new(base, agreed.group))
        return x4c_ike_no_memory;
    x4_neg_agree(xchg, message, &agreed);
    return x4c_ike_none;
}

static x4e_ike_reason produce_3(x4s_ike_xchg *base, x4s_ike_build *build)
{
    return put_exchange(x4_phase1_of(base), build);
}

static x4e_ike_reason consume_4(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    return take_exchange(x4_phase1_of(base), message);
}

static x4e_ike_reason prepare_5(x4s_ike_xchg *base)
{
    x4e_ike_reason reason = x4_auth_keys(x4_phase1_of(base));
    return reason == x4c_ike_none ? x4_auth_prepare(x4_phase1_of(base)) : reason;
}

static x4e_ike_reason produce_5(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4_natt_float(xchg); /* req 3947-4-1 */
    if (base->state == x4c_state_dead)
        return x4c_ike_none;
    x4_auth_put_id(xchg, build);
    x4e_ike_reason reason = x4_auth_put_proof(xchg, build);
    x4_neg_contact(xchg, build); /* req 2407-4.6.3-1 2407-4.6.3-3 */
    return reason;
}

static x4e_ike_reason consume_6(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    return x4_auth_take(x4_phase1_of(base), message, x4_message_body(message, x4c_payload_id));
}

const x4s_ike_step x4_main_mode_initiator[] = {
    /* req 2409-5-1 */
    /* req 2409-5-1 */
    {.name = "main mode 1", .produce = produce_1, .awaited = btrue},
    {.name = "main mode 2",
     .shape = SHAPE(x4m_bit(x4c_payload_sa)),
     .consume = consume_2,
     .work = x4c_dh_generate,
     .produce = produce_3,
     .awaited = btrue},
    {.name = "main mode 4",
     .shape = SHAPE(x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce)),
     .consume = consume_4,
     .work = x4c_dh_derive,
     .prepare = prepare_5,
     .produce = produce_5,
     .answer_encrypted = btrue, /* req 2408-3.1-6 */
     .awaited = btrue},
    {.name = "main mode 6",
     .encrypted = btrue,
     .shape = PROOF_SHAPE,
     .consume = consume_6,
     .last = btrue},
};

/* -------------------------------------------------------------------------- responder */

static x4e_ike_reason consume_3(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    if (!x4_work_new(base, xchg->suite.group))
        return x4c_ike_no_memory;
    x4e_ike_reason reason = take_exchange(xchg, message);
    if (reason != x4c_ike_none)
        x4_work_free(base);
    return reason;
}

static x4e_ike_reason prepare_4(x4s_ike_xchg *base)
{
    return x4_auth_keys(x4_phase1_of(base));
}

static x4e_ike_reason produce_4(x4s_ike_xchg *base, x4s_ike_build *build)
{
    return put_exchange(x4_phase1_of(base), build);
}

static x4e_ike_reason consume_5(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = x4_credentials_asked(xchg, message);
    if (reason == x4c_ike_none && base->state != x4c_state_dead)
        reason = x4_auth_take(xchg, message, x4_message_body(message, x4c_payload_id));
    if (reason != x4c_ike_none || base->state == x4c_state_dead)
        return reason;
    x4_natt_follow(xchg, message->link); /* req 3947-4-5 3947-4-6 */
    x4_natt_tell(xchg);
    return x4c_ike_none;
}

static x4e_ike_reason prepare_6(x4s_ike_xchg *base)
{
    return x4_auth_prepare(x4_phase1_of(base));
}

static x4e_ike_reason produce_6(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4_auth_put_id(x4_phase1_of(base), build);
    return x4_auth_put_proof(x4_phase1_of(base), build);
}

const x4s_ike_step x4_main_mode_responder[] = {
    /* req 2409-5-1 */
    /* req 2409-5-1 */
    {.name = "main mode 3",
     .shape = SHAPE(x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce)),
     .consume = consume_3,
     .work = x4c_dh_both,
     .prepare = prepare_4,
     .produce = produce_4},
    {.name = "main mode 5",
     .encrypted = btrue, /* req 2408-3.1-6 */
     .shape = PROOF_SHAPE,
     .consume = consume_5,
     .prepare = prepare_6,
     .produce = produce_6,
     .answer_encrypted = btrue,
     .last = btrue,
     .convinces = btrue},
};

x4e_ike_reason x4_main_mode_check_3(x4s_ike_message *message, x4e_group group)
{
    if (message->header.flags & x4c_flag_encryption)
        return x4c_ike_bad_flags;
    x4e_ike_reason reason = x4_message_clear(message);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &x4_main_mode_responder[0].shape);
    return reason == x4c_ike_none ? x4_neg_plausible(message, group) : reason;
}
