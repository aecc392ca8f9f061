/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/main_mode.h"

#include <string.h>

#include "x4/ike/authenticate.h"
#include "x4/ike/credentials.h"
#include "x4/ike/natt.h"
#include "x4/ike/phase1.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/vendor.h"
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

/* Any message may bring them; what they say does not matter here. */
#define EXTRAS                                                                                     \
    (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_cr) |            \
     x4m_bit(x4c_payload_cert) | x4m_bit(x4c_payload_nat_d))

#define SHAPE(needed)                                                                              \
    {                                                                                              \
        .required = (needed), .optional = EXTRAS, .repeated = EXTRAS                               \
    }

/* Which proof is needed, the method says: x4/ike/authenticate.h. */
#define PROOF_SHAPE                                                                                \
    {                                                                                              \
        .required = x4m_bit(x4c_payload_id), .repeated = EXTRAS,                                   \
        .optional = EXTRAS | x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_sig)                  \
    }

static bval nonce_fits(x4s_chunk nonce)
{
    return nonce.len >= x4c_nonce_min && nonce.len <= x4c_nonce_max;
}

static x4e_ike_reason take_nonce(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4s_chunk nonce = x4_message_body(message, x4c_payload_nonce);
    if (!nonce_fits(nonce))
        return x4c_ike_bad_nonce;
    memcpy(xchg->neg->peer_nonce, nonce.data, nonce.len);
    xchg->neg->peer_nonce_len = (uint16_t)nonce.len;
    return x4c_ike_none;
}

/* KE, nonce, NAT-D and CERT_REQUEST of the peer. */
static x4e_ike_reason take_exchange(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4e_ike_reason reason = take_nonce(xchg, message);
    if (reason == x4c_ike_none)
        reason = x4_work_peer(&xchg->base, x4_message_body(message, x4c_payload_ke));
    if (reason == x4c_ike_none)
        reason = x4_natt_detect(xchg, message);
    return reason == x4c_ike_none ? x4_credentials_asked(xchg, message) : reason;
}

static x4e_ike_reason put_exchange(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4s_ike_neg1 *neg = xchg->neg;
    if (!x4_crypto_random(xchg->base.charon->crypto, neg->own_nonce, sizeof(neg->own_nonce)))
        return x4c_ike_crypto_failed;
    x4_build_body(build, x4c_payload_ke, x4_work_own(&xchg->base));
    x4_build_body(build, x4c_payload_nonce, (x4s_chunk){neg->own_nonce, sizeof(neg->own_nonce)});
    x4_credentials_ask(xchg, build);
    return x4_natt_put(xchg, build);
}

/* -------------------------------------------------------------------------- initiator */

static x4e_ike_reason produce_1(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4_proposal1_write(build, xchg->neg->config);
    if (build->w.failed)
        return x4c_ike_too_long;
    size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    xchg->neg->sa_len = x4_writer_len(&build->w) - at;
    xchg->neg->sa_body = x4_copy(base->charon->allocator, build->w.base + at, xchg->neg->sa_len);
    x4_vendor_announce(build, x4_natt_ours(base->charon, xchg->neg->config) | x4c_ability_dpd);
    return xchg->neg->sa_body ? x4c_ike_none : x4c_ike_no_memory;
}

static x4e_ike_reason consume_2(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_offers offers;
    x4s_ike_transform1 agreed;
    x4e_ike_reason reason = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers);
    if (reason == x4c_ike_none)
        reason = x4_proposal1_accept(xchg->neg->config, &offers, &agreed);
    if (reason != x4c_ike_none)
        return reason;
    if (!x4_work_new(base, agreed.group))
        return x4c_ike_no_memory;
    xchg->suite = agreed;
    uint32_t abilities = x4_vendor_abilities(base->charon, message);
    xchg->natt = x4_natt_version(base->charon, xchg->neg->config, abilities);
    xchg->knows_dpd = (abilities & x4c_ability_dpd) != 0;
    x4_phase1_take_cookie(xchg, message->header.cookies + x4c_isakmp_cookie);
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

static void put_initial_contact(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4s_writer *w = &build->w;
    x4_build_payload(build, x4c_payload_notify);
    x4_writer_u32(w, x4c_doi_ipsec);
    x4_writer_u8(w, x4c_protocol_isakmp);
    x4_writer_u8(w, sizeof(xchg->cookies));
    x4_writer_u16(w, x4c_notify_initial_contact);
    x4_writer_bytes(w, xchg->cookies, sizeof(xchg->cookies));
}

static x4e_ike_reason prepare_5(x4s_ike_xchg *base)
{
    x4e_ike_reason reason = x4_auth_keys(x4_phase1_of(base));
    return reason == x4c_ike_none ? x4_auth_prepare(x4_phase1_of(base)) : reason;
}

static x4e_ike_reason produce_5(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4_natt_float(xchg);
    if (base->state == x4c_state_dead)
        return x4c_ike_none;
    x4e_ike_reason reason = x4_auth_put(xchg, build);
    if (reason == x4c_ike_none && xchg->neg->config->initial_contact)
        put_initial_contact(xchg, build);
    return reason;
}

static x4e_ike_reason consume_6(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    return x4_auth_take(x4_phase1_of(base), message);
}

const x4s_ike_step x4_main_mode_initiator[] = {
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
     .answer_encrypted = btrue,
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

static x4e_ike_reason produce_4(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = put_exchange(xchg, build);
    return reason == x4c_ike_none ? x4_auth_keys(xchg) : reason;
}

static x4e_ike_reason consume_5(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = x4_credentials_asked(xchg, message);
    if (reason == x4c_ike_none && base->state != x4c_state_dead)
        reason = x4_auth_take(xchg, message);
    if (reason != x4c_ike_none || base->state == x4c_state_dead)
        return reason;
    x4_natt_follow(xchg, message->link);
    x4_natt_tell(xchg);
    return x4c_ike_none;
}

static x4e_ike_reason prepare_6(x4s_ike_xchg *base)
{
    return x4_auth_prepare(x4_phase1_of(base));
}

static x4e_ike_reason produce_6(x4s_ike_xchg *base, x4s_ike_build *build)
{
    return x4_auth_put(x4_phase1_of(base), build);
}

const x4s_ike_step x4_main_mode_responder[] = {
    {.name = "main mode 3",
     .shape = SHAPE(x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce)),
     .consume = consume_3,
     .work = x4c_dh_both,
     .produce = produce_4},
    {.name = "main mode 5",
     .encrypted = btrue,
     .shape = PROOF_SHAPE,
     .consume = consume_5,
     .prepare = prepare_6,
     .produce = produce_6,
     .answer_encrypted = btrue,
     .last = btrue},
};

x4e_ike_reason x4_main_mode_check_3(x4s_ike_message *message, x4e_group group)
{
    if (message->header.flags & x4c_flag_encryption)
        return x4c_ike_bad_flags;
    const x4s_chunk chain = {message->raw.data + x4c_isakmp_header,
                             message->raw.len - x4c_isakmp_header};
    x4e_ike_reason reason = x4_message_payloads(message, chain, bfalse);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &x4_main_mode_responder[0].shape);
    if (reason != x4c_ike_none)
        return reason;
    if (!nonce_fits(x4_message_body(message, x4c_payload_nonce)))
        return x4c_ike_bad_nonce;
    if (x4_message_body(message, x4c_payload_ke).len != x4_dh_public_size(group))
        return x4c_ike_bad_ke;
    return x4c_ike_none;
}
