/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/quick_mode.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/connected.h"
#include "x4/ike/inform.h"
#include "x4/ike/keymat.h"
#include "x4/ike/natt.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/work.h"
#include "x4/misc/reader.h"

/*
 *     Initiator                                Responder
 *     HDR*, HASH(1), SA, Ni
 *       [, KE ] [, IDci, IDcr ]          -->
 *                                        <--   HDR*, HASH(2), SA, Nr
 *                                                [, KE ] [, IDci, IDcr ]
 *     HDR*, HASH(3)                      -->
 *
 * and where the responder sets the commit bit (x4/ike/connected.h):
 *
 *                                        <--   HDR*, HASH(4), N (CONNECTED)
 */

#define EXTRAS /* req 2408-3.9-2 2408-3.10-2 */                                                    \
    (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_nat_oa) |        \
     x4m_bit(x4c_payload_cert) | x4m_bit(x4c_payload_cr))

/* Of the first two messages. */
#define SA_SHAPE /* req 2409-5.5-8 */                                                              \
    {                                                                                              \
        .required =                                                                                \
            x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_sa) | x4m_bit(x4c_payload_nonce),      \
        .optional = x4m_bit(x4c_payload_ke) | x4m_bit(x4c_payload_id) | EXTRAS,                    \
        .repeated = x4m_bit(x4c_payload_id) | EXTRAS                                               \
    }

static x4s_chunk own_nonce(const x4s_ike_neg2 *neg)
{
    return (x4s_chunk){neg->own_nonce, sizeof(neg->own_nonce)};
}

static x4s_chunk peer_nonce(const x4s_ike_neg2 *neg)
{
    return (x4s_chunk){neg->peer_nonce, neg->peer_nonce_len};
}

static x4s_chunk nonce_i(const x4s_ike_xchg2 *xchg)
{
    return xchg->base.role == x4c_ike_initiator ? own_nonce(xchg->neg) : peer_nonce(xchg->neg);
}

static x4s_chunk nonce_r(const x4s_ike_xchg2 *xchg)
{
    return xchg->base.role == x4c_ike_initiator ? peer_nonce(xchg->neg) : own_nonce(xchg->neg);
}

/* The first payload is the HASH and has the value. */
static x4e_ike_reason verify(x4s_ike_xchg1 *parent, const x4s_ike_message *message,
                             const uint8_t *expected)
{
    size_t size = x4_hash_size(parent->suite.hash);
    const x4s_ike_payload *first = &message->payloads[0];
    if (first->type != x4c_payload_hash)
        return x4c_ike_unexpected_payload; /* req 2409-5.5-2 */
    if (first->body.len != size || !x4_crypto_equal(first->body.data, expected, size))
        return x4c_ike_bad_hash;
    return x4c_ike_none;
}

/* Opens the HASH payload; sign() fills it when the rest is written. */
static void reserve_hash(x4s_ike_xchg2 *xchg, x4s_ike_build *build) /* req 2409-5.5-2 */
{
    x4_build_payload(build, x4c_payload_hash);
    x4_writer_zeros(&build->w, x4_hash_size(xchg->parent->suite.hash));
}

static x4e_ike_reason sign(x4s_ike_xchg2 *xchg, x4s_ike_build *build, x4s_chunk ni)
{
    x4_build_close(build);
    if (build->w.failed)
        return x4c_ike_too_long;
    size_t hash_at = x4c_isakmp_header + x4c_isakmp_generic;
    size_t rest_at = hash_at + x4_hash_size(xchg->parent->suite.hash);
    const x4s_chunk rest = {build->w.base + rest_at, x4_writer_len(&build->w) - rest_at};
    return x4_keymat_hash(xchg->parent, xchg->message_id, ni, rest, build->w.base + hash_at)
               ? x4c_ike_none
               : x4c_ike_crypto_failed;
}

