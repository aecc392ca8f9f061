/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/phase1.h"

#include <string.h>

#include "x4/ike/authenticate.h"
#include "x4/ike/dpd.h"
#include "x4/ike/events.h"
#include "x4/ike/inform.h"
#include "x4/ike/main_mode.h"
#include "x4/ike/natt.h"
#include "x4/ike/outbox.h"
#include "x4/ike/phase2.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/protect.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/signature.h"
#include "x4/ike/work.h"

static const x4s_ike_kind phase1_kind;

/* -------------------------------------------------------------------------- tables */

static bval same_cookies(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_xchg1 *xchg = x4m_container_const(entry, x4s_ike_xchg1, by_cookies);
    return memcmp(xchg->cookies, key, sizeof(xchg->cookies)) == 0;
}

x4s_ike_xchg1 *x4_phase1_find(x4s_charon *charon, const uint8_t *cookies)
{
    const size_t len = 2 * x4c_isakmp_cookie;
    x4s_table_link *entry = x4_table_find(&charon->by_cookies, x4_engine_hash(charon, cookies, len),
                                          same_cookies, cookies);
    return entry ? x4m_container(entry, x4s_ike_xchg1, by_cookies) : NULL;
}

static void insert_by_cookies(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    x4_table_insert(&charon->by_cookies, &xchg->by_cookies,
                    x4_engine_hash(charon, xchg->cookies, sizeof(xchg->cookies)));
}

void x4_phase1_take_cookie(x4s_ike_xchg1 *xchg, const uint8_t *cookie_r)
{
    x4_table_remove(&xchg->base.charon->by_cookies, &xchg->by_cookies);
    memcpy(xchg->cookies + x4c_isakmp_cookie, cookie_r, x4c_isakmp_cookie);
    insert_by_cookies(xchg);
}

uint64_t x4_phase1_place(const x4s_ike_xchg1 *xchg)
{
    const x4s_net_addr *remote = &xchg->link.remote;
    return x4_engine_hash(xchg->base.charon, remote->ip, x4_net_addr_size(remote->family));
}

typedef struct x4s_peer_key {
    uint64_t peer;
    uint64_t place;
    const x4s_ike_xchg1 *except;
} x4s_peer_key;

static bval same_peer(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_xchg1 *xchg = x4m_container_const(entry, x4s_ike_xchg1, by_peer);
    const x4s_peer_key *wanted = key;
    return xchg->peer == wanted->peer && xchg != wanted->except &&
           x4_phase1_place(xchg) == wanted->place;
}

x4s_ike_xchg1 *x4_phase1_of_peer(x4s_charon *charon, uint64_t peer, uint64_t place,
                                 const x4s_ike_xchg1 *except)
{
    const x4s_peer_key key = {peer, place, except};
    x4s_table_link *entry = x4_table_find(&charon->by_peer, peer ^ place, same_peer, &key);
    return entry ? x4m_container(entry, x4s_ike_xchg1, by_peer) : NULL;
}

void x4_phase1_move(x4s_ike_xchg1 *xchg, const x4s_net_link *link)
{
    x4s_table *by_peer = &xchg->base.charon->by_peer;
    bval listed = xchg->base.state == x4c_state_established;
    if (listed)
        x4_table_remove(by_peer, &xchg->by_peer);
    xchg->link = *link;
    if (listed)
        x4_table_insert(by_peer, &xchg->by_peer, xchg->peer ^ x4_phase1_place(xchg));
}

/* -------------------------------------------------------------------------- making */

static void free_neg(x4s_ike_xchg1 *xchg)
{
    x4s_ike_neg1 *neg = xchg->neg;
    if (!neg)
        return;
    x4_free(xchg->base.charon->allocator, neg->sa_body, neg->sa_len);
    x4_free(xchg->base.charon->allocator, neg, sizeof(*neg));
    xchg->neg = NULL;
}

static void release(x4s_ike_xchg *base)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    const x4s_allocator *allocator = base->charon->allocator;
    x4_phase2_orphan(xchg);
    free_neg(xchg);
    x4_message_id_free(xchg);
    x4_identity_free(allocator, &xchg->local_id);
    x4_identity_free(allocator, &xchg->remote_id);
    x4_free(allocator, xchg, sizeof(*xchg));
}

/* An exchange that is in no table yet. */
static x4s_ike_xchg1 *make(x4s_charon *charon, const x4s_ike_config1 *config,
                           const x4s_ike_id *local_id)
{
    x4s_ike_xchg1 *xchg = x4_alloc(charon->allocator, sizeof(*xchg));
    if (!xchg)
        return NULL;
    xchg->base.charon = charon;
    x4_list_init(&xchg->children);
    xchg->neg = x4_alloc(charon->allocator, sizeof(*xchg->neg));
    if (!xchg->neg || !x4_identity_copy(charon->allocator, &xchg->local_id, local_id) ||
        !x4_crypto_random(charon->crypto, xchg->neg->own_nonce, sizeof(xchg->neg->own_nonce))) {
        release(&xchg->base);
        return NULL;
    }
    xchg->neg->config = config;
    return xchg;
}

