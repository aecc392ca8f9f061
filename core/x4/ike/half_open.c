/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/half_open.h"

#include <string.h>

#include "x4/ike/admission.h"
#include "x4/ike/events.h"
#include "x4/ike/inform.h"
#include "x4/ike/natt.h"
#include "x4/ike/negotiate.h"
#include "x4/ike/phase1.h"
#include "x4/ike/proposal1.h"
#include "x4/ike/vendor.h"

#define SHORTEST 10 /* of half_open_ms, when all slots are used */

/* Optional in every message of phase 1; what we do not know is ignored (RFC 2408 5.3 ff.). */
#define EXTRAS                                                                                     \
    (x4m_bit(x4c_payload_vid) | x4m_bit(x4c_payload_notify) | x4m_bit(x4c_payload_cert) |          \
     x4m_bit(x4c_payload_cr))

static const x4s_ike_shape first_message = {
    .required = x4m_bit(x4c_payload_sa), /* req 2409-5-12 */
    .optional = EXTRAS,                  /* req 2408-3.9-2 2408-3.10-2 */
    .repeated = EXTRAS,
};

typedef struct x4s_packet_key {
    const x4s_net_link *link;
    uint64_t digest;
} x4s_packet_key;

static bval same_packet(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_half_open *slot = x4m_container_const(entry, x4s_ike_half_open, by_packet);
    const x4s_packet_key *packet = key;
    return slot->digest == packet->digest && x4_net_link_equal(&slot->net, packet->link);
}

static bval same_cookies(const x4s_table_link *entry, const void *key)
{
    const x4s_ike_half_open *slot = x4m_container_const(entry, x4s_ike_half_open, by_cookies);
    return memcmp(slot->cookies, key, sizeof(slot->cookies)) == 0;
}

static x4s_ike_half_open *first_of(const x4s_list *list)
{
    return x4m_container(list->next, x4s_ike_half_open, link);
}

void x4_half_open_free(x4s_ike_half_open *slot)
{
    x4s_charon *charon = slot->charon;
    x4_engine_cancel(charon, &slot->timer);
    x4_list_remove(&slot->link);
    x4_table_remove(&charon->half_open_by_packet, &slot->by_packet);
    x4_table_remove(&charon->half_open_by_cookies, &slot->by_cookies);
    x4_crowd_leave(charon, &slot->place);
    charon->young_count -= slot->young;
    charon->stats->half_open--;
    x4_free(charon->allocator, slot, sizeof(*slot) + slot->sa_len);
}

void x4_half_open_clear(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->half_open))
        x4_half_open_free(first_of(&charon->half_open));
    while (!x4_list_empty(&charon->young))
        x4_half_open_free(first_of(&charon->young));
}

static void forget(x4s_ike_timer *timer)
{
    x4_half_open_free(x4m_container(timer, x4s_ike_half_open, timer));
}

static void answer(x4s_ike_half_open *slot, const x4s_ike_offered *chosen)
{
    x4s_charon *charon = slot->charon;
    uint8_t buffer[x4c_limit_message_out];
    x4s_ike_header header = {.exchange = x4c_exchange_main};
    x4s_ike_build build;
    memcpy(header.cookies, slot->cookies, sizeof(header.cookies));
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_sa_answer(&build, chosen, (x4s_chunk){0}); /* req 2409-5-6 */
    x4_vendor_announce(&build, slot->common);
    if (!x4_build_end(&build, 0))
        return;
    slot->answers++;
    slot->answered_at = charon->now;
    charon->stats->messages_out++;
    x4_admission_out(charon, x4c_exchange_main, x4_writer_len(&build.w));
    /* req 3947-3-2 */
    charon->config.send(charon->config.userdata, &slot->net, buffer, x4_writer_len(&build.w));
}

static x4e_ike_reason answer_again(x4s_ike_half_open *slot)
{
    x4s_charon *charon = slot->charon;
    bval soon = charon->now - slot->answered_at < charon->config.timing.duplicate_ms;
    x4s_ike_offers offers;
    if (soon || slot->answers > x4c_limit_half_open_answers ||
        x4_sa_parse((x4s_chunk){slot->sa_body, slot->sa_len}, &offers) != x4c_ike_none)
        return x4c_ike_duplicate;
    charon->stats->duplicates_answered++;
    answer(slot, &offers.list[slot->chosen]);
    return x4c_ike_duplicate;
}

static void let_grow_up(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->young)) {
        x4s_ike_half_open *slot = first_of(&charon->young);
        if (charon->now - slot->made_at < x4c_limit_young_ms)
            return;
        x4_list_remove(&slot->link);
        x4_list_append(&charon->half_open, &slot->link);
        slot->young = bfalse;
        charon->young_count--;
    }
}

/* Young slots stay, so there is room for so many as are not young. */
static bval is_let_in(x4s_charon *charon, const x4s_ike_message *message)
{
    let_grow_up(charon);
    const uint32_t limit = charon->config.limits.half_open;
    const x4s_ike_room room = {limit, limit - charon->young_count};
    return x4_admission_first(charon, message, &room, 1);
}

static void give_way(x4s_charon *charon) /* req 2408-1.7.1-1 */
{
    charon->stats->refused[x4c_ike_crowded_out]++;
    x4_half_open_free(first_of(&charon->half_open));
}

/* How long a slot lives by now. */
static x4_msec patience(const x4s_charon *charon)
{
    uint64_t limit = charon->config.limits.half_open;
    uint64_t left = limit - charon->half_open_by_packet.count;
    x4_msec whole = charon->config.timing.half_open_ms;
    return x4m_max(x4m_min(whole * 2 * left / limit, whole), whole / SHORTEST);
}

