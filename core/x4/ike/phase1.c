/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/phase1.h"

#include <string.h>

#include "x4/ike/admission.h"
#include "x4/ike/aggressive_mode.h"
#include "x4/ike/authenticate.h"
#include "x4/ike/dpd.h"
#include "x4/ike/events.h"
#include "x4/ike/fragment.h"
#include "x4/ike/inform.h"
#include "x4/ike/main_mode.h"
#include "x4/ike/method.h"
#include "x4/ike/natt.h"
#include "x4/ike/negotiate.h"
#include "x4/ike/outbox.h"
#include "x4/ike/phase2.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/protect.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/signature.h"
#include "x4/ike/transaction.h"
#include "x4/ike/work.h"
#include "x4/ike/xauth.h"

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

static bval same_first(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_neg1 *neg = x4m_container_const(entry, x4s_ike_neg1, by_first);
    const x4s_ike_message *message = key;
    return entry->hash == message->digest && x4_net_link_equal(&neg->owner->link, message->link);
}

x4s_ike_xchg1 *x4_phase1_by_first(x4s_charon *charon, const x4s_ike_message *message)
{
    x4s_table_link *entry = x4_table_find(&charon->by_first, message->digest, same_first, message);
    return entry ? x4m_container(entry, x4s_ike_neg1, by_first)->owner : NULL;
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
    bval listed = x4_phase1_ready(xchg);
    if (listed)
        x4_table_remove(by_peer, &xchg->by_peer);
    xchg->link = *link;
    if (listed)
        x4_table_insert(by_peer, &xchg->by_peer, xchg->peer ^ x4_phase1_place(xchg));
}

/* -------------------------------------------------------------------------- making */

static void release_bytes(const x4s_allocator *allocator, x4s_chunk *own)
{
    x4_free(allocator, (uint8_t *)(uintptr_t)own->data, own->len);
    *own = (x4s_chunk){0};
}

/* A copy takes the place of what was there; without memory that stays. */
static bval replace_bytes(const x4s_allocator *allocator, x4s_chunk *own, x4s_chunk bytes)
{
    uint8_t *copy = x4_copy(allocator, bytes.data, bytes.len);
    if (!copy)
        return bfalse;
    release_bytes(allocator, own);
    *own = (x4s_chunk){copy, bytes.len};
    return btrue;
}

bval x4_phase1_hold_bytes(x4s_ike_xchg1 *xchg, x4s_chunk bytes)
{
    return replace_bytes(xchg->base.charon->allocator, &xchg->neg->held, bytes);
}

bval x4_phase1_take_user(x4s_ike_xchg1 *xchg, x4s_chunk name)
{
    return replace_bytes(xchg->base.charon->allocator, &xchg->user_name, name);
}

static void free_neg(x4s_ike_xchg1 *xchg)
{
    x4s_ike_neg1 *neg = xchg->neg;
    if (!neg)
        return;
    if (neg->listed)
        x4_table_remove(&xchg->base.charon->by_first, &neg->by_first);
    release_bytes(xchg->base.charon->allocator, &neg->held);
    release_bytes(xchg->base.charon->allocator, &neg->early);
    x4_xauth_free(xchg);
    x4_crowd_leave(xchg->base.charon, &neg->place);
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
    release_bytes(allocator, &xchg->user_name);
    x4_free(allocator, xchg, sizeof(*xchg));
}

static const x4s_ike_step *steps_of(uint8_t mode, x4e_ike_role role)
{
    if (mode == x4c_exchange_main)
        return role == x4c_ike_initiator ? x4_main_mode_initiator : x4_main_mode_responder;
    return role == x4c_ike_initiator ? x4_aggressive_mode_initiator : x4_aggressive_mode_responder;
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
    x4_list_init(&xchg->transactions);
    xchg->neg = x4_alloc(charon->allocator, sizeof(*xchg->neg));
    if (!xchg->neg || !x4_identity_copy(charon->allocator, &xchg->local_id, local_id) ||
        /* req 2408-5.13-1 */
        !x4_crypto_random(charon->crypto, xchg->neg->own_nonce, sizeof(xchg->neg->own_nonce))) {
        release(&xchg->base);
        return NULL;
    }
    xchg->neg->config = config;
    xchg->neg->owner = xchg;
    return xchg;
}

