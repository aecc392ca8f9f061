/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/transaction.h"

#include <string.h>

#include "x4/crypto/hash.h"
#include "x4/ike/attributes.h"
#include "x4/ike/keymat.h"
#include "x4/ike/natt.h"
#include "x4/ike/outbox.h"
#include "x4/ike/protect.h"
#include "x4/ike/xauth.h"

/*
 *     Initiator                          Responder
 *     HDR*, HASH, ATTR           -->
 *                                <--     HDR*, HASH, ATTR
 *
 * Both hashes are prf(SKEYID_a, M-ID | ATTR).
 */

#define ATTRIBUTE_MIN 4                           /* bytes: type, and length or value */
#define BODY_MAX      (x4c_limit_message_out / 2) /* bytes of attributes of ours */

static const x4s_ike_kind transaction_kind;

#define EXTRAS (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify))
#define SHAPE                                                                                      \
    {                                                                                              \
        .required = x4m_bit(x4c_payload_hash) | x4m_bit(x4c_payload_attributes),                   \
        .optional = EXTRAS, .repeated = EXTRAS                                                     \
    }

static x4s_ike_transaction *of(x4s_ike_xchg *base)
{
    return (x4s_ike_transaction *)(void *)base;
}

/* -------------------------------------------------------------------------- attributes */

/* The body of an attribute payload: type, reserved, identifier, attributes. */
typedef struct x4s_cfg_payload {
    uint8_t type;
    uint16_t identifier;
    x4s_ike_cfg_item items[x4c_ike_cfg_max];
    size_t count;
} x4s_cfg_payload;

/* Some peers pad the attributes to a multiple of four bytes, inside of the payload. */
static bval is_padding(x4s_chunk rest)
{
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i])
            return bfalse;
    return btrue;
}

static bval parse(x4s_chunk body, x4s_cfg_payload *payload)
{
    x4s_reader r = x4_reader(body.data, body.len);
    x4s_ike_attr attr;
    payload->type = x4_reader_u8(&r);
    (void)x4_reader_u8(&r);
    payload->identifier = x4_reader_u16(&r);
    payload->count = 0;
    while (x4_reader_left(&r) >= ATTRIBUTE_MIN && x4_attr_next(&r, &attr)) {
        if (payload->count == x4c_ike_cfg_max)
            return bfalse;
        payload->items[payload->count++] = (x4s_ike_cfg_item){attr.type, attr.basic, attr.value};
    }
    x4s_chunk rest = x4_reader_rest(&r);
    return !r.failed && is_padding(rest);
}

static bval write_items(x4s_writer *w, const x4s_ike_cfg *cfg)
{
    for (size_t i = 0; i < cfg->count; i++) {
        const x4s_ike_cfg_item *item = &cfg->items[i];
        if (item->basic && item->value.len != sizeof(uint16_t))
            return bfalse;
        x4_attr_put_raw(w, item->type, item->basic, item->value);
    }
    return !w->failed && cfg->count <= x4c_ike_cfg_max;
}

/* -------------------------------------------------------------------------- messages */

static x4e_ike_reason produce(x4s_ike_xchg *base, x4s_ike_build *build)
{
    x4s_ike_transaction *transaction = of(base);
    x4s_ike_xchg1 *parent = transaction->parent;
    size_t size = x4_hash_size(parent->suite.hash);
    x4_build_payload(build, x4c_payload_hash);
    size_t hash_at = x4_writer_len(&build->w);
    x4_writer_zeros(&build->w, size);
    x4_build_payload(build, x4c_payload_attributes);
    x4_writer_u8(&build->w, transaction->type);
    x4_writer_u8(&build->w, 0);
    x4_writer_u16(&build->w, transaction->identifier);
    x4_writer_bytes(&build->w, transaction->body, transaction->body_len);
    x4_build_close(build);
    if (build->w.failed)
        return x4c_ike_too_long;
    const x4s_chunk rest = {build->w.base + hash_at + size,
                            x4_writer_len(&build->w) - hash_at - size};
    return x4_keymat_hash(parent, transaction->message_id, (x4s_chunk){0}, rest,
                          build->w.base + hash_at)
               ? x4c_ike_none
               : x4c_ike_crypto_failed;
}