bval x4_phase1_usable(const x4s_charon *charon, const x4s_ike_config1 *config)
{
    return x4_proposal1_usable(charon->crypto, config) && x4_auth_usable(charon, config) &&
           x4_identity_valid(&config->id);
}

bval x4_phase1_initiate(x4s_charon *charon, const x4s_ike_config1 *config)
{
    if (!x4_phase1_usable(charon, config))
        return bfalse;
    x4s_ike_xchg1 *xchg = make(charon, config, &config->id);
    if (!xchg)
        return bfalse;
    if (!x4_engine_cookie(charon, x4c_ike_initiator, xchg->cookies)) {
        release(&xchg->base);
        return bfalse;
    }
    xchg->link = config->link;
    x4_xchg_begin(&xchg->base, charon, &phase1_kind, x4_main_mode_initiator, x4c_ike_initiator,
                  config->userdata);
    insert_by_cookies(xchg);
    charon->config.calls1->initiated(xchg->base.user, xchg);
    if (xchg->base.state != x4c_state_dead)
        x4_xchg_start(&xchg->base);
    return btrue;
}

x4s_ike_xchg1 *x4_phase1_respond(x4s_charon *charon, x4s_ike_half_open *slot,
                                 x4e_ike_reason *reason)
{
    const x4s_ike_offer1 offer = {.link = &slot->net};
    const x4s_ike_config1 *config = charon->config.calls1->policy(charon->config.userdata, &offer);
    *reason = x4c_ike_no_policy;
    if (!config)
        return NULL;
    *reason = x4c_ike_bad_config;
    if (!x4_phase1_usable(charon, config))
        return NULL;
    *reason = x4c_ike_over_limit;
    if (charon->unproven >= charon->config.limits.unproven)
        return NULL;
    *reason = x4c_ike_no_memory;
    x4s_ike_xchg1 *xchg = make(charon, config, &config->id);
    if (!xchg)
        return NULL;
    xchg->neg->sa_len = slot->sa_len;
    xchg->neg->sa_body = x4_copy(charon->allocator, slot->sa_body, slot->sa_len);
    if (!xchg->neg->sa_body) {
        release(&xchg->base);
        return NULL;
    }
    memcpy(xchg->cookies, slot->cookies, sizeof(xchg->cookies));
    xchg->link = slot->net;
    xchg->suite = slot->agreed;
    xchg->natt = slot->natt;
    xchg->knows_dpd = slot->knows_dpd;
    x4_half_open_free(slot);

    *reason = x4c_ike_none;
    charon->stats->unproven = ++charon->unproven;
    x4_xchg_begin(&xchg->base, charon, &phase1_kind, x4_main_mode_responder, x4c_ike_responder,
                  NULL);
    insert_by_cookies(xchg);
    const x4s_ike_offer1 kept = {.link = &xchg->link};
    x4_xchg_introduce(&xchg->base);
    void *user = charon->config.calls1->responded(charon->config.userdata, xchg, config, &kept);
    return x4_xchg_introduced(&xchg->base, user) ? xchg : NULL;
}

/* -------------------------------------------------------------------------- messages */

x4e_ike_reason x4_phase1_receive(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    x4s_ike_xchg *base = &xchg->base;
    if (!x4_natt_admits(xchg, message->link))
        return x4c_ike_bad_link;
    x4e_ike_reason reason = x4_xchg_duplicate(base, message->digest);
    if (reason != x4c_ike_none)
        return reason;
    if (base->state != x4c_state_awaiting)
        return x4c_ike_unexpected_message;

    uint8_t plain[x4c_limit_message_in];
    if (base->step->encrypted)
        reason = x4_protect_open(xchg, xchg->neg->iv, message, plain);
    else if (message->header.flags & x4c_flag_encryption)
        reason = x4c_ike_bad_flags;
    else
        reason = x4_message_payloads(message,
                                     (x4s_chunk){message->raw.data + x4c_isakmp_header,
                                                 message->raw.len - x4c_isakmp_header},
                                     bfalse);
    if (reason == x4c_ike_none)
        reason = x4_xchg_receive(base, message);
    if (x4_reason_class(reason) == x4c_reason_notify)
        x4_inform_error1(xchg, x4_reason_notify(reason));
    return reason;
}