/*
 * What is forgotten early here was made once: no more in all than there were messages. One that was
 * let in finds a slot that is not young where all are used.
 */
static void make_room(x4s_charon *charon)
{
    while (!x4_list_empty(&charon->half_open) &&
           charon->now - first_of(&charon->half_open)->made_at > patience(charon))
        give_way(charon);
    if (charon->half_open_by_packet.count >= charon->config.limits.half_open)
        give_way(charon);
}

static x4s_ike_half_open *new_slot(x4s_charon *charon, const x4s_ike_message *message, x4s_chunk sa)
{
    x4s_ike_half_open *slot = x4_alloc(charon->allocator, sizeof(*slot) + sa.len);
    if (!slot)
        return NULL;
    memcpy(slot->cookies, message->header.cookies, sizeof(slot->cookies));
    if (!x4_engine_cookie(charon, x4c_ike_responder, slot->cookies + x4c_isakmp_cookie)) {
        x4_free(charon->allocator, slot, sizeof(*slot) + sa.len);
        return NULL;
    }
    slot->charon = charon;
    slot->made_at = charon->now;
    slot->net = *message->link;
    slot->digest = message->digest;
    slot->sa_len = (uint16_t)sa.len;
    memcpy(slot->sa_body, sa.data, sa.len);
    return slot;
}

static void keep(x4s_ike_half_open *slot)
{
    x4s_charon *charon = slot->charon;
    x4_table_insert(&charon->half_open_by_packet, &slot->by_packet, slot->digest);
    x4_table_insert(&charon->half_open_by_cookies, &slot->by_cookies,
                    x4_engine_hash(charon, slot->cookies, sizeof(slot->cookies)));
    x4_list_append(&charon->young, &slot->link);
    slot->young = btrue;
    charon->young_count++;
    slot->timer.fire = forget;
    x4_engine_set(charon, &slot->timer, charon->config.timing.half_open_ms);
    charon->stats->half_open++;
}

static x4e_ike_reason first(x4s_charon *charon, const x4s_ike_message *message)
{
    x4s_chunk sa = x4_message_body(message, x4c_payload_sa);
    x4s_ike_offers offers;
    if (sa.len > x4c_limit_sa_body)
        return x4c_ike_too_large;
    x4e_ike_reason reason = x4_sa_parse(sa, &offers);
    if (reason != x4c_ike_none)
        return reason;

    x4s_ike_transform1 offered[x4c_limit_transforms];
    x4s_ike_offer1 offer = {.link = message->link, .transforms = offered};
    reason = x4_proposal1_understood(&offers, offered, &offer.transform_count);
    if (reason != x4c_ike_none)
        return reason;
    const x4s_ike_config1 *config = charon->config.calls1->policy(charon->config.userdata, &offer);
    if (!config)
        return x4c_ike_no_policy;
    if (!x4_phase1_usable(charon, config, x4c_ike_responder))
        return x4c_ike_bad_config;
    x4s_ike_transform1 agreed;
    const x4s_ike_offered *chosen;
    reason = x4_proposal1_select(config, &offers, &agreed, &chosen);
    if (reason != x4c_ike_none)
        return reason;

    make_room(charon);
    x4s_ike_half_open *slot = new_slot(charon, message, sa);
    if (!slot)
        return x4c_ike_no_memory;
    reason = x4_crowd_join(charon, &message->link->remote, &slot->place, btrue);
    if (reason != x4c_ike_none) {
        x4_free(charon->allocator, slot, sizeof(*slot) + sa.len);
        return reason;
    }
    uint32_t common = x4_neg_common(charon, config, &agreed, x4_vendor_abilities(charon, message));
    slot->agreed = agreed;
    slot->common =
        x4_vendor_fitting(common, message->raw.len - x4c_isakmp_header - x4_sa_answer_size(chosen));
    slot->fragments = config->fragmentation != x4c_ike_fragment_no;
    slot->chosen = (uint16_t)(chosen - offers.list);
    keep(slot);
    answer(slot, chosen);
    return x4c_ike_none;
}

x4e_ike_reason x4_half_open_receive(x4s_charon *charon, x4s_ike_message *message)
{
    x4_admission_in(charon, x4c_exchange_main, message->raw.len);
    const x4s_packet_key key = {message->link, message->digest};
    x4s_table_link *known =
        x4_table_find(&charon->half_open_by_packet, message->digest, same_packet, &key);
    if (known)
        return answer_again(x4m_container(known, x4s_ike_half_open, by_packet));
    if (message->header.flags & x4c_flag_encryption)
        return x4c_ike_bad_flags;
    if (!is_let_in(charon, message))
        return x4c_ike_crowded_all;

    x4e_ike_reason reason = x4_message_clear(message);
    if (reason == x4c_ike_none)
        reason = x4_message_fits(message, &first_message);
    if (reason == x4c_ike_none)
        reason = first(charon, message);
    x4_inform_refuse_unknown(charon, message, reason);
    return reason;
}

x4s_ike_half_open *x4_half_open_find(x4s_charon *charon, const x4s_ike_message *message)
{
    const uint8_t *cookies = message->header.cookies;
    x4s_table_link *entry = x4_table_find(&charon->half_open_by_cookies,
                                          x4_engine_hash(charon, cookies, 2 * x4c_isakmp_cookie),
                                          same_cookies, cookies);
    return entry ? x4m_container(entry, x4s_ike_half_open, by_cookies) : NULL;
}