/* The answer to ours. */
static x4e_ike_reason consume_answer(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4s_ike_transaction *transaction = of(base);
    x4s_cfg_payload payload;
    x4e_ike_reason reason = x4_keymat_verify(transaction->parent, message);
    if (reason != x4c_ike_none)
        return reason;
    if (!parse(x4_message_body(message, x4c_payload_attributes), &payload))
        return x4c_ike_malformed;
    if (payload.type != transaction->type + 1)
        return x4c_ike_bad_response;
    x4_phase1_heard(transaction->parent, message->link);
    const x4s_ike_cfg answer = {payload.items, payload.count};
    x4f_transaction_end end = transaction->end;
    transaction->end = NULL;
    if (base->state != x4c_state_dead)
        end(transaction->parent, &answer);
    return x4c_ike_none;
}

/* What it asks was looked at before there was an exchange. */
static x4e_ike_reason consume_question(x4s_ike_xchg *base, const x4s_ike_message *message)
{
    x4_phase1_heard(of(base)->parent, message->link);
    return x4c_ike_none;
}

static const x4s_ike_step initiator[] = {
    {.name = "transaction 1", .produce = produce, .answer_encrypted = btrue, .awaited = btrue},
    {.name = "transaction 2",
     .encrypted = btrue,
     .shape = SHAPE,
     .consume = consume_answer,
     .last = btrue},
};

static const x4s_ike_step responder[] = {
    {.name = "transaction 1",
     .encrypted = btrue,
     .shape = SHAPE,
     .consume = consume_question,
     .produce = produce,
     .answer_encrypted = btrue,
     .last = btrue},
};

/* -------------------------------------------------------------------------- making */

static void release(x4s_ike_xchg *base)
{
    x4s_ike_transaction *transaction = of(base);
    x4_free(base->charon->allocator, transaction, sizeof(*transaction) + transaction->body_len);
}

/* The oldest that are only kept for repetitions give way. */
static bval make_room(x4s_ike_xchg1 *parent)
{
    if (parent->transaction_count < x4c_limit_transactions)
        return btrue;
    x4m_list_each(link, &parent->transactions)
    {
        x4s_ike_transaction *old = x4m_container(link, x4s_ike_transaction, sibling);
        if (old->base.state != x4c_state_established)
            continue;
        x4_xchg_dispose(&old->base, x4c_ike_crowded_out, bfalse);
        return btrue;
    }
    return bfalse;
}

static x4s_ike_transaction *make(x4s_ike_xchg1 *parent, uint32_t message_id, x4e_ike_role role,
                                 x4e_ike_cfg type, const x4s_ike_cfg *attributes)
{
    x4s_charon *charon = parent->base.charon;
    uint8_t body[BODY_MAX];
    x4s_writer w = x4_writer(body, sizeof(body));
    if (!write_items(&w, attributes) || !make_room(parent))
        return NULL;
    x4s_ike_transaction *transaction =
        x4_alloc(charon->allocator, sizeof(*transaction) + x4_writer_len(&w));
    if (!transaction)
        return NULL;
    transaction->parent = parent;
    transaction->message_id = message_id;
    transaction->identifier = (uint16_t)message_id;
    transaction->type = (uint8_t)type;
    transaction->body_len = (uint16_t)x4_writer_len(&w);
    memcpy(transaction->body, body, transaction->body_len);
    x4_xchg_begin(&transaction->base, charon, &transaction_kind,
                  role == x4c_ike_initiator ? initiator : responder, role, NULL);
    x4_list_append(&parent->transactions, &transaction->sibling);
    parent->transaction_count++;
    return transaction;
}

bval x4_transaction_begin(x4s_ike_xchg1 *parent, x4e_ike_cfg type, const x4s_ike_cfg *attributes,
                          x4f_transaction_end end, uint32_t patience_ms)
{
    uint32_t message_id = x4_message_id_new(parent);
    x4s_ike_transaction *transaction =
        message_id ? make(parent, message_id, x4c_ike_initiator, type, attributes) : NULL;
    if (!transaction)
        return bfalse;
    transaction->patient = patience_ms != 0;
    if (transaction->patient)
        x4_engine_set(parent->base.charon, &transaction->base.life, patience_ms);
    if (!x4_protect_iv(parent, message_id, transaction->iv)) {
        x4_xchg_dispose(&transaction->base, x4c_ike_crypto_failed, bfalse);
        return bfalse;
    }
    transaction->end = end;
    x4_xchg_start(&transaction->base);
    return btrue;
}

static void configured(x4s_ike_xchg1 *parent, const x4s_ike_cfg *answer)
{
    parent->base.charon->config.calls1->configured(parent->base.user, answer);
}