static x4e_ike_reason put_nonce_ke_ids(x4s_ike_xchg2 *xchg, x4s_ike_build *build)
{
    x4s_ike_neg2 *neg = xchg->neg;
    /* req 2408-5.13-1 */
    if (!x4_crypto_random(xchg->base.charon->crypto, neg->own_nonce, sizeof(neg->own_nonce)))
        return x4c_ike_crypto_failed;
    x4_build_body(build, x4c_payload_nonce, own_nonce(neg));
    if (xchg->base.work)
        x4_build_body(build, x4c_payload_ke, x4_work_own(&xchg->base)); /* req 2409-5.5-4 */
    if (neg->id_i.len) {
        /* req 2409-5.5-5 */
        x4_build_body(build, x4c_payload_id, (x4s_chunk){neg->id_i.data, neg->id_i.len});
        x4_build_body(build, x4c_payload_id, (x4s_chunk){neg->id_r.data, neg->id_r.len});
    }
    return x4c_ike_none;
}

static x4e_ike_reason take_nonce(x4s_ike_neg2 *neg, const x4s_ike_message *message)
{
    x4s_chunk nonce = x4_message_body(message, x4c_payload_nonce);
    if (nonce.len < x4c_nonce_min || nonce.len > x4c_nonce_max)
        return x4c_ike_bad_nonce; /* req 2409-5-8 */
    memcpy(neg->peer_nonce, nonce.data, nonce.len);
    neg->peer_nonce_len = (uint16_t)nonce.len;
    return x4c_ike_none;
}

/* The keys of one part, in both directions. */
static bval derive(x4s_ike_xchg2 *xchg, x4e_ike_part part, const x4s_ike_key_sizes *sizes,
                   x4s_ike_sa2 *in, x4s_ike_sa2 *out)
{
    const x4s_keymat_seed seed = {
        .shared = xchg->base.work ? x4_work_shared(&xchg->base) : (x4s_chunk){0},
        .ni = nonce_i(xchg),
        .nr = nonce_r(xchg),
    };
    const uint8_t protocol = x4_proposal2_protocol(&xchg->neg->choice.agreed, part);
    return x4_keymat_derive(xchg->parent, &seed, protocol, sizes, in) &&
           x4_keymat_derive(xchg->parent, &seed, protocol, sizes, out);
}

static void limit_volume(const x4s_ike_neg2 *neg, x4s_ike_keys2 *keys)
{
    const x4s_ike_config2 *config = neg->config;
    uint32_t ours = x4_lifetime_least(neg->choice.agreed.life_kb, config->life_kb);
    keys->life_kb = x4_lifetime_least(ours, neg->told.kb);
    keys->soft_kb =
        keys->life_kb == ours
            ? x4_lifetime_soft_kb(config->soft_kb, keys->life_kb)
            : x4_lifetime_soft_kb_of_peer(config->soft_kb, config->soft_sec != 0, keys->life_kb);
}

x4e_ike_reason x4_quick_mode_keys(x4s_ike_xchg2 *xchg, x4s_ike_keys2 *keys)
{
    const x4s_ike_neg2 *neg = xchg->neg;
    const x4s_ike_transform2 *agreed = &neg->choice.agreed;
    const x4s_ike_spis in = x4_spis_in(xchg);
    const x4s_ike_spis out = x4_spis_out(xchg);
    x4s_ike_key_sizes sizes;
    x4s_ike_key_sizes ah;
    if (!x4_proposal2_key_sizes(agreed, x4c_part_main, &sizes) ||
        !x4_proposal2_key_sizes(agreed, x4c_part_ah, &ah))
        return x4c_ike_crypto_failed;
    *keys = (x4s_ike_keys2){
        .transform = *agreed,
        .message_id = xchg->message_id,
        .role = xchg->base.role,
        .encr_len = sizes.encr,
        .salt_len = sizes.salt,
        .integ_len = sizes.integ,
        .in.spi = in.of[x4c_part_main],
        .out.spi = out.of[x4c_part_main],
        .ah_salt_len = ah.salt,
        .ah_integ_len = ah.integ,
        .ah_in.spi = in.of[x4c_part_ah],
        .ah_out.spi = out.of[x4c_part_ah],
        .cpi_in = (uint16_t)in.of[x4c_part_ipcomp],
        .cpi_out = (uint16_t)out.of[x4c_part_ipcomp],
        .selectors = neg->offer.selectors,
        .local = neg->offer.local,
        .remote = neg->offer.remote,
        .original_remote = neg->offer.original_remote,
        .original_local = neg->offer.original_local,
    };
    limit_volume(neg, keys);
    /* req 2409-5.5-9 */
    bval derived = derive(xchg, x4c_part_main, &sizes, &keys->in, &keys->out) &&
                   (!agreed->ah || derive(xchg, x4c_part_ah, &ah, &keys->ah_in, &keys->ah_out));
    return derived ? x4c_ike_none : x4c_ike_crypto_failed;
}

