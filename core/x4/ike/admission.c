/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/admission.h"

#include "x4/ike/events.h"
#include "x4/ike/isakmp.h"

#define TOKEN 1000u /* in parts: each millisecond brings as many as there are tokens a second */

/* -------------------------------------------------------------------------- who goes first */

static bval is_room(const x4s_ike_room *rooms, size_t count, unsigned times)
{
    for (size_t i = 0; i < count; i++)
        if (rooms[i].left <= rooms[i].whole >> times)
            return bfalse;
    return btrue;
}

static void tell_pressed(x4s_charon *charon)
{
    if (charon->pressed_at != 0 && charon->now - charon->pressed_at < x4c_limit_pressed_ms)
        return;
    charon->pressed_at = charon->now;
    const x4s_trace_field fields[] = {
        {.key = "half_open", .kind = x4c_trace_number, .number = charon->stats->half_open},
        {.key = "aggressive", .kind = x4c_trace_number, .number = charon->stats->aggressive},
    };
    x4_event(charon, x4c_trace_notice, "pressed", fields, x4m_countof(fields));
}

bval x4_admission_first(x4s_charon *charon, const x4s_ike_message *message,
                        const x4s_ike_room *rooms, size_t count)
{
    if (is_room(rooms, count, 1))
        return btrue;
    if (!is_room(rooms, count, x4_recall_count(charon, message))) {
        tell_pressed(charon);
        return bfalse;
    }
    x4_recall_forget(charon, message);
    return btrue;
}

/* -------------------------------------------------------------------------- aggressive mode */

static uint64_t full(const x4s_charon *charon)
{
    return (uint64_t)charon->config.limits.aggressive_a_second * TOKEN;
}

void x4_admission_init(x4s_charon *charon)
{
    charon->tokens = full(charon);
    charon->tokens_at = charon->now;
}

static void refill(x4s_charon *charon)
{
    x4_msec passed = x4m_min(charon->now - charon->tokens_at, (x4_msec)TOKEN);
    uint64_t more = passed * charon->config.limits.aggressive_a_second;
    charon->tokens = x4m_min(charon->tokens + more, full(charon));
    charon->tokens_at = charon->now;
}

bval x4_admission_spend(x4s_charon *charon)
{
    refill(charon);
    if (charon->tokens < TOKEN)
        return bfalse;
    charon->tokens -= TOKEN;
    return btrue;
}

uint32_t x4_admission_left(x4s_charon *charon)
{
    refill(charon);
    return (uint32_t)(charon->tokens / TOKEN);
}

/* -------------------------------------------------------------------------- bytes */

void x4_admission_in(x4s_charon *charon, uint8_t exchange, size_t len)
{
    if (exchange == x4c_exchange_aggressive)
        charon->stats->aggressive_in += len;
    else
        charon->stats->main_in += len;
}

void x4_admission_out(x4s_charon *charon, uint8_t exchange, size_t len)
{
    if (exchange == x4c_exchange_aggressive)
        charon->stats->aggressive_out += len;
    else
        charon->stats->main_out += len;
}
