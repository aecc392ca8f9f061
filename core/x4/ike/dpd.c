/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/dpd.h"

#include "x4/ike/events.h"
#include "x4/ike/inform.h"
#include "x4/misc/reader.h"

#define SEQUENCE_TOP 0x7fffffff /* a first number below leaves room to count, RFC 3706 5.3 */
#define FRESH_MS     1000       /* who was heard of so lately is there */

static void probe(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    const x4s_ike_timing *timing = &charon->config.timing;
    if (xchg->dpd_probes == timing->resend_tries) {
        x4_xchg_dispose(&xchg->base, x4c_ike_dead_peer, bfalse); /* req 3706-5.5-3 */
        return;
    }
    uint64_t wait = (uint64_t)timing->resend_first_ms << x4m_min(xchg->dpd_probes, 16);
    if (xchg->dpd_probes++ == 0)
        xchg->dpd_sequence++; /* req 3706-6.2-4 */
    /* req 3706-5.5-1 3706-5.5-2 */
    x4_engine_set(charon, &xchg->dpd_timer, x4m_min(wait, timing->resend_max_ms));
    x4_inform_dpd(xchg, &xchg->link, x4c_notify_are_you_there, xchg->dpd_sequence);
}

/* The timer is not moved with every message: when it fires it looks how long ago the last was. */
static void look(x4s_ike_timer *timer)
{
    x4s_ike_xchg1 *xchg = x4m_container(timer, x4s_ike_xchg1, dpd_timer);
    x4s_charon *charon = xchg->base.charon;
    x4_msec due = xchg->heard_at + (x4_msec)xchg->dpd_idle_sec * 1000;
    if (xchg->dpd_probes == 0 && charon->now < due) /* req 3706-5.4-2 3706-5.4-3 */
        x4_engine_set(charon, timer, due - charon->now);
    else
        probe(xchg);
}

void x4_dpd_draw(x4s_ike_xchg1 *xchg) /* req 3706-6.2-1 3706-6.2-2 3706-6.2-3 */
{
    xchg->dpd_sequence = x4_engine_random_below(xchg->base.charon, SEQUENCE_TOP);
}

/* Of the schedule and of the challenges each at most one number a second was used. */
void x4_dpd_resume(x4s_ike_xchg1 *xchg, const x4s_ike_keys1 *keys)
{
    xchg->dpd_sequence = keys->dpd_sequence + 2 * keys->age_sec + 2;
}

void x4_dpd_start(x4s_ike_xchg1 *xchg, uint32_t idle_sec)
{
    x4s_charon *charon = xchg->base.charon;
    xchg->heard_at = charon->now;
    if (!xchg->knows_dpd || idle_sec == 0) /* req 3706-5.1-1 3706-5.4-1 */
        return;
    xchg->dpd_idle_sec = idle_sec;
    xchg->dpd_timer.fire = look;
    x4_engine_set(charon, &xchg->dpd_timer, (x4_msec)idle_sec * 1000);
}

bval x4_dpd_ask(x4s_ike_xchg1 *xchg) /* req 3706-5.1-1 */
{
    if (!xchg->knows_dpd)
        return bfalse;
    if (xchg->dpd_probes || xchg->base.charon->now - xchg->heard_at < FRESH_MS)
        return btrue;
    xchg->dpd_timer.fire = look;
    probe(xchg);
    return btrue;
}

void x4_dpd_stop(x4s_ike_xchg1 *xchg)
{
    x4_engine_cancel(xchg->base.charon, &xchg->dpd_timer);
}

void x4_dpd_heard(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    xchg->heard_at = charon->now;
    xchg->dpd_challenged = bfalse;
    if (xchg->dpd_probes == 0 || xchg->base.state != x4c_state_established)
        return;
    xchg->dpd_probes = 0;
    if (xchg->dpd_idle_sec)
        x4_engine_set(charon, &xchg->dpd_timer, (x4_msec)xchg->dpd_idle_sec * 1000);
    else
        x4_dpd_stop(xchg);
}

/* Numbers grow by one and may wrap (RFC 3706 6.2); a step back is a replay. */
static bval is_newer(uint32_t sequence, uint32_t last)
{
    return (int32_t)(sequence - last) > 0;
}

/*
 * Of a resumed SA nobody knows which questions were asked before: they prove nothing. Where one
 * comes from another place the peer is asked there, and the answer proves it.
 */
static void challenge(x4s_ike_xchg1 *xchg, const x4s_net_link *link)
{
    x4_msec now = xchg->base.charon->now;
    uint32_t interval = xchg->dpd_idle_sec ? xchg->dpd_idle_sec : x4c_limit_challenge_sec;
    if (!xchg->knows_dpd || x4_net_link_equal(&xchg->link, link) || now < xchg->challenge_after)
        return;
    xchg->challenge_after = now + (x4_msec)interval * 1000;
    xchg->dpd_challenged = btrue;
    xchg->dpd_sequence++;
    x4_inform_dpd(xchg, link, x4c_notify_are_you_there, xchg->dpd_sequence);
}

static void answer(x4s_ike_xchg1 *xchg, const x4s_net_link *link, uint32_t sequence)
{
    if (xchg->resumed) {
        challenge(xchg, link);
    } else if (!xchg->dpd_was_asked || is_newer(sequence, xchg->dpd_asked)) {
        xchg->dpd_was_asked = btrue;
        xchg->dpd_asked = sequence; /* req 3706-6.2-5 */
        x4_phase1_heard(xchg, link);
    }
    /* req 3706-5.2-1 3706-6.1-2 3706-6.2-6 */
    x4_inform_dpd(xchg, &xchg->link, x4c_notify_are_you_there_ack, sequence);
}

static void trace(x4s_ike_xchg1 *xchg, uint16_t type, uint32_t sequence)
{
    const x4s_trace_field fields[] = {
        {.key = "icookie", .kind = x4c_trace_bytes, .bytes = {xchg->cookies, x4c_isakmp_cookie}},
        {.key = "type", .kind = x4c_trace_text, .text = x4_notify_name(type)},
        {.key = "sequence", .kind = x4c_trace_number, .number = sequence},
    };
    x4_event(xchg->base.charon, x4c_trace_debug, "dpd-received", fields, x4m_countof(fields));
}

void x4_dpd_receive(x4s_ike_xchg1 *xchg, const x4s_net_link *link, uint16_t type, x4s_chunk data)
{
    x4s_reader r = x4_reader(data.data, data.len);
    uint32_t sequence = x4_reader_u32(&r);
    if (r.failed)
        return;
    trace(xchg, type, sequence);
    if (type == x4c_notify_are_you_there)
        answer(xchg, link, sequence);
    /* req 3706-6.1-3 3706-6.1-4 */
    else if ((xchg->dpd_probes || xchg->dpd_challenged) && sequence == xchg->dpd_sequence)
        x4_phase1_heard(xchg, link);
}
