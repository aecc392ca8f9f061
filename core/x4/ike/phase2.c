/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/phase2.h"

#include <string.h>

#include "x4/ike/connected.h"
#include "x4/ike/fragment.h"
#include "x4/ike/inform.h"
#include "x4/ike/natt.h"
#include "x4/ike/outbox.h"
#include "x4/ike/proposal2.h"
#include "x4/ike/protect.h"
#include "x4/ike/quick_mode.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/work.h"

static const x4s_ike_kind phase2_kind;

/* -------------------------------------------------------------------------- tables */

typedef struct x4s_message_key {
    const x4s_ike_xchg1 *parent;
    uint32_t message_id;
} x4s_message_key;

static uint64_t message_hash(const x4s_ike_xchg1 *parent, uint32_t message_id)
{
    return parent->by_cookies.hash ^ message_id;
}

/* A message ID is unique within an ISAKMP SA only: peers have used the same ones. */
static bval same_message(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_xchg2 *xchg = x4m_container_const(entry, x4s_ike_xchg2, by_message);
    const x4s_message_key *wanted = key;
    return xchg->parent == wanted->parent && xchg->message_id == wanted->message_id;
}

x4s_ike_xchg2 *x4_phase2_find(x4s_ike_xchg1 *parent, uint32_t message_id)
{
    const x4s_message_key key = {parent, message_id};
    x4s_table_link *entry = x4_table_find(&parent->base.charon->by_message,
                                          message_hash(parent, message_id), same_message, &key);
    return entry ? x4m_container(entry, x4s_ike_xchg2, by_message) : NULL;
}

uint64_t x4_phase2_place(const x4s_ike_xchg2 *xchg)
{
    return xchg->parent ? x4_phase1_place(xchg->parent) : xchg->place;
}

static void enlist(x4s_ike_xchg2 *xchg)
{
    x4_spis_enlist(xchg);
    xchg->base.charon->stats->phase2++;
}

void x4_phase2_orphan(x4s_ike_xchg1 *parent)
{
    uint64_t place = x4_phase1_place(parent);
    x4s_ike_xchg1 *heir = x4_phase1_of_peer(parent->base.charon, parent->peer, place, parent);
    x4m_list_each(link, &parent->children)
    {
        x4s_ike_xchg2 *child = x4m_container(link, x4s_ike_xchg2, sibling);
        x4_list_remove(link);
        child->parent = heir;
        child->place = place;
        if (heir)
            x4_list_append(&heir->children, link);
    }
}

/* -------------------------------------------------------------------------- making */

static void free_neg(x4s_ike_xchg2 *xchg)
{
    x4s_ike_neg2 *neg = xchg->neg;
    if (!neg)
        return;
    x4_free(xchg->base.charon->allocator, neg->sa_body, neg->sa_len);
    x4_free(xchg->base.charon->allocator, neg->keys, sizeof(*neg->keys));
    x4_free(xchg->base.charon->allocator, neg, sizeof(*neg));
    xchg->neg = NULL;
}

static void release(x4s_ike_xchg *base)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    free_neg(xchg);
    x4_spis_free(xchg);
    x4_free(base->charon->allocator, xchg, sizeof(*xchg));
}

/* Into the family and the table of messages. */
static void join(x4s_ike_xchg2 *xchg, x4s_ike_xchg1 *parent, uint32_t message_id)
{
    xchg->parent = parent;
    xchg->peer = parent->peer;
    xchg->message_id = message_id;
    x4_list_append(&parent->children, &xchg->sibling);
    if (message_id)
        x4_table_insert(&parent->base.charon->by_message, &xchg->by_message,
                        message_hash(parent, message_id));
}

x4s_ike_xchg2 *x4_phase2_new(x4s_ike_xchg1 *parent, uint32_t message_id, x4e_ike_role role,
                             const x4s_ike_step *steps, const x4s_ike_config2 *config,
                             x4e_group group, const x4s_ike_spis *in)
{
    x4s_charon *charon = parent->base.charon;
    x4s_ike_xchg2 *xchg = x4_alloc(charon->allocator, sizeof(*xchg));
    if (!xchg)
        return NULL;
    xchg->base.charon = charon;
    xchg->neg = x4_alloc(charon->allocator, sizeof(*xchg->neg));
    if (!xchg->neg || (group && !x4_work_new(&xchg->base, group)) ||
        (in && !x4_spis_expect(xchg, in))) {
        release(&xchg->base);
        return NULL;
    }
    xchg->neg->config = config;
    xchg->protocol = x4_proposal2_protocol(&config->transforms[0], x4c_part_main);
    x4_xchg_begin(&xchg->base, charon, &phase2_kind, steps, role, config->userdata);
    join(xchg, parent, message_id);
    x4_phase1_hold(parent);
    xchg->holds = btrue;
    return xchg;
}