bval x4_phase1_usable(const x4s_charon *charon, const x4s_ike_config1 *config, x4e_ike_role role)
{
    return x4_proposal1_usable(charon->crypto, config) && x4_auth_usable(charon, config, role) &&
           x4_identity_valid(&config->id) && x4_fragment_usable(config);
}

/* Aggressive mode begins with a public value: the group cannot be negotiated. */
static bval one_group(const x4s_ike_config1 *config)
{
    for (size_t i = 1; i < config->transform_count; i++)
        if (config->transforms[i].group != config->transforms[0].group)
            return bfalse;
    return btrue;
}

static bval ready_to_initiate(x4s_ike_xchg1 *xchg, const x4s_ike_config1 *config)
{
    return x4_engine_cookie(xchg->base.charon, x4c_ike_initiator, xchg->cookies) &&
           (!config->aggressive || x4_work_new(&xchg->base, config->transforms[0].group));
}

bval x4_phase1_initiate(x4s_charon *charon, const x4s_ike_config1 *config)
{
    if (!x4_phase1_usable(charon, config, x4c_ike_initiator) ||
        (config->aggressive && !one_group(config)))
        return bfalse;
    x4s_ike_xchg1 *xchg = make(charon, config, &config->id);
    if (!xchg)
        return bfalse;
    if (!ready_to_initiate(xchg, config)) { /* req 2408-5.2-1 */
        release(&xchg->base);
        return bfalse;
    }
    xchg->link = config->link;
    x4_fragment_agree(xchg, config, 0);
    xchg->mode = config->aggressive ? x4c_exchange_aggressive : x4c_exchange_main;
    x4_xchg_begin(&xchg->base, charon, &phase1_kind, steps_of(xchg->mode, x4c_ike_initiator),
                  x4c_ike_initiator, config->userdata);
    insert_by_cookies(xchg);
    charon->config.calls1->initiated(xchg->base.user, xchg);
    if (xchg->base.state != x4c_state_dead)
        x4_xchg_start(&xchg->base);
    return btrue;
}

static bval crowded(const x4s_charon *charon, uint8_t mode)
{
    return charon->unproven >= charon->config.limits.unproven ||
           (mode == x4c_exchange_aggressive &&
            charon->aggressive >= charon->config.limits.aggressive);
}

/* Aggressive mode has no half-open slot that was counted before. */
static x4e_ike_reason admit(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    if (xchg->mode != x4c_exchange_aggressive)
        return x4c_ike_none;
    x4e_ike_reason reason = x4_crowd_join(charon, &xchg->link.remote, &xchg->neg->place, bfalse);
    if (reason == x4c_ike_none && !x4_admission_spend(charon))
        reason = x4c_ike_budget_spent;
    return reason;
}

x4s_ike_xchg1 *x4_phase1_respond(x4s_charon *charon, const x4s_ike_begin1 *begin,
                                 x4e_ike_reason *reason)
{
    const x4s_ike_config1 *config = begin->config;
    *reason = x4c_ike_bad_config;
    if (!x4_phase1_usable(charon, config, x4c_ike_responder))
        return NULL;
    *reason = x4c_ike_over_limit;
    if (crowded(charon, begin->mode))
        return NULL;
    *reason = x4c_ike_no_memory;
    x4s_ike_xchg1 *xchg = make(charon, config, &config->id);
    if (!xchg)
        return NULL;
    xchg->neg->sa_len = begin->sa_body.len;
    xchg->neg->sa_body = x4_copy(charon->allocator, begin->sa_body.data, begin->sa_body.len);
    if (!xchg->neg->sa_body ||
        (begin->id_body.len && !x4_phase1_hold_bytes(xchg, begin->id_body))) {
        release(&xchg->base);
        return NULL;
    }
    memcpy(xchg->cookies, begin->cookies, sizeof(xchg->cookies));
    xchg->link = *begin->link;
    xchg->mode = begin->mode;
    xchg->suite = begin->agreed;
    x4_neg_take_common(xchg, begin->common);
    xchg->neg->chosen = begin->chosen;
    *reason = admit(xchg);
    if (*reason == x4c_ike_none)
        return xchg;
    release(&xchg->base);
    return NULL;
}