/* -------------------------------------------------------------------------- initiator */

static x4e_ike_reason produce_1(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    reserve_hash(xchg, build);
    const x4s_ike_spis spis = x4_spis_in(xchg);
    /* req 2409-5.5-3 */
    x4_proposal2_write(build, xchg->neg->config, &spis, x4_natt_mode_offset(xchg->parent));
    x4e_ike_reason reason = put_nonce_ke_ids(xchg, build);
    if (x4_proposal2_offers_transport(xchg->neg->config)) /* req 3947-5.2-2 3947-5.2-3 */
        x4_natt_put_originals(xchg->parent, x4c_ike_initiator, build);
    return reason == x4c_ike_none ? sign(xchg, build, (x4s_chunk){0}) : reason;
}

/* A selector may come back in another form: a host as a subnet of one, say. */
static bval same_selectors(const x4s_ike_offer2 *a, const x4s_ike_offer2 *b)
{
    return x4_net_selector_equal(&a->local, &b->local) &&
           x4_net_selector_equal(&a->remote, &b->remote);
}

/* In transport mode through a NAT peers answer with the addresses that they see. */
static bval same_ids(const x4s_ike_xchg2 *xchg, const x4s_ike_message *message, uint8_t mode)
{
    const x4s_ike_offer2 *asked = &xchg->neg->offer;
    const x4s_ike_payload *first = x4_message_find(message, x4c_payload_id, 0);
    const x4s_ike_payload *second = x4_message_find(message, x4c_payload_id, 1);
    x4s_ike_offer2 answered = {0};
    if (!first)
        return btrue; /* some peers leave them out: what was asked for is agreed */
    if (!second || x4_message_find(message, x4c_payload_id, 2) || !asked->selectors ||
        x4_selector_parse(first->body, &answered.local) != x4c_ike_none ||
        x4_selector_parse(second->body, &answered.remote) != x4c_ike_none)
        return bfalse;
    if (same_selectors(&answered, asked))
        return btrue;
    if (mode != x4c_ike_transport || !x4_natt_found(xchg->parent))
        return bfalse;
    x4_natt_translate(xchg->parent, &answered);
    return same_selectors(&answered, asked);
}

static const x4s_ike_step initiator_waits[2];

