/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/events.h"

void x4_event(x4s_charon *charon, x4e_trace_level level, const char *name,
              const x4s_trace_field *fields, size_t count)
{
    if (!x4_events_on(charon, level))
        return;
    const x4s_trace_event event = {.level = level, .name = name, .fields = fields, .count = count};
    charon->config.trace(charon->config.userdata, &event);
}

/* Counting them is enough: a line for each would be a flood of its own. */
static bval comes_in_numbers(x4e_ike_reason reason)
{
    return reason == x4c_ike_duplicate || reason == x4c_ike_crowded_all ||
           reason == x4c_ike_budget_spent;
}

/* req 2407-4.6.2-4 2408-5.15-4 */
void x4_event_refused(x4s_charon *charon, const x4s_ike_message *message, x4e_ike_reason reason)
{
    const x4e_trace_level level = comes_in_numbers(reason) ? x4c_trace_debug : x4c_trace_notice;
    charon->stats->refused[reason]++;
    if (!x4_events_on(charon, level))
        return;
    char peer[x4c_net_addr_text];
    const x4s_trace_field fields[] = {
        {.key = "reason", .kind = x4c_trace_text, .text = x4_ike_reason_name(reason)},
        {.key = "text", .kind = x4c_trace_text, .text = x4_ike_reason_text(reason)},
        {.key = "peer",
         .kind = x4c_trace_text,
         .text = x4_net_addr_format(&message->link->remote, peer)},
        {.key = "exchange", .kind = x4c_trace_number, .number = message->header.exchange},
        {.key = "mid", .kind = x4c_trace_hex, .number = message->header.message_id},
        {.key = "len", .kind = x4c_trace_number, .number = message->raw.len},
    };
    x4_event(charon, level, "refused", fields, x4m_countof(fields));
}

void x4_event_notify(x4s_charon *charon, const char *name, const x4s_net_link *link,
                     const uint8_t *cookies, uint16_t type, bval authenticated)
{
    if (!x4_events_on(charon, x4c_trace_notice))
        return;
    char peer[x4c_net_addr_text];
    const x4s_trace_field fields[] = {
        {.key = "notify", .kind = x4c_trace_text, .text = x4_notify_name(type)},
        {.key = "type", .kind = x4c_trace_number, .number = type},
        {.key = "peer", .kind = x4c_trace_text, .text = x4_net_addr_format(&link->remote, peer)},
        {.key = "icookie", .kind = x4c_trace_bytes, .bytes = {cookies, x4c_isakmp_cookie}},
        {.key = "authenticated", .kind = x4c_trace_number, .number = authenticated},
    };
    x4_event(charon, x4c_trace_notice, name, fields, x4m_countof(fields));
}