static bval write_selector(x4s_ike_selector_body *body, const x4s_net_selector *selector)
{
    x4s_writer w = x4_writer(body->data, sizeof(body->data));
    x4_selector_write(&w, selector);
    body->len = (uint8_t)x4_writer_len(&w);
    return !w.failed;
}

static bval offer_selectors(x4s_ike_xchg1 *parent, const x4s_ike_config2 *config, x4s_ike_neg2 *neg)
{
    neg->offer.group = config->transforms[0].group;
    neg->offer.selectors = config->selectors;
    if (!config->selectors) {
        x4_net_selector_from_addr(&parent->link.local, &neg->offer.local);
        x4_net_selector_from_addr(&parent->link.remote, &neg->offer.remote);
        return btrue;
    }
    neg->offer.local = config->local;
    neg->offer.remote = config->remote;
    return write_selector(&neg->id_i, &config->local) &&
           write_selector(&neg->id_r, &config->remote);
}

/* For all that may be chosen of our offer. */
static bval draw_spis(x4s_charon *charon, const x4s_ike_config2 *config, x4s_ike_spis *spis)
{
    *spis = (x4s_ike_spis){0};
    if (x4_proposal2_config_has(config, x4c_part_ipcomp))
        spis->of[x4c_part_ipcomp] = x4_spis_draw_cpi(charon);
    return x4_proposal2_offers_any(config, spis) &&
           x4_spis_draw(charon, x4_proposal2_config_has(config, x4c_part_ah), spis);
}

bval x4_phase2_initiate(x4s_ike_xchg1 *parent, const x4s_ike_config2 *config)
{
    x4s_charon *charon = parent->base.charon;
    x4s_ike_neg2 draft = {0};
    x4s_ike_spis spis;
    if (!x4_proposal2_usable(config) || !offer_selectors(parent, config, &draft))
        return bfalse;
    if (x4_natt_mode_offset(parent) && x4_proposal2_has_ah(config))
        return bfalse;
    uint8_t group = config->transforms[0].group;
    if (group && !x4_crypto_has_group(charon->crypto, group))
        return bfalse;
    uint32_t message_id = x4_message_id_new(parent);
    uint8_t iv[x4c_cipher_block_max];
    if (message_id == 0 || !draw_spis(charon, config, &spis) ||
        x4_phase2_find(parent, message_id) || !x4_protect_iv(parent, message_id, iv))
        return bfalse;
    x4s_ike_xchg2 *xchg = x4_phase2_new(parent, message_id, x4c_ike_initiator,
                                        x4_quick_mode_initiator, config, group, &spis);
    if (!xchg)
        return bfalse;
    xchg->neg->offer = draft.offer;
    xchg->neg->id_i = draft.id_i;
    xchg->neg->id_r = draft.id_r;
    memcpy(xchg->neg->iv, iv, sizeof(iv));
    charon->config.calls2->initiated(xchg->base.user, xchg);
    if (xchg->base.state != x4c_state_dead)
        x4_xchg_start(&xchg->base);
    return btrue;
}

/* -------------------------------------------------------------------------- messages */

/* A message of an exchange that we know. */
static x4e_ike_reason receive_known(x4s_ike_xchg2 *xchg, x4s_ike_message *message)
{
    x4s_ike_xchg *base = &xchg->base;
    x4e_ike_reason reason = x4_xchg_duplicate(base, message->digest);
    if (reason != x4c_ike_none)
        return reason;
    if (base->state != x4c_state_awaiting)
        return x4_connected_receive(xchg, message);
    uint8_t plain[x4c_limit_message_in];
    reason = x4_protect_open(xchg->parent, xchg->neg->iv, message, plain);
    return reason == x4c_ike_none ? x4_xchg_receive(base, message) : reason;
}

static x4e_ike_reason receive_first(x4s_ike_xchg1 *parent, x4s_ike_message *message)
{
    uint32_t message_id = message->header.message_id;
    if (parent->base.state == x4c_state_dead)
        return x4c_ike_unknown_sa;
    if (!x4_phase1_ready(parent))
        return x4c_ike_not_established; /* req 2409-4-2 */

    uint8_t iv[x4c_cipher_block_max];
    uint8_t plain[x4c_limit_message_in];
    if (!x4_protect_iv(parent, message_id, iv))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = x4_protect_open(parent, iv, message, plain);
    return reason == x4c_ike_none ? x4_quick_mode_respond(parent, message) : reason;
}