static x4e_ike_reason consume_2(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_ike_neg2 *neg = xchg->neg;
    uint8_t expected[x4c_hash_size_max];
    if (!x4_keymat_hash(xchg->parent, xchg->message_id, own_nonce(neg),
                        x4_message_after_first(message), expected))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = verify(xchg->parent, message, expected);
    if (reason != x4c_ike_none)
        return reason;

    const x4s_ike_terms terms = {
        .mode_offset = x4_natt_mode_offset(xchg->parent),
        .compresses = x4_spis_in(xchg).of[x4c_part_ipcomp] != 0,
    };
    x4s_ike_offers offers;
    x4s_ike_choice choice;
    reason = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &offers);
    if (reason == x4c_ike_none)
        reason = x4_bundle_accept(neg->config, &offers, &terms, &choice);
    if (reason == x4c_ike_none && !same_ids(xchg, message, choice.agreed.mode))
        reason = x4c_ike_bad_id;
    if (reason == x4c_ike_none && !x4_natt_take_originals(message, x4c_ike_initiator, &neg->offer))
        reason = x4c_ike_malformed;
    if (reason == x4c_ike_none)
        reason = take_nonce(neg, message);
    x4s_chunk ke = x4_message_body(message, x4c_payload_ke);
    if (reason == x4c_ike_none && base->work)
        reason = x4_work_peer(base, ke);
    else if (reason == x4c_ike_none && ke.data)
        reason = x4c_ike_unexpected_payload;
    if (reason != x4c_ike_none)
        return reason;
    neg->choice = choice;
    neg->told = x4_inform_lifetime2(message);
    neg->choice.agreed.life_sec = x4_lifetime_least(choice.agreed.life_sec, neg->told.sec);
    xchg->protocol = x4_proposal2_protocol(&choice.agreed, x4c_part_main);
    x4_spis_agree(xchg, &choice.spis);
    memcpy(neg->iv, message->iv, sizeof(neg->iv)); /* req 2409-10-3 */
    x4_phase1_heard(xchg->parent, message->link);
    if (base->state != x4c_state_dead)
        x4_inform_take_contact(xchg->parent, message);
    if (base->state != x4c_state_dead && (message->header.flags & x4c_flag_commit))
        base->step = initiator_waits;
    return x4c_ike_none;
}

static x4e_ike_reason produce_3(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    uint8_t hash[x4c_hash_size_max];
    if (!x4_keymat_hash3(xchg->parent, xchg->message_id, nonce_i(xchg), nonce_r(xchg), hash))
        return x4c_ike_crypto_failed;
    x4_build_body(build, x4c_payload_hash,
                  (x4s_chunk){hash, x4_hash_size(xchg->parent->suite.hash)});
    return x4c_ike_none;
}

static x4e_ike_reason produce_3_and_wait(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4_connected_expect(x4_phase2_of(base));
    return produce_3(base, build);
}

static x4e_ike_reason consume_4(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    return x4_connected_take(x4_phase2_of(base), message);
}

const x4s_ike_step x4_quick_mode_initiator[] = {
    /* req 2409-5-3 */
    /* req 2409-5-3 */
    {.name = "quick mode 1", .work = x4c_dh_generate, .produce = produce_1, .awaited = btrue},
    {.name = "quick mode 2",
     .encrypted = btrue,
     .shape = SA_SHAPE,
     .consume = consume_2,
     .work = x4c_dh_derive,
     .produce = produce_3,
     .last = btrue,
     .convinces = btrue},
};

/* In the place of the last step, where message 2 has the commit bit. */
static const x4s_ike_step initiator_waits[] = {
    {.name = "quick mode 2",
     .encrypted = btrue,
     .work = x4c_dh_derive,
     .produce = produce_3_and_wait,
     .convinces = btrue},
    {.name = "quick mode 4",
     .encrypted = btrue,
     .shape = x4m_connected_shape,
     .consume = consume_4,
     .last = btrue},
};

/* -------------------------------------------------------------------------- responder */

/* What a verified first message asks for, and what we make of it. */
typedef struct x4s_quick_request {
    x4s_ike_offer2 offer;
    x4s_ike_offers offers;
    const x4s_ike_config2 *config;
    uint16_t cpi; /* ours, if it may be needed and is to be had */
    x4s_ike_choice choice;
    x4s_chunk id_i;
    x4s_chunk id_r;
} x4s_quick_request;

/*
 * Windows 2000 and XP behind a NAT send their name where their address belongs, which nobody could
 * reach: what they mean is where we see them.
 */
