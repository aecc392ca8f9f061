/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/new_group.h"

#include "x4/ike/inform.h"
#include "x4/ike/keymat.h"
#include "x4/ike/natt.h"
#include "x4/ike/protect.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/sa_payload.h"

/*
 *     Initiator                          Responder
 *     HDR*, HASH(1), SA          -->
 *                                <--     HDR*, HASH(2), SA
 *
 * where the group is accepted; else, in an informational exchange:
 *
 *                                <--     HDR*, HASH(1), N (ATTRIBUTES-NOT-SUPPORTED)
 */

#define EXTRAS (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify))

/* Whether the peer sent the message, whatever it says. */
static x4e_ike_reason open_message(x4s_ike_xchg1 *xchg, x4s_ike_message *message,
                                   uint8_t plain[x4c_limit_message_in])
{
    static const x4s_ike_shape shape = {.required =
                                            x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_sa),
                                        .optional = EXTRAS,
                                        .repeated = EXTRAS};
    uint8_t iv[x4c_cipher_block_max];
    if (!x4_protect_iv(xchg, message->header.message_id, iv))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = x4_protect_open(xchg, iv, message, plain);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &shape);
    return reason == x4c_ike_none ? x4_keymat_verify(xchg, message) : reason;
}

/* A repetition of the last request is answered as well, so many times. */
static x4e_ike_reason recognise(x4s_ike_xchg1 *xchg, uint32_t message_id)
{
    if (xchg->group_mid == message_id)
        return x4c_ike_duplicate;
    if (x4_message_id_used(xchg, message_id))
        return x4c_ike_replayed;
    x4_message_id_take(xchg, message_id, bfalse);
    xchg->group_mid = message_id;
    xchg->group_answers = 0;
    return x4c_ike_none;
}

static x4e_ike_reason judge(const x4s_ike_message *message)
{
    x4s_ike_offers offers;
    x4e_ike_reason reason = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers);
    return reason == x4c_ike_none ? x4c_ike_group_refused : reason;
}

static void answer(x4s_ike_xchg1 *xchg, x4e_ike_reason refused)
{
    if (xchg->group_answers == x4c_limit_new_group_answers)
        return;
    if (x4_inform_error2(xchg, xchg->group_mid, x4c_protocol_isakmp, 0, x4_reason_notify(refused)))
        xchg->group_answers++;
}

/* req 2409-5-4 */
x4e_ike_reason x4_new_group_receive(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    uint8_t plain[x4c_limit_message_in];
    if (xchg->base.state == x4c_state_dead)
        return x4c_ike_unknown_sa;
    if (message->header.message_id == 0)
        return x4c_ike_bad_message_id;
    if (!x4_natt_admits(xchg, message->link))
        return x4c_ike_bad_link;
    if (!x4_phase1_ready(xchg))
        return x4c_ike_not_established; /* req 2409-4-3 2409-5.6-1 2409-5.6-2 */
    x4e_ike_reason reason = open_message(xchg, message, plain);
    if (reason != x4c_ike_none)
        return reason;
    x4e_ike_reason seen = recognise(xchg, message->header.message_id);
    if (seen == x4c_ike_replayed)
        return seen;
    reason = judge(message);
    answer(xchg, reason);
    return seen == x4c_ike_none ? reason : seen;
}