x4e_ike_reason x4_phase2_receive(x4s_ike_xchg1 *parent, x4s_ike_message *message)
{
    if (message->header.message_id == 0)
        return x4c_ike_bad_message_id; /* req 2408-2.4-2 2408-5.2-7 */
    if (!x4_natt_admits(parent, message->link))
        return x4c_ike_bad_link;
    x4s_ike_xchg2 *known = x4_phase2_find(parent, message->header.message_id);
    x4e_ike_reason reason = known ? receive_known(known, message) : receive_first(parent, message);
    if (reason == x4c_ike_none)
        x4_protect_used(parent, message->raw.len - x4c_isakmp_header);
    return reason;
}

static bval commits(const x4s_ike_xchg2 *xchg)
{
    return xchg->base.role == x4c_ike_responder && xchg->neg->config->commit;
}

static x4e_ike_reason build_answer(x4s_ike_xchg *base, const x4s_ike_step *step,
                                   x4s_ike_build *build)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_ike_header header = {
        .exchange = x4c_exchange_quick,
        /* req 2408-3.1-5 2408-3.1-7 */
        .flags = x4c_flag_encryption | (commits(xchg) ? x4c_flag_commit : 0),
        .message_id = xchg->message_id,
    };
    memcpy(header.cookies, xchg->parent->cookies, sizeof(header.cookies)); /* req 2409-4-4 */
    x4_build_begin(build, build->w.base, build->w.size, &header);
    x4e_ike_reason reason = step->produce(base, build);
    /* req 2409-5.5-1 */
    return reason == x4c_ike_none ? x4_protect_seal(xchg->parent, xchg->neg->iv, build) : reason;
}

static const uint8_t *icookie(const x4s_ike_xchg *base)
{
    const x4s_ike_xchg2 *xchg = (const x4s_ike_xchg2 *)(const void *)base;
    return xchg->parent ? xchg->parent->cookies : NULL;
}

static bval send_datagram(x4s_ike_xchg *base, const x4s_net_link *link, const void *data,
                          size_t len)
{
    base->charon->stats->messages_out++;
    return base->charon->config.calls2->send(base->user, link, data, len);
}

static bval send_message(x4s_ike_xchg *base, const void *data, size_t len)
{
    const x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    bval answering = base->role == x4c_ike_responder && xchg->neg; /* req 3947-3-2 */
    return x4_fragment_send(xchg->parent, base, answering ? &xchg->neg->link : &xchg->parent->link,
                            data, len, send_datagram);
}

static bval resend_is_taken(const x4s_ike_xchg *base)
{
    return base->charon->config.calls2->resend != NULL;
}

static bval resend(x4s_ike_xchg *base, x4e_ike_resend cause, unsigned count)
{
    return base->charon->config.calls2->resend(base->user, cause, count);
}

/* -------------------------------------------------------------------------- life */

static void unhold(x4s_ike_xchg2 *xchg)
{
    if (!xchg->holds)
        return;
    xchg->holds = bfalse;
    x4_phase1_unhold(xchg->parent);
}

/* libike sees no traffic: the volume is told, and compared by who counts it. */
void x4_phase2_shorten(x4s_ike_xchg2 *xchg, const x4s_ike_lifetime *told)
{
    const x4s_ike_calls2 *calls = xchg->base.charon->config.calls2;
    bval in_time = x4_xchg_shorten(&xchg->base, told->sec);
    if ((in_time || told->kb) && calls->shortened)
        calls->shortened(xchg->base.user, x4_xchg_life_left(&xchg->base), told->kb);
}

static uint32_t life_sec(const x4s_ike_neg2 *neg) /* req 2407-4.5-2 */
{
    uint32_t offered = neg->choice.agreed.life_sec;
    return x4_lifetime_least(offered ? offered : x4c_life_default, neg->config->life_sec);
}

/* Once: the user may have been told of them before the exchange is complete. */
static x4e_ike_reason make_keys(x4s_ike_xchg2 *xchg)
{
    x4s_ike_neg2 *neg = xchg->neg;
    if (neg->keys)
        return x4c_ike_none;
    neg->keys = x4_alloc(xchg->base.charon->allocator, sizeof(*neg->keys));
    if (!neg->keys)
        return x4c_ike_no_memory;
    x4e_ike_reason reason = x4_quick_mode_keys(xchg, neg->keys);
    neg->keys->life_left_sec = life_sec(neg);
    return reason;
}

static x4e_ike_reason agreed(x4s_ike_xchg *base)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    const x4s_ike_calls2 *calls = base->charon->config.calls2;
    if (!calls->agreed)
        return x4c_ike_none;
    x4e_ike_reason reason = make_keys(xchg);
    if (reason == x4c_ike_none)
        calls->agreed(base->user, xchg->neg->keys);
    return reason;
}

