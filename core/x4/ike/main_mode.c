/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/main_mode.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/inform.h"
#include "x4/ike/natt.h"
#include "x4/ike/phase1.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/skeyid.h"
#include "x4/ike/vendor.h"
#include "x4/ike/work.h"

/*
 *     Initiator                          Responder
 *     HDR, SA                    -->
 *                                <--     HDR, SA
 *     HDR, KE, Ni                -->
 *                                <--     HDR, KE, Nr
 *     HDR*, IDii, HASH_I         -->
 *                                <--     HDR*, IDir, HASH_R
 */

/* Any message may bring them; what they say does not matter here. */
#define EXTRAS                                                                                     \
    (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_cr) |            \
     x4m_bit(x4c_payload_cert) | x4m_bit(x4c_payload_nat_d))

#define SHAPE(needed)                                                                              \
    {                                                                                              \
        .required = (needed), .optional = EXTRAS, .repeated = EXTRAS                               \
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

/* KE, nonce and NAT-D of the peer. */
static x4e_ike_reason take_exchange(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    x4e_ike_reason reason = take_nonce(xchg, message);
    if (reason == x4c_ike_none)
        reason = x4_work_peer(&xchg->base, x4_message_body(message, x4c_payload_ke));
    return reason == x4c_ike_none ? x4_natt_detect(xchg, message) : reason;
}

static x4e_ike_reason put_exchange(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    x4s_ike_neg1 *neg = xchg->neg;
    if (!x4_crypto_random(xchg->base.charon->crypto, neg->own_nonce, sizeof(neg->own_nonce)))
        return x4c_ike_crypto_failed;
    x4_build_body(build, x4c_payload_ke, x4_work_own(&xchg->base));
    x4_build_body(build, x4c_payload_nonce, (x4s_chunk){neg->own_nonce, sizeof(neg->own_nonce)});
    return x4_natt_put(xchg, build);
}

/* SKEYID and what follows from it, and the first chaining value: hash(g^xi | g^xr). */
static x4e_ike_reason make_keys(x4s_ike_xchg1 *xchg)
{
    x4s_crypto *crypto = xchg->base.charon->crypto;
    x4s_ike_neg1 *neg = xchg->neg;
    x4e_hash hash = xchg->suite.hash;
    bval first = xchg->base.role == x4c_ike_initiator;
    const x4s_chunk own = {neg->own_nonce, sizeof(neg->own_nonce)};
    const x4s_chunk peer = {neg->peer_nonce, neg->peer_nonce_len};

    x4s_chunk psk = {0};
    bval have_psk = xchg->base.charon->config.calls1->get_psk(xchg->base.user, &psk);
    if (xchg->base.state == x4c_state_dead || !have_psk)
        return x4c_ike_no_psk;

    const x4s_chunk gxi = first ? x4_work_own(&xchg->base) : x4_work_their(&xchg->base);
    const x4s_chunk gxr = first ? x4_work_their(&xchg->base) : x4_work_own(&xchg->base);
    const x4s_chunk exchanged[] = {gxi, gxr};
    uint8_t iv[x4c_hash_size_max];
    x4s_secret skeyid_e;
    xchg->key_len = (uint8_t)x4_cipher_key_size(xchg->suite.cipher, xchg->suite.key_bits);
    bval done =
        x4_skeyid_psk(crypto, hash, psk, first ? own : peer, first ? peer : own, &neg->skeyid) &&
        x4_skeyid_derive(crypto, hash, &neg->skeyid, x4_work_shared(&xchg->base), xchg->cookies,
                         &xchg->skeyid_d, &xchg->skeyid_a, &skeyid_e) &&
        x4_skeyid_expand(crypto, hash, &skeyid_e, xchg->key, xchg->key_len) &&
        x4_hash(crypto, hash, exchanged, x4m_countof(exchanged), iv);
    x4_wipe(&skeyid_e, sizeof(skeyid_e));
    memcpy(neg->iv, iv, x4_cipher_block(xchg->suite.cipher));
    return done ? x4c_ike_none : x4c_ike_crypto_failed;
}

/* HASH_I if `ours` names the initiator's values, else HASH_R (RFC 2409 5). */
static bval auth_hash(x4s_ike_xchg1 *xchg, bval ours, x4s_chunk id_body, uint8_t *out)
{
    const x4s_ike_neg1 *neg = xchg->neg;
    const x4s_chunk own = x4_work_own(&xchg->base);
    const x4s_chunk their = x4_work_their(&xchg->base);
    bval by_initiator = ours == (xchg->base.role == x4c_ike_initiator);
    const uint8_t *cookie_i = xchg->cookies;
    const uint8_t *cookie_r = xchg->cookies + x4c_isakmp_cookie;
    return x4_skeyid_auth_hash(
        xchg->base.charon->crypto, xchg->suite.hash, &neg->skeyid, ours ? own : their,
        ours ? their : own, by_initiator ? cookie_i : cookie_r, by_initiator ? cookie_r : cookie_i,
        (x4s_chunk){neg->sa_body, neg->sa_len}, id_body, out);
}

static x4e_ike_reason put_id_and_hash(x4s_ike_xchg1 *xchg, x4s_ike_build *build)
{
    const x4s_ike_id id = x4_identity_view(&xchg->local_id);
    x4_build_payload(build, x4c_payload_id);
    size_t at = x4_writer_len(&build->w);
    x4_identity_write(&build->w, &id);
    if (build->w.failed)
        return x4c_ike_too_long;

    uint8_t hash[x4c_hash_size_max];
    const x4s_chunk body = {build->w.base + at, x4_writer_len(&build->w) - at};
    if (!auth_hash(xchg, btrue, body, hash))
        return x4c_ike_crypto_failed;
    x4_build_body(build, x4c_payload_hash, (x4s_chunk){hash, x4_hash_size(xchg->suite.hash)});
    return x4c_ike_none;
}

/* Checks the peer's HASH, then its identity; nothing is kept before both hold. */
static x4e_ike_reason take_id_and_hash(x4s_ike_xchg1 *xchg, const x4s_ike_message *message)
{
    uint8_t expected[x4c_hash_size_max];
    x4s_chunk id = x4_message_body(message, x4c_payload_id);
    x4s_chunk hash = x4_message_body(message, x4c_payload_hash);
    size_t size = x4_hash_size(xchg->suite.hash);
    if (!auth_hash(xchg, bfalse, id, expected))
        return x4c_ike_crypto_failed;
    if (hash.len != size || !x4_crypto_equal(hash.data, expected, size))
        return x4c_ike_bad_hash;
    xchg->neg->proven = btrue;
    memcpy(xchg->neg->proven_iv, message->iv, sizeof(xchg->neg->proven_iv));
    x4e_ike_reason reason = x4_phase1_take_peer(xchg, id);
    if (reason != x4c_ike_none)
        return reason;
    memcpy(xchg->neg->iv, message->iv, sizeof(xchg->neg->iv));
    xchg->neg->contact = x4_inform_has_contact(message);
    return x4c_ike_none;
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

static x4e_ike_reason produce_5(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4_natt_float(xchg);
    if (base->state == x4c_state_dead)
        return x4c_ike_none;
    x4e_ike_reason reason = make_keys(xchg);
    if (reason == x4c_ike_none)
        reason = put_id_and_hash(xchg, build);
    if (reason == x4c_ike_none && xchg->neg->config->initial_contact)
        put_initial_contact(xchg, build);
    return reason;
}

static x4e_ike_reason consume_6(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    return take_id_and_hash(x4_phase1_of(base), message);
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
     .produce = produce_5,
     .answer_encrypted = btrue,
     .awaited = btrue},
    {.name = "main mode 6",
     .encrypted = btrue,
     .shape = SHAPE(x4m_bit(x4c_payload_id) | x4m_bit(x4c_payload_hash)),
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
    return reason == x4c_ike_none ? make_keys(xchg) : reason;
}

static x4e_ike_reason consume_5(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4e_ike_reason reason = take_id_and_hash(xchg, message);
    if (reason != x4c_ike_none || base->state == x4c_state_dead)
        return reason;
    x4_natt_follow(xchg, message->link);
    x4_natt_tell(xchg);
    return x4c_ike_none;
}

static x4e_ike_reason produce_6(x4s_ike_xchg *base, x4s_ike_build *build)
{
    return put_id_and_hash(x4_phase1_of(base), build);
}

const x4s_ike_step x4_main_mode_responder[] = {
    {.name = "main mode 3",
     .shape = SHAPE(x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_nonce)),
     .consume = consume_3,
     .work = x4c_dh_both,
     .produce = produce_4},
    {.name = "main mode 5",
     .encrypted = btrue,
     .shape = SHAPE(x4m_bit(x4c_payload_id) | x4m_bit(x4c_payload_hash)),
     .consume = consume_5,
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