bval x4_phase1_introduce(x4s_ike_xchg1 *xchg, const x4s_ike_offer1 *offer, uint64_t digest)
{
    x4s_charon *charon = xchg->base.charon;
    charon->stats->unproven = ++charon->unproven;
    x4_xchg_begin(&xchg->base, charon, &phase1_kind, steps_of(xchg->mode, x4c_ike_responder),
                  x4c_ike_responder, NULL);
    insert_by_cookies(xchg);
    if (xchg->mode == x4c_exchange_aggressive) {
        charon->stats->aggressive = ++charon->aggressive;
        x4_table_insert(&charon->by_first, &xchg->neg->by_first, digest);
        xchg->neg->listed = btrue;
    }
    x4_xchg_introduce(&xchg->base);
    void *user =
        charon->config.calls1->responded(charon->config.userdata, xchg, xchg->neg->config, offer);
    return x4_xchg_introduced(&xchg->base, user);
}

x4s_ike_xchg1 *x4_phase1_promote(x4s_charon *charon, x4s_ike_half_open *slot,
                                 x4e_ike_reason *reason)
{
    const x4s_ike_offer1 asked = {
        .link = &slot->net, .transforms = &slot->agreed, .transform_count = 1};
    x4s_ike_begin1 begin = {
        .config = charon->config.calls1->policy(charon->config.userdata, &asked),
        .link = &slot->net,
        .mode = x4c_exchange_main,
        .agreed = slot->agreed,
        .common = slot->common,
        .sa_body = {slot->sa_body, slot->sa_len},
    };
    *reason = x4c_ike_no_policy;
    if (!begin.config)
        return NULL;
    memcpy(begin.cookies, slot->cookies, sizeof(begin.cookies));
    x4s_ike_xchg1 *xchg = x4_phase1_respond(charon, &begin, reason);
    if (!xchg)
        return NULL;
    x4_crowd_move(&xchg->neg->place, &slot->place);
    x4_half_open_free(slot);
    const x4s_ike_offer1 offer = {
        .link = &xchg->link, .transforms = &xchg->suite, .transform_count = 1};
    return x4_phase1_introduce(xchg, &offer, 0) ? xchg : NULL;
}

/* -------------------------------------------------------------------------- messages */

/* In aggressive mode the responder learns of a NAT by the message that comes over another port. */
static bval may_float(const x4s_ike_xchg1 *xchg)
{
    return xchg->mode == x4c_exchange_aggressive && xchg->base.role == x4c_ike_responder &&
           xchg->base.state == x4c_state_awaiting && xchg->natt;
}

static x4e_ike_reason open_message(x4s_ike_xchg1 *xchg, x4s_ike_message *message,
                                   uint8_t plain[x4c_limit_message_in])
{
    const x4s_ike_step *step = xchg->base.step;
    bval encrypted = message->header.flags & x4c_flag_encryption;
    if (step->encrypted && (encrypted || !step->or_clear))
        return x4_protect_open(xchg, xchg->neg->iv, message, plain);
    if (encrypted)
        return x4c_ike_bad_flags;
    memcpy(message->iv, xchg->neg->iv, sizeof(message->iv));
    return x4_message_clear(message);
}

/* What comes over the first port is old once the exchange goes on over that of NAT traversal. */
static bval was_left(const x4s_ike_xchg1 *xchg, const x4s_net_link *link)
{
    return xchg->link.encap && !link->encap;
}

static void tell_refused(x4s_ike_xchg1 *xchg, x4e_ike_reason reason)
{
    if (x4_reason_class(reason) == x4c_reason_notify)
        x4_inform_error1(xchg, x4_reason_notify(reason));
}

