/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/aggressive_mode.h"

#include <string.h>

#include "x4/ike/admission.h"
#include "x4/ike/authenticate.h"
#include "x4/ike/credentials.h"
#include "x4/ike/events.h"
#include "x4/ike/inform.h"
#include "x4/ike/method.h"
#include "x4/ike/natt.h"
#include "x4/ike/negotiate.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/vendor.h"
#include "x4/ike/work.h"

/*
 *     Initiator                          Responder
 *     HDR, SA, KE, Ni, IDii      -->
 *                                <--     HDR, SA, KE, Nr, IDir, proof
 *     HDR*, proof                -->
 *
 * where the proof is HASH_I or HASH_R with preshared keys, [CERT, ...] SIG_I or SIG_R with
 * signatures. The last message may come in the clear. NAT-D is in messages 2 and 3.
 */

#define BEGINNING /* req 2407-4.2.1-2 */                                                           \
    (x4m_bit(x4c_payload_sa) | x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce) |              \
     x4m_bit(x4c_payload_id))

/* -------------------------------------------------------------------------- initiator */

static x4e_ike_reason produce_1(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = x4_neg_offer(xchg, build);
    x4_neg_put(xchg, build);
    x4_auth_put_id(xchg, build);
    x4_credentials_ask(xchg, build);
    x4_neg_announce(xchg, build);
    return reason;
}

/* The message is kept: only the keys tell whether it is the peer's. */
static x4e_ike_reason consume_2(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_transform1 agreed;
    if (!x4_auth_may_try(xchg))
        return x4c_ike_over_limit;
    x4e_ike_reason reason = x4_neg_selected(xchg, message, &agreed);
    if (reason == x4c_ike_none)
        reason = x4_neg_take(xchg, message);
    if (reason != x4c_ike_none)
        return reason;
    return x4_phase1_hold_bytes(xchg, message->raw) ? x4c_ike_none : x4c_ike_no_memory;
}

static x4e_ike_reason verify_held(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    x4s_ike_transform1 agreed;
    x4e_ike_reason reason = x4_neg_selected(xchg, message, &agreed);
    if (reason != x4c_ike_none)
        return reason;
    x4_neg_agree(xchg, message, &agreed);
    reason = x4_natt_detect(xchg, message);
    if (reason == x4c_ike_none)
        reason = x4_auth_keys(xchg);
    if (reason == x4c_ike_none)
        reason = x4_credentials_asked(xchg, message);
    if (reason != x4c_ike_none || xchg->base.state == x4c_state_dead)
        return reason;
    memcpy(message->iv, xchg->neg->iv, sizeof(message->iv));
    return x4_auth_take(xchg, message, x4_message_body(message, x4c_payload_id));
}

static x4e_ike_reason verify_2(x4s_ike_xchg *base)
{
    static const uint8_t none[x4c_isakmp_cookie];
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_message message = {.link = &xchg->link, .raw = xchg->neg->held};
    x4e_ike_reason reason = x4_message_header(&message);
    if (reason == x4c_ike_none)
        reason = x4_message_clear(&message);
    if (reason == x4c_ike_none)
        reason = verify_held(xchg, &message);
    if (reason == x4c_ike_none || base->state == x4c_state_dead ||
        x4_reason_class(reason) == x4c_reason_dispose)
        return reason;
    x4_phase1_refuse(xchg, &message, reason);
    x4_phase1_take_cookie(xchg, none);
    return reason;
}

static x4e_ike_reason prepare_3(x4s_ike_xchg *base)
{
    return x4_auth_prepare(x4_phase1_of(base));
}

static x4e_ike_reason produce_3(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4_natt_float(xchg);
    if (base->state == x4c_state_dead)
        return x4c_ike_none;
    x4e_ike_reason reason = x4_auth_put_proof(xchg, build);
    if (reason == x4c_ike_none)
        reason = x4_natt_put(xchg, build);
    x4_neg_contact(xchg, build);
    return reason;
}

