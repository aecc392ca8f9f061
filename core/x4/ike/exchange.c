/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/exchange.h"

#include <assert.h>

#include "x4/ike/events.h"
#include "x4/ike/outbox.h"
#include "x4/ike/reason_class.h"
#include "x4/ike/signature.h"
#include "x4/ike/work.h"

static const char *const state_names[x4c_state_count] = {
    "new", "awaiting", "computing", "sending", "established", "dead",
};

/* The states that may follow each. */
static const uint32_t next_states[x4c_state_count] = {
    [x4c_state_new] = x4m_bit(x4c_state_awaiting) | x4m_bit(x4c_state_sending) |
                      x4m_bit(x4c_state_computing) | x4m_bit(x4c_state_established) |
                      x4m_bit(x4c_state_dead),
    [x4c_state_awaiting] = x4m_bit(x4c_state_awaiting) | x4m_bit(x4c_state_computing) |
                           x4m_bit(x4c_state_sending) | x4m_bit(x4c_state_established) |
                           x4m_bit(x4c_state_dead),
    [x4c_state_computing] = x4m_bit(x4c_state_awaiting) | x4m_bit(x4c_state_sending) |
                            x4m_bit(x4c_state_established) | x4m_bit(x4c_state_dead),
    [x4c_state_sending] = x4m_bit(x4c_state_established) | x4m_bit(x4c_state_dead),
    [x4c_state_established] = x4m_bit(x4c_state_dead),
    [x4c_state_dead] = 0,
};

/* The only place where the state of an exchange changes. */
static void enter(x4s_ike_xchg *xchg, x4e_ike_state state)
{
    assert(next_states[xchg->state] & x4m_bit(state));
    if (x4_events_on(xchg->charon, x4c_trace_debug)) {
        const uint8_t *icookie = xchg->kind->icookie(xchg);
        const x4s_trace_field fields[] = {
            {.key = "icookie",
             .kind = x4c_trace_bytes,
             .bytes = {icookie, icookie ? x4c_isakmp_cookie : 0}},
            {.key = "phase", .kind = x4c_trace_text, .text = xchg->kind->name},
            {.key = "step", .kind = x4c_trace_text, .text = xchg->step->name},
            {.key = "from", .kind = x4c_trace_text, .text = state_names[xchg->state]},
            {.key = "to", .kind = x4c_trace_text, .text = state_names[state]},
        };
        x4_event(xchg->charon, x4c_trace_debug, "state", fields, x4m_countof(fields));
    }
    xchg->state = (uint8_t)state;
}

static void negotiation_over(x4s_ike_timer *timer)
{
    x4s_ike_xchg *xchg = x4m_container(timer, x4s_ike_xchg, life);
    x4_xchg_dispose(xchg, xchg->hint ? xchg->hint : x4c_ike_timed_out, bfalse);
}

void x4_xchg_begin(x4s_ike_xchg *xchg, x4s_charon *charon, const x4s_ike_kind *kind,
                   const x4s_ike_step *steps, x4e_ike_role role, void *user)
{
    xchg->charon = charon;
    xchg->kind = kind;
    xchg->step = steps;
    xchg->role = (uint8_t)role;
    xchg->user = user;
    xchg->state = role == x4c_ike_responder ? x4c_state_awaiting : x4c_state_new;
    xchg->ages = xchg->expires = x4c_never;
    xchg->life.fire = negotiation_over;
    x4_engine_set(charon, &xchg->life, charon->config.timing.negotiation_ms);
}

/* Walks on: to the next message of the peer's, or to the end. */
static void send_answer(x4s_ike_xchg *xchg, const x4s_ike_step *step, const x4s_ike_build *build)
{
    if (step->last) {
        enter(xchg, x4c_state_sending);
    } else {
        xchg->step = step + 1;
        enter(xchg, x4c_state_awaiting);
    }
    bval sent =
        x4_outbox_send(xchg, build->w.base, x4_writer_len(&build->w), xchg->trigger, step->awaited);
    if (xchg->state == x4c_state_dead)
        return;
    if (!sent) {
        x4_xchg_dispose(xchg, x4c_ike_send_failed, bfalse);
        return;
    }
    if (step->last) {
        x4_outbox_retire(xchg);
        x4_xchg_establish(xchg);
    }
}