bval x4_transaction_configure(x4s_ike_xchg1 *parent, const x4s_ike_mode_config *mode_config)
{
    bval known = mode_config->type == x4c_ike_cfg_request || mode_config->type == x4c_ike_cfg_set;
    return known && parent->base.charon->config.calls1->configured &&
           x4_transaction_begin(parent, mode_config->type, &mode_config->attributes, configured, 0);
}

/* -------------------------------------------------------------------------- receiving */

static x4s_ike_transaction *find(const x4s_ike_xchg1 *parent, uint32_t message_id)
{
    x4m_list_each(link, &parent->transactions)
    {
        x4s_ike_transaction *transaction = x4m_container(link, x4s_ike_transaction, sibling);
        if (transaction->message_id == message_id)
            return transaction;
    }
    return NULL;
}

static x4e_ike_reason receive_known(x4s_ike_transaction *transaction, x4s_ike_message *message)
{
    x4s_ike_xchg *base = &transaction->base;
    uint8_t plain[x4c_limit_message_in];
    x4e_ike_reason reason = x4_xchg_duplicate(base, message->digest);
    if (reason != x4c_ike_none)
        return reason;
    if (base->state != x4c_state_awaiting)
        return x4c_ike_unexpected_message;
    reason = x4_protect_open(transaction->parent, transaction->iv, message, plain);
    return reason == x4c_ike_none ? x4_xchg_receive(base, message) : reason;
}

/* Whether the peer may ask or push this now. */
static x4e_ike_reason admit(const x4s_ike_xchg1 *parent, const x4s_cfg_payload *payload)
{
    const x4s_ike_cfg asked = {payload->items, payload->count};
    if (payload->type != x4c_ike_cfg_request && payload->type != x4c_ike_cfg_set)
        return x4c_ike_unexpected_message;
    bval timely = parent->open || x4_xauth_expects(parent, payload->type, &asked);
    return timely ? x4c_ike_none : x4c_ike_not_established;
}

/* What the peer asks or pushes, for the user to answer. */
static x4e_ike_reason answer(x4s_ike_xchg1 *parent, const x4s_cfg_payload *payload,
                             x4s_ike_cfg *reply)
{
    const x4s_ike_calls1 *calls = parent->base.charon->config.calls1;
    const x4s_ike_cfg asked = {payload->items, payload->count};
    if (!parent->open) {
        x4_xauth_respond(parent, payload->type, &asked, reply);
        return x4c_ike_none;
    }
    if (!calls->configure)
        return x4c_ike_config_refused;
    static const x4e_ike_reason reasons[] = {
        [x4c_ike_configure_refused] = x4c_ike_config_refused,
        [x4c_ike_configure_answered] = x4c_ike_none,
        [x4c_ike_configure_later] = x4c_ike_config_later,
    };
    return reasons[calls->configure(parent->base.user, payload->type, &asked, reply)];
}

static x4e_ike_reason respond(x4s_ike_xchg1 *parent, const x4s_ike_message *message)
{
    x4s_cfg_payload payload;
    x4s_ike_cfg reply = {0};
    if (!parse(x4_message_body(message, x4c_payload_attributes), &payload))
        return x4c_ike_malformed;
    x4e_ike_reason reason = admit(parent, &payload);
    if (reason != x4c_ike_none)
        return reason;
    reason = answer(parent, &payload, &reply);
    if (reason == x4c_ike_config_later)
        return reason;
    x4_message_id_take(parent, message->header.message_id, bfalse);
    if (reason != x4c_ike_none || parent->base.state == x4c_state_dead)
        return reason;
    x4s_ike_transaction *transaction =
        make(parent, message->header.message_id, x4c_ike_responder,
             payload.type == x4c_ike_cfg_request ? x4c_ike_cfg_reply : x4c_ike_cfg_ack, &reply);
    if (!transaction)
        return x4c_ike_no_memory;
    transaction->identifier = payload.identifier;
    memcpy(transaction->iv, message->iv, sizeof(transaction->iv));
    reason = x4_xchg_receive(&transaction->base, message);
    x4_xauth_settle(parent);
    return reason;
}

static x4e_ike_reason receive_first(x4s_ike_xchg1 *parent, x4s_ike_message *message)
{
    static const x4s_ike_shape shape = SHAPE;
    uint8_t plain[x4c_limit_message_in];
    uint8_t iv[x4c_cipher_block_max];
    if (!x4_protect_iv(parent, message->header.message_id, iv))
        return x4c_ike_crypto_failed;
    x4e_ike_reason reason = x4_protect_open(parent, iv, message, plain);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &shape);
    if (reason == x4c_ike_none)
        reason = x4_keymat_verify(parent, message);
    if (reason == x4c_ike_none && x4_message_id_used(parent, message->header.message_id))
        reason = x4c_ike_replayed;
    return reason == x4c_ike_none ? respond(parent, message) : reason;
}