static x4e_ike_reason read_initiator(const x4s_ike_xchg1 *parent, x4s_chunk body,
                                     x4s_net_selector *selector)
{
    x4s_reader r = x4_reader(body.data, body.len);
    bval named = x4_reader_u8(&r) == x4c_ike_id_fqdn;
    uint8_t protocol = x4_reader_u8(&r);
    uint16_t port = x4_reader_u16(&r);
    if (!named || !parent->behind_remote || r.failed || body.len > x4c_limit_id2_body)
        return x4_selector_parse(body, selector);
    x4_net_selector_from_addr(&parent->link.remote, selector);
    selector->protocol = protocol;
    selector->port = port;
    return x4c_ike_none;
}

static x4e_ike_reason read_ids(x4s_ike_xchg1 *parent, const x4s_ike_message *message,
                               x4s_quick_request *request)
{
    const x4s_ike_payload *first = x4_message_find(message, x4c_payload_id, 0);
    const x4s_ike_payload *second = x4_message_find(message, x4c_payload_id, 1);
    x4s_ike_offer2 *offer = &request->offer;
    if (!first) {
        x4_net_selector_from_addr(&parent->link.local, &offer->local);
        x4_net_selector_from_addr(&parent->link.remote, &offer->remote);
        return x4c_ike_none;
    }
    if (!second || x4_message_find(message, x4c_payload_id, 2))
        return x4c_ike_bad_id;
    offer->selectors = btrue;
    request->id_i = first->body; /* req 2409-5.5-5 */
    request->id_r = second->body;
    x4e_ike_reason reason = read_initiator(parent, first->body, &offer->remote);
    return reason == x4c_ike_none ? x4_selector_parse(second->body, &offer->local) : reason;
}

/* Without a CPI of ours IPComp is passed over: peers offer the same without it, too. */
static x4e_ike_reason select_proposal(x4s_ike_xchg1 *parent, x4s_quick_request *request)
{
    if (x4_bundle_compresses(&request->offers) &&
        x4_proposal2_config_has(request->config, x4c_part_ipcomp))
        request->cpi = x4_spis_draw_cpi(parent->base.charon);
    const x4s_ike_terms terms = {
        .mode_offset = x4_natt_mode_offset(parent),
        .compresses = request->cpi != 0,
    };
    return x4_bundle_select(request->config, &request->offers, &terms, &request->choice);
}

/* Everything that may be refused without an exchange. */
static x4e_ike_reason read_request(x4s_ike_xchg1 *parent, const x4s_ike_message *message,
                                   x4s_quick_request *request)
{
    const x4s_ike_calls2 *calls = parent->base.charon->config.calls2;
    x4s_chunk ke = x4_message_body(message, x4c_payload_ke);
    x4s_chunk nonce = x4_message_body(message, x4c_payload_nonce);
    x4e_ike_reason reason = x4_sa_parse(x4_message_body(message, x4c_payload_sa), &request->offers);
    if (reason == x4c_ike_none)
        reason = read_ids(parent, message, request);
    if (reason != x4c_ike_none)
        return reason;
    if (!x4_natt_take_originals(message, x4c_ike_responder, &request->offer))
        return x4c_ike_malformed;
    if (x4_natt_found(parent) && x4_bundle_transports(&request->offers))
        x4_natt_translate(parent, &request->offer);
    if (nonce.len < x4c_nonce_min || nonce.len > x4c_nonce_max)
        return x4c_ike_bad_nonce; /* req 2409-5-8 */

    request->offer.group = x4_bundle_group(&request->offers);
    request->config = calls->policy(parent->base.user, &request->offer);
    if (!request->config)
        return x4c_ike_no_policy2;
    reason = select_proposal(parent, request);
    if (reason != x4c_ike_none)
        return reason;
    uint8_t group = request->choice.agreed.group;
    if (!group != !ke.data ||
        (group && !x4_dh_public_valid(parent->base.charon->crypto, group, ke)))
        return x4c_ike_bad_ke;
    return x4c_ike_none;
}

_Static_assert(x4c_selector_body_max <= x4c_limit_id2_body, "each selector can be kept");

static void keep_body(x4s_ike_selector_body *kept, x4s_chunk body)
{
    kept->len = (uint8_t)body.len;
    if (body.len)
        memcpy(kept->data, body.data, body.len);
}