static void finish_step(x4s_ike_xchg *xchg)
{
    const x4s_ike_step *step = xchg->step;
    if (!step->produce) {
        x4_outbox_drop(xchg);
        x4_xchg_establish(xchg);
        return;
    }
    uint8_t buffer[x4c_limit_message_out];
    x4s_ike_build build = {.w = x4_writer(buffer, sizeof(buffer))};
    x4e_ike_reason reason = xchg->kind->build(xchg, step, &build);
    if (reason == x4c_ike_none && step->convinces && xchg->state != x4c_state_dead)
        reason = xchg->kind->agreed(xchg);
    if (xchg->state == x4c_state_dead)
        return;
    if (reason != x4c_ike_none) {
        x4_xchg_dispose(xchg, reason, bfalse);
        return;
    }
    send_answer(xchg, step, &build);
}

static void prepare(x4s_ike_xchg *xchg)
{
    x4e_ike_reason reason = xchg->step->prepare ? xchg->step->prepare(xchg) : x4c_ike_none;
    if (xchg->state == x4c_state_dead)
        return;
    if (reason != x4c_ike_none) {
        x4_xchg_dispose(xchg, reason, bfalse);
        return;
    }
    if (!xchg->signature) {
        finish_step(xchg);
        return;
    }
    if (xchg->state != x4c_state_computing)
        enter(xchg, x4c_state_computing);
    x4_signature_queue(xchg);
}

static void verify(x4s_ike_xchg *xchg)
{
    x4e_ike_reason reason = xchg->step->verify ? xchg->step->verify(xchg) : x4c_ike_none;
    if (xchg->state == x4c_state_dead)
        return;
    if (reason == x4c_ike_none) {
        prepare(xchg);
    } else if (x4_reason_class(reason) == x4c_reason_dispose) {
        x4_xchg_dispose(xchg, reason, bfalse);
    } else {
        xchg->hint = (uint8_t)reason;
        enter(xchg, x4c_state_awaiting);
        x4_outbox_resume(xchg);
    }
}

static void proceed(x4s_ike_xchg *xchg)
{
    if (xchg->step->work && xchg->work) {
        enter(xchg, x4c_state_computing);
        x4_work_queue(xchg, xchg->step->work);
        return;
    }
    prepare(xchg);
}

void x4_xchg_start(x4s_ike_xchg *xchg)
{
    proceed(xchg);
}

x4e_ike_reason x4_xchg_receive(x4s_ike_xchg *xchg, const x4s_ike_message *message)
{
    const x4s_ike_step *step = xchg->step;
    x4e_ike_reason reason = x4_message_fits(message, &step->shape);
    if (reason == x4c_ike_none)
        reason = step->consume(xchg, message);
    if (reason != x4c_ike_none || xchg->state == x4c_state_dead)
        return reason;
    xchg->trigger = message->digest;
    x4_outbox_stop(xchg);
    proceed(xchg);
    return x4c_ike_none;
}

x4e_ike_reason x4_xchg_duplicate(x4s_ike_xchg *xchg, uint64_t digest)
{
    bval answered = x4_outbox_repeat(xchg, digest);
    return answered || xchg->trigger == digest ? x4c_ike_duplicate : x4c_ike_none;
}

static void compute_end(x4s_ike_xchg *xchg, bval done, void (*then)(x4s_ike_xchg *xchg))
{
    if (xchg->state != x4c_state_computing)
        return;
    if (done)
        then(xchg);
    else
        x4_xchg_dispose(xchg, x4c_ike_crypto_failed, bfalse);
}

void x4_xchg_computed(x4s_ike_xchg *xchg, bval done)
{
    compute_end(xchg, done, verify);
}

void x4_xchg_signed(x4s_ike_xchg *xchg, bval done)
{
    compute_end(xchg, done, finish_step);
}

void x4_xchg_establish(x4s_ike_xchg *xchg)
{
    x4_engine_cancel(xchg->charon, &xchg->life);
    enter(xchg, x4c_state_established);
    xchg->kind->established(xchg);
}