static x4e_ike_reason build_answer(x4s_ike_xchg *base, const x4s_ike_step *step,
                                   x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_header header = {.exchange = x4c_exchange_main,
                             .flags = step->answer_encrypted ? x4c_flag_encryption : 0};
    memcpy(header.cookies, xchg->cookies, sizeof(header.cookies));
    x4_build_begin(build, build->w.base, build->w.size, &header);
    x4e_ike_reason reason = step->produce(base, build);
    if (reason != x4c_ike_none)
        return reason;
    if (step->answer_encrypted)
        return x4_protect_seal(xchg, xchg->neg->iv, build);
    return x4_build_end(build, 0) ? x4c_ike_none : x4c_ike_too_long;
}

void x4_phase1_heard(x4s_ike_xchg1 *xchg, const x4s_net_link *link)
{
    x4_dpd_heard(xchg);
    x4_natt_follow(xchg, link);
}

x4e_ike_reason x4_phase1_take_peer(x4s_ike_xchg1 *xchg, x4s_chunk id_body)
{
    x4s_charon *charon = xchg->base.charon;
    x4s_ike_id id;
    x4e_ike_reason reason = x4_identity_parse(id_body, &id);
    if (reason != x4c_ike_none)
        return reason;
    if (!x4_identity_copy(charon->allocator, &xchg->remote_id, &id))
        return x4c_ike_no_memory;
    bval accepted = charon->config.calls1->validate(xchg->base.user, id_body, x4c_payload_id);
    if (xchg->base.state == x4c_state_dead || accepted)
        return x4c_ike_none;
    x4_identity_free(charon->allocator, &xchg->remote_id);
    return x4c_ike_id_refused;
}

static const uint8_t *icookie(const x4s_ike_xchg *base)
{
    return ((const x4s_ike_xchg1 *)(const void *)base)->cookies;
}

static bval send_message(x4s_ike_xchg *base, const void *data, size_t len)
{
    base->charon->stats->messages_out++;
    return base->charon->config.calls1->send(base->user, &x4_phase1_of(base)->link, data, len);
}

static bval resend_is_taken(const x4s_ike_xchg *base)
{
    return base->charon->config.calls1->resend != NULL;
}

static bval resend(x4s_ike_xchg *base, x4e_ike_resend cause, unsigned count)
{
    return base->charon->config.calls1->resend(base->user, cause, count);
}

/* -------------------------------------------------------------------------- life */

static void keys_of(const x4s_ike_xchg1 *xchg, x4s_ike_keys1 *keys)
{
    *keys = (x4s_ike_keys1){
        .role = xchg->base.role,
        .link = xchg->link,
        .suite = xchg->suite,
        .skeyid_d = xchg->skeyid_d,
        .skeyid_a = xchg->skeyid_a,
        .cipher_key.len = xchg->key_len,
        .local_id = x4_identity_view(&xchg->local_id),
        .remote_id = x4_identity_view(&xchg->remote_id),
        .knows_dpd = xchg->knows_dpd,
        .natt = xchg->natt,
        .behind_local = xchg->behind_local,
        .behind_remote = xchg->behind_remote,
        .life_left_sec = x4_xchg_life_left(&xchg->base),
        .dpd_sequence = xchg->dpd_sequence,
    };
    memcpy(keys->cookie_i, xchg->cookies, x4c_isakmp_cookie);
    memcpy(keys->cookie_r, xchg->cookies + x4c_isakmp_cookie, x4c_isakmp_cookie);
    memcpy(keys->cipher_key.data, xchg->key, xchg->key_len);
    memcpy(keys->iv, xchg->iv, sizeof(keys->iv));
}

/* An established SA is found by its peer. */
static void enlist(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    uint8_t name[1 + x4c_limit_id_body];
    name[0] = xchg->remote_id.type;
    memcpy(name + 1, xchg->remote_id.data, xchg->remote_id.len);
    xchg->peer = x4_engine_hash(charon, name, 1u + xchg->remote_id.len);
    x4_table_insert(&charon->by_peer, &xchg->by_peer, xchg->peer ^ x4_phase1_place(xchg));
    charon->stats->phase1++;
}

static void established(x4s_ike_xchg *base)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_charon *charon = base->charon;
    const x4s_ike_config1 *config = xchg->neg->config;
    memcpy(xchg->iv, xchg->neg->iv, sizeof(xchg->iv));
    x4_xchg_live(base, config->soft_sec, x4_xchg_least(xchg->suite.life_sec, config->life_sec));
    x4_dpd_draw(xchg);
    x4_dpd_start(xchg, config->dpd_sec);
    enlist(xchg);
    if (base->role == x4c_ike_responder)
        charon->stats->unproven = --charon->unproven;
    charon->stats->completed1[base->role]++;
    bval contact = xchg->neg->contact;
    x4_work_free(base);
    x4_signature_free(base);
    free_neg(xchg);

    x4s_ike_keys1 keys;
    keys_of(xchg, &keys);
    charon->config.calls1->completed(base->user, &keys);
    x4_wipe(&keys, sizeof(keys));
    if (contact && base->state == x4c_state_established)
        x4_inform_contact(xchg);
}

