/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/admission.h"

#include "x4/ike/isakmp.h"

#define TOKEN 1000u /* in parts: each millisecond brings as many as there are tokens a second */

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