static void life_over(x4s_ike_timer *timer)
{
    x4s_ike_xchg *xchg = x4m_container(timer, x4s_ike_xchg, life);
    x4s_charon *charon = xchg->charon;
    if (charon->now >= xchg->expires) {
        x4_xchg_dispose(xchg, x4c_ike_expired, btrue);
        return;
    }
    bval aged = charon->now >= xchg->ages;
    if (aged)
        xchg->ages = x4c_never;
    x4_msec next = x4m_min(xchg->ages, xchg->expires);
    if (next != x4c_never)
        x4_wheel_set(&charon->wheel, &timer->timer, next);
    if (aged)
        xchg->kind->aging(xchg);
}

/* Where the age that the user wants would come too late, a tenth before the end. */
static void age_in_time(x4s_ike_xchg *xchg)
{
    if (xchg->ages != x4c_never && xchg->ages >= xchg->expires)
        xchg->ages = xchg->expires - (xchg->expires - xchg->charon->now) / 10;
}

/* Not of the dead, whose timer is their place among them. */
static void wake_up(x4s_ike_xchg *xchg, x4_msec when)
{
    if (when == x4c_never || xchg->state == x4c_state_dead)
        return;
    xchg->life.fire = life_over;
    x4_wheel_set(&xchg->charon->wheel, &xchg->life.timer, when);
}

void x4_xchg_live(x4s_ike_xchg *xchg, uint32_t soft_sec, uint32_t life_sec)
{
    x4_msec now = xchg->charon->now;
    xchg->ages = soft_sec ? now + (x4_msec)soft_sec * 1000 : x4c_never;
    xchg->expires = life_sec ? now + (x4_msec)life_sec * 1000 : x4c_never;
    age_in_time(xchg);
    wake_up(xchg, x4m_min(xchg->ages, xchg->expires));
}

bval x4_xchg_shorten(x4s_ike_xchg *xchg, uint32_t life_sec)
{
    x4_msec end = xchg->charon->now + (x4_msec)life_sec * 1000;
    if (life_sec == 0 || end >= xchg->expires)
        return bfalse;
    xchg->expires = end;
    age_in_time(xchg);
    wake_up(xchg, x4m_min(xchg->ages, xchg->expires));
    return btrue;
}

void x4_xchg_spent(x4s_ike_xchg *xchg, bval over)
{
    x4_msec now = xchg->charon->now;
    if (over)
        xchg->expires = now;
    else
        xchg->ages = now;
    wake_up(xchg, now);
}

uint32_t x4_xchg_life_left(const x4s_ike_xchg *xchg)
{
    if (xchg->expires == x4c_never)
        return 0;
    x4_msec now = xchg->charon->now;
    return xchg->expires > now ? (uint32_t)((xchg->expires - now + 999) / 1000) : 1;
}

/* The user may end the exchange from the callbacks that this makes; once is enough. */
static void tell_peer(x4s_ike_xchg *xchg, x4e_ike_reason reason, bval tell)
{
    xchg->telling = btrue;
    if (xchg->state == x4c_state_established && tell)
        xchg->kind->tell_delete(xchg);
    else if (xchg->state != x4c_state_established && x4_reason_notify(reason))
        xchg->kind->tell_error(xchg, x4_reason_notify(reason));
}

void x4_xchg_dispose(x4s_ike_xchg *xchg, x4e_ike_reason reason, bval tell)
{
    if (xchg->state == x4c_state_dead)
        return;
    x4e_ike_state was = xchg->state;
    if (!xchg->telling)
        tell_peer(xchg, reason, tell);
    if (xchg->state == x4c_state_dead)
        return;
    enter(xchg, x4c_state_dead);
    x4_engine_cancel(xchg->charon, &xchg->life);
    x4_outbox_drop(xchg);
    x4_work_free(xchg);
    x4_signature_free(xchg);
    xchg->kind->leave(xchg, was, reason);
    if (xchg->introducing)
        xchg->ended = (uint8_t)reason;
    else
        xchg->kind->disposed(xchg, reason);
}

void x4_xchg_introduce(x4s_ike_xchg *xchg)
{
    xchg->introducing = btrue;
}

bval x4_xchg_introduced(x4s_ike_xchg *xchg, void *user)
{
    xchg->introducing = bfalse;
    xchg->user = user;
    if (xchg->state != x4c_state_dead)
        return btrue;
    xchg->kind->disposed(xchg, xchg->ended);
    return bfalse;
}