/* Fills the exchange from the request. */
static x4e_ike_reason adopt(x4s_ike_xchg2 *xchg, const x4s_quick_request *request,
                            const x4s_ike_message *message)
{
    x4s_ike_neg2 *neg = xchg->neg;
    x4s_chunk sa = x4_message_body(message, x4c_payload_sa);
    neg->offer = request->offer;
    neg->choice = request->choice;
    neg->cpi = request->cpi;
    neg->link = *message->link;
    keep_body(&neg->id_i, request->id_i);
    keep_body(&neg->id_r, request->id_r);
    memcpy(neg->iv, message->iv, sizeof(neg->iv));
    xchg->protocol = x4_proposal2_protocol(&request->choice.agreed, x4c_part_main);
    xchg->spi_out = request->choice.spis.of[x4c_part_main];
    xchg->base.trigger = message->digest;
    neg->sa_body = x4_copy(xchg->base.charon->allocator, sa.data, sa.len);
    neg->sa_len = sa.len;
    if (!neg->sa_body)
        return x4c_ike_no_memory;
    x4e_ike_reason reason = take_nonce(neg, message);
    if (reason == x4c_ike_none && xchg->base.work)
        reason = x4_work_peer(&xchg->base, x4_message_body(message, x4c_payload_ke));
    return reason;
}

static x4e_ike_reason take_spis(x4s_ike_xchg2 *xchg)
{
    const x4s_ike_choice *choice = &xchg->neg->choice;
    const bval with_ah = x4_proposal2_has(&choice->agreed, x4c_part_ah);
    x4s_ike_spis in = {0};
    if (!x4_spis_draw(xchg->base.charon, with_ah, &in))
        return x4c_ike_no_spi;
    if (x4_proposal2_has(&choice->agreed, x4c_part_ipcomp))
        in.of[x4c_part_ipcomp] = xchg->neg->cpi;
    if (!x4_spis_expect(xchg, &in))
        return x4c_ike_no_memory;
    x4_spis_agree(xchg, &choice->spis);
    return x4c_ike_none;
}

/* The user's say about a new exchange; it may end it. */
static x4e_ike_reason approve(x4s_ike_xchg2 *xchg)
{
    const x4s_ike_calls2 *calls = xchg->base.charon->config.calls2;
    const x4s_ike_neg2 *neg = xchg->neg;
    if (calls->validate && !calls->validate(xchg->base.user, &neg->offer, &neg->choice.agreed))
        return x4c_ike_refused;
    if (xchg->base.state == x4c_state_dead)
        return x4c_ike_none;
    return take_spis(xchg);
}

x4e_ike_reason x4_quick_mode_respond(x4s_ike_xchg1 *parent, const x4s_ike_message *message)
{
    uint32_t message_id = message->header.message_id;
    static const x4s_ike_shape shape = SA_SHAPE;
    x4e_ike_reason reason = x4_message_fits(message, &shape);
    if (reason != x4c_ike_none)
        return reason;
    reason = x4_keymat_verify(parent, message);
    if (reason != x4c_ike_none)
        return reason;
    if (x4_message_id_used(parent, message_id))
        return x4c_ike_replayed;
    if (parent->pending2 >= parent->base.charon->config.limits.pending2)
        return x4c_ike_over_limit;

    x4_inform_take_contact(parent, message);
    if (parent->base.state == x4c_state_dead)
        return x4c_ike_unknown_sa;
    x4s_quick_request request = {0};
    reason = read_request(parent, message, &request);
    if (reason != x4c_ike_none) {
        uint8_t protocol;
        uint32_t spi = x4_bundle_spi(&request.offers, &protocol);
        if (x4_reason_notify(reason))
            /* req 2409-5.5-6 */
            x4_inform_error2(parent, message_id, protocol, spi, x4_reason_notify(reason));
        return reason;
    }
    x4_message_id_take(parent, message_id, bfalse);
    x4s_ike_xchg2 *xchg =
        x4_phase2_new(parent, message_id, x4c_ike_responder, x4_quick_mode_responder,
                      request.config, request.choice.agreed.group, NULL);
    if (!xchg)
        return x4c_ike_no_memory;
    const x4s_ike_calls2 *calls = parent->base.charon->config.calls2;
    x4_xchg_introduce(&xchg->base);
    void *user = calls->responded(parent->base.user, xchg, request.config, &request.offer);
    if (!x4_xchg_introduced(&xchg->base, user))
        return x4c_ike_none;
    reason = adopt(xchg, &request, message);
    if (reason == x4c_ike_none)
        reason = approve(xchg);
    if (xchg->base.state == x4c_state_dead)
        return x4c_ike_none;
    if (reason != x4c_ike_none) {
        x4_xchg_dispose(&xchg->base, reason, bfalse);
        return reason;
    }
    x4_xchg_start(&xchg->base);
    return x4c_ike_none;
}