const x4s_ike_step x4_aggressive_mode_initiator[] = {
    /* req 2409-5-2 */
    /* req 2409-5-2 */
    {.name = "aggressive mode 1", .work = x4c_dh_generate, .produce = produce_1, .awaited = btrue},
    {.name = "aggressive mode 2",
     .shape = {.required = BEGINNING,
               .optional = x4c_neg_extras | x4c_neg_proofs,
               .repeated = x4c_neg_extras},
     .consume = consume_2,
     .work = x4c_dh_derive,
     .verify = verify_2,
     .prepare = prepare_3,
     .produce = produce_3,
     .answer_encrypted = btrue,
     .last = btrue,
     .convinces = btrue},
};

/* -------------------------------------------------------------------------- responder */

static x4e_ike_reason consume_1(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    if (!x4_work_new(base, xchg->suite.group))
        return x4c_ike_no_memory;
    x4e_ike_reason reason = x4_neg_take(xchg, message);
    return reason == x4c_ike_none ? x4_credentials_asked(xchg, message) : reason;
}

static x4e_ike_reason prepare_2(x4s_ike_xchg *base)
{
    x4e_ike_reason reason = x4_auth_keys(x4_phase1_of(base));
    return reason == x4c_ike_none ? x4_auth_prepare(x4_phase1_of(base)) : reason;
}

static x4e_ike_reason put_selection(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4s_ike_offers offers;
    const x4s_chunk body = {xchg->neg->sa_body, xchg->neg->sa_len};
    x4e_ike_reason reason = x4_sa_parse(body, &offers);
    if (reason == x4c_ike_none)
        x4_sa_answer(build, &offers.list[xchg->neg->chosen], (x4s_chunk){0});
    return reason;
}

static x4e_ike_reason produce_2(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = put_selection(xchg, build);
    if (reason != x4c_ike_none)
        return reason;
    x4_neg_put(xchg, build);
    x4_auth_put_id(xchg, build);
    reason = x4_auth_put_proof(xchg, build);
    if (reason != x4c_ike_none)
        return reason;
    x4_credentials_ask(xchg, build);
    x4_vendor_announce(build, xchg->neg->common);
    return x4_natt_put(xchg, build);
}

/* The message may come from another port, which its own NAT-D payloads explain. */
static x4e_ike_reason consume_3(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = x4_natt_detect(xchg, message);
    if (reason == x4c_ike_none && !x4_natt_admits(xchg, message->link))
        reason = x4c_ike_bad_link;
    if (reason == x4c_ike_none)
        reason = x4_auth_take(xchg, message, xchg->neg->held);
    if (reason != x4c_ike_none || base->state == x4c_state_dead)
        return reason;
    x4_natt_follow(xchg, message->link); /* req 3947-4-10 */
    x4_natt_tell(xchg);
    return x4c_ike_none;
}

const x4s_ike_step x4_aggressive_mode_responder[] = {
    /* req 2409-5-2 */
    /* req 2409-5-2 */
    {.name = "aggressive mode 1",
     /* req 2409-5-12 */
     .shape = {.required = BEGINNING, .optional = x4c_neg_extras, .repeated = x4c_neg_extras},
     .consume = consume_1,
     .work = x4c_dh_both,
     .prepare = prepare_2,
     .produce = produce_2},
    {.name = "aggressive mode 3",
     .encrypted = btrue,
     .or_clear = btrue,
     .shape = {.optional = x4c_neg_extras | x4c_neg_proofs, .repeated = x4c_neg_extras},
     .consume = consume_3,
     .last = btrue},
};

/* -------------------------------------------------------------------------- a first message */

/* Takes the message apart as far as it can be without an exchange. */
static x4e_ike_reason check_first(x4s_ike_message *message, x4s_ike_id *id, x4s_ike_offers *offers)
{
    if (message->header.flags & x4c_flag_encryption)
        return x4c_ike_bad_flags;
    x4e_ike_reason reason = x4_message_clear(message);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &x4_aggressive_mode_responder[0].shape);
    if (reason == x4c_ike_none)
        reason = x4_identity_parse(x4_message_body(message, x4c_payload_id), id);
    if (reason != x4c_ike_none)
        return reason;
    x4s_chunk sa = x4_message_body(message, x4c_payload_sa);
    return sa.len > x4c_limit_sa_body ? x4c_ike_too_large : x4_sa_parse(sa, offers);
}

/* HASH_R lets whoever asks try passwords at leisure: with preshared keys only where it is wished.
 */