x4e_ike_reason x4_phase1_receive(x4s_ike_xchg1 *xchg, x4s_ike_message *message)
{
    x4s_ike_xchg *base = &xchg->base;
    if (message->header.exchange != xchg->mode)
        return x4c_ike_bad_exchange; /* req 2409-5-5 */
    /* req 3947-4-9 */
    if ((!x4_natt_admits(xchg, message->link) && !may_float(xchg)) || was_left(xchg, message->link))
        return x4c_ike_bad_link;
    x4e_ike_reason reason = x4_xchg_duplicate(base, message->digest);
    if (reason != x4c_ike_none)
        return reason;
    if (base->state != x4c_state_awaiting)
        return x4c_ike_unexpected_message;

    uint8_t plain[x4c_limit_message_in];
    reason = open_message(xchg, message, plain);
    if (reason == x4c_ike_none)
        reason = x4_xchg_receive(base, message);
    tell_refused(xchg, reason);
    return reason;
}

void x4_phase1_refuse(x4s_ike_xchg1 *xchg, const x4s_ike_message *message, x4e_ike_reason reason)
{
    x4_event_refused(xchg->base.charon, message, reason);
    tell_refused(xchg, reason);
}

void x4_phase1_remind(x4s_ike_xchg1 *xchg)
{
    x4s_ike_xchg *base = &xchg->base;
    if (xchg->mode == x4c_exchange_aggressive && base->role == x4c_ike_responder &&
        base->state == x4c_state_awaiting)
        (void)x4_outbox_repeat(base, base->trigger);
}

static x4e_ike_reason build_answer(x4s_ike_xchg *base, const x4s_ike_step *step,
                                   x4s_ike_build *build)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    x4s_ike_header header = {.exchange = xchg->mode,
                             /* req 2408-3.1-5 */
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
    if (xchg->behind_remote)        /* req 3947-7-2 */
        x4_natt_follow(xchg, link); /* req 3947-7-1 */
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

/* That of message 2: any address may have been forged to get it. */
static bval to_anybody(const x4s_ike_xchg1 *xchg)
{
    return xchg->mode == x4c_exchange_aggressive && xchg->base.role == x4c_ike_responder &&
           xchg->neg && !xchg->neg->proven;
}

static bval send_datagram(x4s_ike_xchg *base, const x4s_net_link *link, const void *data,
                          size_t len)
{
    base->charon->stats->messages_out++;
    if (to_anybody(x4_phase1_of(base)))
        x4_admission_out(base->charon, x4c_exchange_aggressive, len);
    return base->charon->config.calls1->send(base->user, link, data, len);
}

bval x4_phase1_send(x4s_ike_xchg1 *xchg, const x4s_net_link *link, const void *data, size_t len)
{
    return x4_fragment_send(xchg, &xchg->base, link, data, len, send_datagram);
}

/* req 3947-3-3 3947-4-3 3947-4-6 */
static bval send_message(x4s_ike_xchg *base, const void *data, size_t len)
{
    return x4_phase1_send(x4_phase1_of(base), &x4_phase1_of(base)->link, data, len);
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
        .user = xchg->user_name,
        .knows_dpd = xchg->knows_dpd,
        .natt = xchg->natt,
        .fragments = xchg->fragments,
        .fragment_size = xchg->fragment_size,
        .behind_local = xchg->behind_local,
        .behind_remote = xchg->behind_remote,
        .life_left_sec = x4_xchg_life_left(&xchg->base),
        .life_left_kb = xchg->life_kb,
        .dpd_sequence = xchg->dpd_sequence,
    };
    memcpy(keys->cookie_i, xchg->cookies, x4c_isakmp_cookie);
    memcpy(keys->cookie_r, xchg->cookies + x4c_isakmp_cookie, x4c_isakmp_cookie);
    memcpy(keys->cipher_key.data, xchg->key, xchg->key_len);
    memcpy(keys->iv, xchg->iv, sizeof(keys->iv));
}

static void put_identity(x4s_writer *w, const x4s_ike_identity *id)
{
    x4_writer_u8(w, id->type);
    x4_writer_bytes(w, id->data, id->len);
}

