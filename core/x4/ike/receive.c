/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/receive.h"

#include <string.h>

#include "x4/ike/aggressive_mode.h"
#include "x4/ike/events.h"
#include "x4/ike/fragment.h"
#include "x4/ike/inform.h"
#include "x4/ike/main_mode.h"
#include "x4/ike/new_group.h"
#include "x4/ike/transaction.h"

#define KNOWN_FLAGS (x4c_flag_encryption | x4c_flag_commit | x4c_flag_auth_only)

static bval is_zero(const uint8_t *cookie)
{
    static const uint8_t zero[x4c_isakmp_cookie];
    return memcmp(cookie, zero, sizeof(zero)) == 0;
}

/* The exchange of ours that waits for the responder's cookie, which this message may bring. */
static x4s_ike_xchg1 *awaiting_cookie(x4s_charon *charon, const x4s_ike_message *message)
{
    uint8_t cookies[2 * x4c_isakmp_cookie] = {0};
    memcpy(cookies, message->header.cookies, x4c_isakmp_cookie);
    return x4_phase1_find(charon, cookies);
}

/* A second message with our cookie in it: the peer receives at its address. */
static x4e_ike_reason promote(x4s_charon *charon, x4s_ike_message *message)
{
    x4s_ike_half_open *slot = x4_half_open_find(charon, message);
    if (!slot)
        return x4c_ike_unknown_sa;
    if (!x4_net_link_equal(&slot->net, message->link))
        return x4c_ike_bad_link; /* req 2408-2.5.3-1 2408-5.2-2 */
    x4e_ike_reason reason = x4_main_mode_check_3(message, slot->agreed.group);
    if (reason != x4c_ike_none)
        return reason;
    x4s_ike_xchg1 *xchg = x4_phase1_promote(charon, slot, &reason);
    return xchg ? x4_phase1_receive(xchg, message) : reason;
}

static x4e_ike_reason receive_main(x4s_charon *charon, x4s_ike_message *message)
{
    if (message->header.message_id != 0)
        return x4c_ike_bad_message_id; /* req 2409-4-1 2408-2.4-4 2408-3.1-10 2408-5.2-7 */
    if (is_zero(message->header.cookies + x4c_isakmp_cookie))
        return x4_half_open_receive(charon, message);
    x4s_ike_xchg1 *xchg = x4_phase1_find(charon, message->header.cookies);
    if (!xchg)
        xchg = awaiting_cookie(charon, message);
    if (!xchg)
        return promote(charon, message);
    return x4_phase1_receive(xchg, message);
}

static x4e_ike_reason receive_aggressive(x4s_charon *charon, x4s_ike_message *message)
{
    if (message->header.message_id != 0)
        return x4c_ike_bad_message_id; /* req 2409-4-1 2408-2.4-4 2408-3.1-10 2408-5.2-7 */
    if (is_zero(message->header.cookies + x4c_isakmp_cookie))
        return x4_aggressive_mode_first(charon, message);
    x4s_ike_xchg1 *xchg = x4_phase1_find(charon, message->header.cookies);
    if (!xchg)
        xchg = awaiting_cookie(charon, message);
    return xchg ? x4_phase1_receive(xchg, message) : x4c_ike_unknown_sa;
}

/* Under an ISAKMP SA, if the peer is right in that it is there. */
static x4e_ike_reason receive_under(x4s_charon *charon, x4s_ike_message *message,
                                    x4e_ike_reason (*receive)(x4s_ike_xchg1 *xchg,
                                                              x4s_ike_message *message))
{
    x4s_ike_xchg1 *xchg = x4_phase1_find(charon, message->header.cookies);
    if (!xchg)
        return x4c_ike_unknown_sa; /* req 2408-5.2-2 */
    x4e_ike_reason reason = receive(xchg, message);
    if (reason == x4c_ike_not_established)
        x4_phase1_remind(xchg);
    return reason;
}

static x4e_ike_reason receive_quick(x4s_charon *charon, x4s_ike_message *message)
{
    return receive_under(charon, message, x4_phase2_receive);
}

static x4e_ike_reason receive_transaction(x4s_charon *charon, x4s_ike_message *message)
{
    return receive_under(charon, message, x4_transaction_receive);
}

static x4e_ike_reason receive_new_group(x4s_charon *charon, x4s_ike_message *message)
{
    return receive_under(charon, message, x4_new_group_receive);
}

/* req 2409-4-19 2408-1.4.2-1 2408-1.6.2-1 2408-4.1-2 2408-4.1-3 2408-5.2-5 */
static const struct {
    uint8_t exchange;
    x4e_ike_reason (*receive)(x4s_charon *charon, x4s_ike_message *message);
} exchanges[] = {
    {x4c_exchange_main, receive_main},           {x4c_exchange_aggressive, receive_aggressive},
    {x4c_exchange_quick, receive_quick},         {x4c_exchange_transaction, receive_transaction},
    {x4c_exchange_new_group, receive_new_group}, {x4c_exchange_informational, x4_inform_receive},
};

static x4e_ike_reason receive_whole(x4s_charon *charon, x4s_ike_message *message)
{
    message->digest = x4_engine_hash(charon, message->raw.data, message->raw.len);
    for (size_t i = 0; i < x4m_countof(exchanges); i++)
        if (exchanges[i].exchange == message->header.exchange)
            return exchanges[i].receive(charon, message);
    return x4c_ike_bad_exchange;
}

/* The message is of the exchange that its fragments were of. */
static x4e_ike_reason receive_fragment(x4s_charon *charon, x4s_ike_message *message)
{
    uint8_t buffer[x4c_limit_message_in];
    x4s_ike_message whole = {.link = message->link, .raw.data = buffer};
    x4e_ike_reason reason = x4_fragment_take(charon, message, buffer, &whole.raw.len);
    if (reason != x4c_ike_none || whole.raw.len == 0)
        return reason;
    const x4s_trace_field fields[] = {
        {.key = "icookie",
         .kind = x4c_trace_bytes,
         .bytes = {message->header.cookies, x4c_isakmp_cookie}},
        {.key = "len", .kind = x4c_trace_number, .number = whole.raw.len},
    };
    x4_event(charon, x4c_trace_debug, "reassembled", fields, x4m_countof(fields));
    reason = x4_message_header(&whole);
    if (reason != x4c_ike_none)
        return reason;
    const x4s_ike_header *h = &whole.header;
    if (memcmp(h->cookies, message->header.cookies, sizeof(h->cookies)) != 0 ||
        h->first == x4c_payload_fragment || h->flags & ~KNOWN_FLAGS)
        return x4c_ike_bad_fragment;
    return receive_whole(charon, &whole);
}

static x4e_ike_reason dispatch(x4s_charon *charon, x4s_ike_message *message)
{
    x4e_ike_reason reason = x4_message_header(message);
    if (reason != x4c_ike_none)
        return reason;
    if (message->raw.len > x4c_limit_message_in)
        return x4c_ike_too_large;
    if (message->header.flags & ~KNOWN_FLAGS)
        return x4c_ike_bad_flags; /* req 2408-5.2-6 */
    if (message->header.first == x4c_payload_fragment)
        return receive_fragment(charon, message);
    return receive_whole(charon, message);
}

x4e_ike_reason x4_receive(x4s_charon *charon, const x4s_net_link *link, x4s_chunk raw)
{
    x4s_ike_message message = {.link = link, .raw = raw};
    charon->stats->messages_in++;
    x4e_ike_reason reason = dispatch(charon, &message);
    if (reason != x4c_ike_none)
        x4_event_refused(charon, &message, reason);
    return reason;
}