static bval admitted(const x4s_ike_config1 *config, const x4s_ike_transform1 *agreed)
{
    return !x4_method(agreed->auth)->by_psk || config->aggressive_psk;
}

static x4e_ike_reason begin(x4s_charon *charon, const x4s_ike_message *message,
                            const x4s_ike_offer1 *offer, const x4s_ike_offers *offers,
                            x4s_ike_xchg1 **xchg)
{
    const x4s_ike_config1 *config = charon->config.calls1->policy(charon->config.userdata, offer);
    if (!config || !config->aggressive)
        return x4c_ike_no_policy;
    x4s_ike_begin1 begin = {
        .config = config,
        .link = message->link,
        .mode = x4c_exchange_aggressive,
        .sa_body = x4_message_body(message, x4c_payload_sa),
        .id_body = x4_message_body(message, x4c_payload_id),
    };
    const x4s_ike_offered *chosen;
    x4e_ike_reason reason = x4_proposal1_select(config, offers, &begin.agreed, &chosen);
    if (reason == x4c_ike_none && !admitted(config, &begin.agreed))
        reason = x4c_ike_no_policy;
    if (reason == x4c_ike_none)
        reason = x4_neg_plausible(message, begin.agreed.group);
    if (reason != x4c_ike_none)
        return reason;
    memcpy(begin.cookies, message->header.cookies, sizeof(begin.cookies));
    if (!x4_engine_cookie(charon, x4c_ike_responder, begin.cookies + x4c_isakmp_cookie))
        return x4c_ike_no_memory;
    uint32_t abilities = x4_vendor_abilities(charon, message);
    begin.common = x4_neg_common(charon, config, &begin.agreed, abilities);
    begin.chosen = (uint16_t)(chosen - offers->list);
    *xchg = x4_phase1_respond(charon, &begin, &reason);
    return reason;
}

/* The user knows of the exchange, so what is wrong with the rest of the message ends it. */
static x4e_ike_reason go_on(x4s_ike_xchg1 *xchg, const x4s_ike_message *message,
                            const x4s_ike_offer1 *offer)
{
    x4s_ike_offer1 agreed = *offer;
    agreed.transforms = &xchg->suite;
    agreed.transform_count = 1;
    if (!x4_phase1_introduce(xchg, &agreed, message->digest))
        return x4c_ike_none;
    x4e_ike_reason reason = x4_xchg_receive(&xchg->base, message);
    if (reason != x4c_ike_none)
        x4_xchg_dispose(&xchg->base, reason, bfalse);
    return reason;
}

static bval is_let_in(x4s_charon *charon, const x4s_ike_message *message)
{
    const x4s_ike_limits *limits = &charon->config.limits;
    const x4s_ike_room rooms[] = {
        {limits->aggressive_a_second, x4_admission_left(charon)},
        {limits->aggressive, limits->aggressive - x4m_min(charon->aggressive, limits->aggressive)},
    };
    return x4_admission_first(charon, message, rooms, x4m_countof(rooms));
}

x4e_ike_reason x4_aggressive_mode_first(x4s_charon *charon, x4s_ike_message *message)
{
    x4_admission_in(charon, x4c_exchange_aggressive, message->raw.len);
    x4s_ike_xchg1 *xchg = x4_phase1_by_first(charon, message);
    if (xchg)
        return x4_xchg_duplicate(&xchg->base, message->digest);
    if (!is_let_in(charon, message))
        return x4c_ike_budget_spent;
    x4s_ike_id id;
    x4s_ike_offers offers;
    x4s_ike_transform1 offered[x4c_limit_transforms];
    x4s_ike_offer1 offer = {
        .link = message->link, .aggressive = btrue, .id = &id, .transforms = offered};
    x4e_ike_reason reason = check_first(message, &id, &offers);
    if (reason == x4c_ike_none)
        reason = x4_proposal1_understood(&offers, offered, &offer.transform_count);
    if (reason == x4c_ike_none)
        reason = begin(charon, message, &offer, &offers, &xchg);
    if (xchg)
        return go_on(xchg, message, &offer);
    x4_inform_refuse_unknown(charon, message, reason);
    return reason;
}