/*
 * To who has several identities the same peer is another for each of them: it knows SPIs of one
 * only. Users of one group share its identity: the peer is also who they are.
 */
static uint64_t hash_peer(const x4s_ike_xchg1 *xchg)
{
    uint8_t name[2 * (1 + x4c_limit_id_body) + x4c_limit_xauth_values];
    x4s_writer w = x4_writer(name, sizeof(name));
    put_identity(&w, &xchg->local_id);
    put_identity(&w, &xchg->remote_id);
    x4_writer_bytes(&w, xchg->user_name.data, xchg->user_name.len);
    return x4_engine_hash(xchg->base.charon, name, x4_writer_len(&w));
}

/* An open SA is found by its peer. */
static void enlist(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    xchg->open = btrue;
    xchg->peer = hash_peer(xchg);
    x4_table_insert(&charon->by_peer, &xchg->by_peer, xchg->peer ^ x4_phase1_place(xchg));
    charon->stats->phase1++;
}

static void leave_unproven(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    charon->stats->unproven = --charon->unproven;
    if (xchg->mode == x4c_exchange_aggressive)
        charon->stats->aggressive = --charon->aggressive;
}

static void limit_volume(x4s_ike_xchg1 *xchg, uint32_t agreed_kb, const x4s_ike_config1 *config)
{
    xchg->life_kb = x4_lifetime_least(agreed_kb, config->life_kb);
    xchg->soft_kb = x4_lifetime_soft_kb(config->soft_kb, xchg->life_kb);
}

static bval shorten_volume(x4s_ike_xchg1 *xchg, uint32_t life_kb)
{
    if (life_kb == 0 || (xchg->life_kb && life_kb >= xchg->life_kb))
        return bfalse;
    bval ages = xchg->base.ages != x4c_never;
    xchg->life_kb = life_kb;
    xchg->soft_kb = x4_lifetime_soft_kb_of_peer(xchg->soft_kb, ages, life_kb);
    return btrue;
}

static bval shorten(x4s_ike_xchg1 *xchg, const x4s_ike_lifetime *told)
{
    bval in_time = x4_xchg_shorten(&xchg->base, told->sec);
    return shorten_volume(xchg, told->kb) || in_time;
}

void x4_phase1_shorten(x4s_ike_xchg1 *xchg, const x4s_ike_lifetime *told)
{
    const x4s_ike_calls1 *calls = xchg->base.charon->config.calls1;
    if (!xchg->open)
        xchg->neg->told = *told;
    else if (shorten(xchg, told) && calls->shortened)
        calls->shortened(xchg->base.user, x4_xchg_life_left(&xchg->base), xchg->life_kb);
}

static x4s_ike_lifetime shortened_life(const x4s_ike_transform1 *suite,
                                       const x4s_ike_config1 *config)
{
    const x4s_ike_lifetime agreed = {suite->life_sec, suite->life_kb};
    const x4s_ike_lifetime own = {config->life_sec, config->life_kb};
    return x4_lifetime_shortened(&agreed, &own);
}

/* Where a user is asked yet, the peer believes in nothing before that has come out well. */
static x4e_ike_reason agreed(x4s_ike_xchg *base)
{
    const x4s_ike_calls1 *calls = base->charon->config.calls1;
    if (calls->agreed && !x4_method_extended(x4_phase1_of(base)->suite.auth))
        calls->agreed(base->user);
    return x4c_ike_none;
}

static void established(x4s_ike_xchg *base)
{
    x4s_ike_xchg1 *xchg = x4_phase1_of(base);
    memcpy(xchg->iv, xchg->neg->iv, sizeof(xchg->iv)); /* req 2409-B-4 */
    x4_work_free(base);
    x4_signature_free(base);
    x4s_chunk early = xchg->neg->early;
    xchg->neg->early = (x4s_chunk){0};
    if (!x4_xauth_begin(xchg))
        x4_phase1_open(xchg);
    if (early.len)
        x4_inform_early(xchg, early);
    release_bytes(base->charon->allocator, &early);
}