x4e_ike_reason x4_transaction_receive(x4s_ike_xchg1 *parent, x4s_ike_message *message)
{
    if (parent->base.state == x4c_state_dead)
        return x4c_ike_unknown_sa;
    if (message->header.message_id == 0)
        return x4c_ike_bad_message_id;
    if (!x4_natt_admits(parent, message->link))
        return x4c_ike_bad_link;
    if (parent->base.state != x4c_state_established)
        return x4c_ike_not_established;
    x4s_ike_transaction *known = find(parent, message->header.message_id);
    x4e_ike_reason reason = known ? receive_known(known, message) : receive_first(parent, message);
    if (reason == x4c_ike_none)
        x4_protect_used(parent, message->raw.len - x4c_isakmp_header);
    return reason;
}

/* -------------------------------------------------------------------------- life */

static x4e_ike_reason build_message(x4s_ike_xchg *base, const x4s_ike_step *step,
                                    x4s_ike_build *build)
{
    x4s_ike_transaction *transaction = of(base);
    x4s_ike_header header = {.exchange = x4c_exchange_transaction,
                             .flags = x4c_flag_encryption,
                             .message_id = transaction->message_id};
    memcpy(header.cookies, transaction->parent->cookies, sizeof(header.cookies));
    x4_build_begin(build, build->w.base, build->w.size, &header);
    x4e_ike_reason reason = step->produce(base, build);
    return reason == x4c_ike_none ? x4_protect_seal(transaction->parent, transaction->iv, build)
                                  : reason;
}

static bval send_message(x4s_ike_xchg *base, const void *data, size_t len)
{
    x4s_ike_xchg1 *parent = of(base)->parent;
    return x4_phase1_send(parent, &parent->link, data, len);
}

static bval resend_is_taken(const x4s_ike_xchg *base)
{
    return ((const x4s_ike_transaction *)(const void *)base)->patient;
}

/* At the first interval, at twice that, and so on; it is over when the exchange's time is. */
static bval resend(x4s_ike_xchg *base, x4e_ike_resend cause, unsigned count)
{
    (void)cause;
    (void)count;
    x4s_ike_transaction *transaction = of(base);
    uint32_t asked = ++transaction->asked;
    return (asked & (asked - 1)) == 0;
}

/* Ours is over with its answer; the peer's is kept to answer it again. */
static void established(x4s_ike_xchg *base)
{
    if (base->role == x4c_ike_initiator) {
        x4_xchg_dispose(base, x4c_ike_none, bfalse);
        return;
    }
    x4_xchg_live(base, 0, base->charon->config.timing.reply_kept_ms / 1000 + 1);
}

static void aging(x4s_ike_xchg *base)
{
    (void)base;
}

static void tell_error(x4s_ike_xchg *base, uint16_t notify)
{
    (void)base;
    (void)notify;
}

static void tell_delete(x4s_ike_xchg *base)
{
    (void)base;
}

static void leave(x4s_ike_xchg *base, x4e_ike_state was, x4e_ike_reason reason)
{
    x4s_ike_transaction *transaction = of(base);
    (void)was;
    (void)reason;
    x4_list_remove(&transaction->sibling);
    transaction->parent->transaction_count--;
    x4_list_append(&base->charon->dead, &base->dead);
}

static void disposed(x4s_ike_xchg *base, x4e_ike_reason reason)
{
    x4s_ike_transaction *transaction = of(base);
    x4f_transaction_end end = transaction->end;
    (void)reason;
    if (end && transaction->parent->base.state != x4c_state_dead)
        end(transaction->parent, NULL);
}

void x4_transaction_end_all(x4s_ike_xchg1 *parent)
{
    while (!x4_list_empty(&parent->transactions)) {
        x4s_list *link = parent->transactions.next;
        x4_xchg_dispose(&x4m_container(link, x4s_ike_transaction, sibling)->base,
                        x4c_ike_terminated, bfalse);
    }
}

static const uint8_t *icookie(const x4s_ike_xchg *base)
{
    return ((const x4s_ike_transaction *)(const void *)base)->parent->cookies;
}

static const x4s_ike_kind transaction_kind = {
    .name = "transaction",
    .icookie = icookie,
    .build = build_message,
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