bval x4_phase1_resume(x4s_charon *charon, const x4s_ike_config1 *config)
{
    const x4s_ike_keys1 *keys = config->resume;
    const x4s_ike_config1 as_was = {.transforms = &keys->suite, .transform_count = 1};
    size_t key_size = x4_cipher_key_size(keys->suite.cipher, keys->suite.key_bits);
    uint8_t cookies[2 * x4c_isakmp_cookie];
    memcpy(cookies, keys->cookie_i, x4c_isakmp_cookie);
    memcpy(cookies + x4c_isakmp_cookie, keys->cookie_r, x4c_isakmp_cookie);
    if (!x4_proposal1_usable(charon->crypto, &as_was) || keys->cipher_key.len != key_size ||
        !x4_identity_valid(&keys->local_id) || !x4_identity_valid(&keys->remote_id) ||
        x4_phase1_find(charon, cookies))
        return bfalse;
    x4s_ike_xchg1 *xchg = make(charon, config, &keys->local_id);
    if (!xchg)
        return bfalse;
    if (!x4_identity_copy(charon->allocator, &xchg->remote_id, &keys->remote_id)) {
        release(&xchg->base);
        return bfalse;
    }
    free_neg(xchg);
    x4_xchg_begin(&xchg->base, charon, &phase1_kind, x4_main_mode_initiator, keys->role,
                  config->userdata);
    x4_engine_cancel(charon, &xchg->base.life);
    xchg->base.state = x4c_state_established;
    memcpy(xchg->cookies, cookies, sizeof(cookies));
    xchg->resumed = btrue;
    xchg->contacted = btrue;
    x4_message_id_resume(xchg, keys->age_sec);
    xchg->link = keys->link;
    xchg->knows_dpd = keys->knows_dpd;
    xchg->natt = keys->natt;
    xchg->behind_local = keys->behind_local;
    xchg->behind_remote = keys->behind_remote;
    xchg->suite = keys->suite;
    xchg->skeyid_d = keys->skeyid_d;
    xchg->skeyid_a = keys->skeyid_a;
    xchg->key_len = (uint8_t)key_size;
    memcpy(xchg->key, keys->cipher_key.data, key_size);
    memcpy(xchg->iv, keys->iv, sizeof(xchg->iv));
    insert_by_cookies(xchg);
    enlist(xchg);
    x4_dpd_resume(xchg, keys);
    x4_dpd_start(xchg, config->dpd_sec);
    x4_xchg_live(&xchg->base, config->soft_sec,
                 x4_xchg_least(keys->life_left_sec, config->life_sec));
    charon->config.calls1->initiated(xchg->base.user, xchg);
    return btrue;
}

static void aging(x4s_ike_xchg *base)
{
    const x4s_ike_calls1 *calls = base->charon->config.calls1;
    if (calls->aging)
        calls->aging(base->user);
}

static void tell_error(x4s_ike_xchg *base, uint16_t notify)
{
    x4_inform_error1(x4_phase1_of(base), notify);
}

static void tell_delete(x4s_ike_xchg *base)
{
    x4_inform_delete1(x4_phase1_of(base));
}

/* Nobody needs the exchange any more: to the purge. */
static void retire(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    x4_table_remove(&charon->by_cookies, &xchg->by_cookies);
    x4_list_append(&charon->dead, &xchg->base.dead);
}

static void leave(x4s_ike_xchg *base, x4e_ike_state was, x4e_ike_reason reason)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_charon *charon = base->charon;
    if (was == x4c_state_established) {
        x4_dpd_stop(xchg);
        x4_table_remove(&charon->by_peer, &xchg->by_peer);
        charon->stats->phase1--;
    } else if (base->role == x4c_ike_responder) {
        charon->stats->unproven = --charon->unproven;
    }
    charon->stats->disposed1[reason]++;
    if (xchg->pending2 == 0)
        retire(xchg);
}

static void disposed(x4s_ike_xchg *base, x4e_ike_reason reason)
{
    base->charon->config.calls1->disposed(base->user, reason);
}

void x4_phase1_hold(x4s_ike_xchg1 *xchg)
{
    xchg->pending2++;
}

void x4_phase1_unhold(x4s_ike_xchg1 *xchg)
{
    xchg->pending2--;
    if (xchg->pending2 == 0 && xchg->base.state == x4c_state_dead)
        retire(xchg);
}

static const x4s_ike_kind phase1_kind = {
    .name = "ph1",
    .icookie = icookie,
    .build = build_answer,
    .send = send_message,
    .resend_is_taken = resend_is_taken,
    .resend = resend,
    .established = established,
    .aging = aging,
    .tell_error = tell_error,
    .tell_delete = tell_delete,
    .leave = leave,
    .disposed = disposed,
    .release = release,
};