void x4_phase1_open(x4s_ike_xchg1 *xchg)
{
    x4s_ike_xchg *base = &xchg->base;
    x4s_charon *charon = base->charon;
    const x4s_ike_config1 *config = xchg->neg->config;
    x4_xchg_live(base, config->soft_sec, x4_lifetime_least(xchg->suite.life_sec, config->life_sec));
    limit_volume(xchg, xchg->suite.life_kb, config);
    (void)shorten(xchg, &xchg->neg->told);
    x4_dpd_draw(xchg);
    x4_dpd_start(xchg, config->dpd_sec);
    enlist(xchg);
    if (base->role == x4c_ike_responder)
        leave_unproven(xchg);
    charon->stats->completed1[base->role]++;
    bval contact = xchg->neg->contact;
    x4s_ike_lifetime shortened = {0};
    if (base->role == x4c_ike_responder)
        shortened = shortened_life(&xchg->suite, config);
    free_neg(xchg);

    x4s_ike_keys1 keys;
    keys_of(xchg, &keys);
    charon->config.calls1->completed(base->user, &keys);
    x4_wipe(&keys, sizeof(keys));
    if (contact && base->state == x4c_state_established)
        x4_inform_contact(xchg);
    if (x4_lifetime_limits(&shortened) && base->state == x4c_state_established)
        x4_inform_lifetime1(xchg, &shortened);
}

bval x4_phase1_resume(x4s_charon *charon, const x4s_ike_config1 *config)
{
    const x4s_ike_keys1 *keys = config->resume;
    const x4s_ike_config1 as_was = {
        .transforms = &keys->suite, .transform_count = 1, .fragment_size = keys->fragment_size};
    size_t key_size = x4_cipher_key_size(keys->suite.cipher, keys->suite.key_bits);
    uint8_t cookies[2 * x4c_isakmp_cookie];
    memcpy(cookies, keys->cookie_i, x4c_isakmp_cookie);
    memcpy(cookies + x4c_isakmp_cookie, keys->cookie_r, x4c_isakmp_cookie);
    if (!x4_proposal1_usable(charon->crypto, &as_was) || keys->cipher_key.len != key_size ||
        !x4_identity_valid(&keys->local_id) || !x4_identity_valid(&keys->remote_id) ||
        keys->user.len > x4c_limit_xauth_values || !x4_fragment_usable(&as_was) ||
        x4_phase1_find(charon, cookies))
        return bfalse;
    x4s_ike_xchg1 *xchg = make(charon, config, &keys->local_id);
    if (!xchg)
        return bfalse;
    if (!x4_identity_copy(charon->allocator, &xchg->remote_id, &keys->remote_id) ||
        (keys->user.len && !x4_phase1_take_user(xchg, keys->user))) {
        release(&xchg->base);
        return bfalse;
    }
    free_neg(xchg);
    xchg->mode = x4c_exchange_main;
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
    xchg->fragments = keys->fragments;
    xchg->fragment_size = keys->fragment_size;
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
                 x4_lifetime_least(keys->life_left_sec, config->life_sec));
    limit_volume(xchg, keys->life_left_kb, config);
    charon->config.calls1->initiated(xchg->base.user, xchg);
    return btrue;
}

static void aging(x4s_ike_xchg *base)
{
    const x4s_ike_calls1 *calls = base->charon->config.calls1;
    x4_phase1_of(base)->soft_kb = 0;
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
    (void)was;
    x4_xauth_stop(xchg);
    if (xchg->open) {
        x4_dpd_stop(xchg);
        x4_table_remove(&charon->by_peer, &xchg->by_peer);
        charon->stats->phase1--;
    } else if (base->role == x4c_ike_responder) {
        leave_unproven(xchg);
    }
    charon->stats->disposed1[reason]++;
    x4_transaction_end_all(xchg);
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
    .of_strangers = btrue,
    .icookie = icookie,
    .build = build_answer,
    .send = send_message,
    .resend_is_taken = resend_is_taken,
    .resend = resend,
    .established = established,
    .agreed = agreed,
    .aging = aging,
    .tell_error = tell_error,
    .tell_delete = tell_delete,
    .leave = leave,
    .disposed = disposed,
    .release = release,
};