static void established(x4s_ike_xchg *base)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_charon *charon = base->charon;
    const x4s_ike_config2 *config = xchg->neg->config;
    x4_xchg_live(base, config->soft_sec, life_sec(xchg->neg));
    enlist(xchg);
    charon->stats->completed2[base->role]++;

    uint8_t iv[x4c_cipher_block_max];
    bval confirm = commits(xchg);
    memcpy(iv, xchg->neg->iv, sizeof(iv));
    x4s_ike_keys2 keys = {0};
    x4e_ike_reason reason = make_keys(xchg);
    if (reason == x4c_ike_none)
        keys = *xchg->neg->keys;
    x4_work_free(base); /* req 2409-3.3-2 2409-8-1 */
    free_neg(xchg);
    unhold(xchg);
    if (reason == x4c_ike_none)
        charon->config.calls2->completed(base->user, &keys);
    else
        x4_xchg_dispose(base, reason, btrue);
    x4_wipe(&keys, sizeof(keys));
    if (confirm && base->state == x4c_state_established)
        x4_connected_send(xchg, iv);
}

/* Whether there is an SPI for each part, and for no other. */
static bval are_of(const x4s_ike_transform2 *t, const x4s_ike_spis *spis)
{
    for (unsigned part = 0; part < x4c_part_count; part++)
        if (x4_proposal2_has(t, part) ? spis->of[part] < x4c_spi_first : spis->of[part] != 0)
            return bfalse;
    return btrue;
}

bval x4_phase2_resume(x4s_ike_xchg1 *parent, const x4s_ike_config2 *config)
{
    x4s_charon *charon = parent->base.charon;
    const x4s_ike_keys2 *keys = config->resume;
    const x4s_ike_spis in = {{keys->in.spi, keys->ah_in.spi, keys->cpi_in}};
    const x4s_ike_spis out = {{keys->out.spi, keys->ah_out.spi, keys->cpi_out}};
    if (!x4_proposal2_exists(&keys->transform) || !are_of(&keys->transform, &in) ||
        !are_of(&keys->transform, &out) ||
        (keys->message_id && x4_phase2_find(parent, keys->message_id)))
        return bfalse;
    x4s_ike_xchg2 *xchg = x4_alloc(charon->allocator, sizeof(*xchg));
    if (!xchg)
        return bfalse;
    xchg->base.charon = charon;
    if (!x4_spis_expect(xchg, &in)) {
        release(&xchg->base);
        return bfalse;
    }
    x4_spis_agree(xchg, &out);
    x4_xchg_begin(&xchg->base, charon, &phase2_kind, x4_quick_mode_initiator, keys->role,
                  config->userdata);
    x4_engine_cancel(charon, &xchg->base.life);
    xchg->base.state = x4c_state_established;
    xchg->protocol = x4_proposal2_protocol(&keys->transform, x4c_part_main);
    join(xchg, parent, keys->message_id);
    enlist(xchg);
    if (keys->message_id)
        x4_message_id_take(parent, keys->message_id, bfalse);
    x4_xchg_live(&xchg->base, config->soft_sec,
                 x4_lifetime_least(keys->life_left_sec, config->life_sec));
    charon->config.calls2->initiated(xchg->base.user, xchg);
    return btrue;
}

static void aging(x4s_ike_xchg *base)
{
    const x4s_ike_calls2 *calls = base->charon->config.calls2;
    if (calls->aging)
        calls->aging(base->user);
}

static void tell_error(x4s_ike_xchg *base, uint16_t notify)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    if (xchg->parent->base.state == x4c_state_established)
        x4_inform_error2(xchg->parent, xchg->message_id, xchg->protocol, xchg->spi_out, notify);
}

/* The ISAKMP SA that is left for talking about an SA, or NULL. */
static x4s_ike_xchg1 *speaker(x4s_ike_xchg2 *xchg)
{
    if (xchg->parent && xchg->parent->base.state == x4c_state_established)
        return xchg->parent;
    return x4_phase1_of_peer(xchg->base.charon, xchg->peer, x4_phase2_place(xchg), NULL);
}

static void tell_delete(x4s_ike_xchg *base)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_ike_xchg1 *through = speaker(xchg);
    if (through)
        x4_inform_delete2(through, xchg);
}

static void leave(x4s_ike_xchg *base, x4e_ike_state was, x4e_ike_reason reason)
{
    x4s_ike_xchg2 *xchg = x4_phase2_of(base);
    x4s_charon *charon = base->charon;
    if (xchg->message_id)
        x4_table_remove(&charon->by_message, &xchg->by_message);
    if (was == x4c_state_established) {
        x4_spis_delist(xchg);
        charon->stats->phase2--;
    }
    charon->stats->disposed2[reason]++;
    unhold(xchg);
    x4_list_remove(&xchg->sibling);
    x4_list_append(&charon->dead, &base->dead);
}

static void disposed(x4s_ike_xchg *base, x4e_ike_reason reason)
{
    base->charon->config.calls2->disposed(base->user, reason);
}

static const x4s_ike_kind phase2_kind = {
    .name = "ph2",
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