/* What we keep it for, where that is less than was offered. */
static void put_lifetime(const x4s_ike_xchg2 *xchg, x4s_ike_build *build)
{
    const x4s_ike_transform2 *chosen = &xchg->neg->choice.agreed;
    const x4s_ike_config2 *config = xchg->neg->config;
    const x4s_ike_lifetime agreed = {chosen->life_sec ? chosen->life_sec : x4c_life_default,
                                     chosen->life_kb};
    const x4s_ike_lifetime own = {config->life_sec, config->life_kb};
    const x4s_ike_lifetime shortened = x4_lifetime_shortened(&agreed, &own);
    if (x4_lifetime_limits(&shortened))
        /* req 2407-4.5.4-1 2407-4.6.3-3 */
        x4_inform_put_lifetime2(build, xchg->protocol, xchg->spi_in, &shortened);
}

static x4e_ike_reason produce_2(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_ike_neg2 *neg = xchg->neg;
    const x4s_ike_transform2 *chosen = &neg->choice.agreed;
    const x4s_ike_spis spis = x4_spis_in(xchg);
    x4s_ike_offers offers;
    x4e_ike_reason reason = x4_sa_parse((x4s_chunk){neg->sa_body, neg->sa_len}, &offers);
    if (reason != x4c_ike_none)
        return reason;
    reserve_hash(xchg, build);
    /* req 2409-5.5-3 */
    x4_bundle_answer(build, &offers, &neg->choice, &spis);
    reason = put_nonce_ke_ids(xchg, build);
    if (chosen->mode == x4c_ike_transport) /* req 3947-5.2-2 3947-5.2-4 */
        x4_natt_put_originals(xchg->parent, x4c_ike_responder, build);
    put_lifetime(xchg, build);
    return reason == x4c_ike_none ? sign(xchg, build, peer_nonce(neg)) : reason;
}

static x4e_ike_reason consume_3(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    uint8_t expected[x4c_hash_size_max];
    if (!x4_keymat_hash3(xchg->parent, xchg->message_id, nonce_i(xchg), nonce_r(xchg), expected))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = verify(xchg->parent, message, expected);
    if (reason != x4c_ike_none)
        return reason;
    memcpy(xchg->neg->iv, message->iv, sizeof(xchg->neg->iv)); /* req 2409-10-3 */
    x4_phase1_heard(xchg->parent, message->link);
    if (base->state != x4c_state_dead)
        x4_inform_take_contact(xchg->parent, message);
    return x4c_ike_none;
}

const x4s_ike_step x4_quick_mode_responder[] = {
    /* req 2409-5-3 */
    /* req 2409-5-3 */
    {.name = "quick mode 1",
     .work = x4c_dh_both,
     .produce = produce_2,
     .awaited = btrue,
     .convinces = btrue},
    {.name = "quick mode 3",
     .encrypted = btrue,
     .shape = {.required = x4m_bit(x4c_payload_hash), .optional = EXTRAS, .repeated = EXTRAS},
     .consume = consume_3,
     .last = btrue},
};
