/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/outbox.h"

#include <string.h>

typedef struct x4s_ike_outbox {
    x4s_ike_timer timer;
    x4s_ike_xchg *owner;
    uint64_t answers;
    x4_msec sent_at;
    uint32_t interval_ms;
    uint32_t sent;  /* times in all */
    uint32_t tries; /* repetitions by timer */
    bval awaited;
    size_t len;
    uint8_t data[];
} x4s_ike_outbox;

void x4_outbox_drop(x4s_ike_xchg *xchg)
{
    x4s_ike_outbox *box = xchg->outbox;
    if (!box)
        return;
    x4_engine_cancel(xchg->charon, &box->timer);
    x4_free(xchg->charon->allocator, box, sizeof(*box) + box->len);
    xchg->outbox = NULL;
}

x4s_chunk x4_outbox_last(const x4s_ike_xchg *xchg)
{
    const x4s_ike_outbox *box = xchg->outbox;
    return box ? (x4s_chunk){box->data, box->len} : (x4s_chunk){0};
}

static void wait_for_answer(x4s_ike_outbox *box) /* req 2408-5.1-4 */
{
    x4s_charon *charon = box->owner->charon;
    uint32_t spread = box->interval_ms * charon->config.timing.resend_jitter_pct / 100;
    x4_engine_set(charon, &box->timer,
                  box->interval_ms + x4_engine_random_below(charon, spread + 1));
}

/* The copy in the box may be replaced while the user's callback sends it, so what is sent is not.
 */
static bval transmit(x4s_ike_xchg *xchg)
{
    uint8_t data[x4c_limit_message_out];
    x4s_ike_outbox *box = xchg->outbox;
    size_t len = box->len;
    memcpy(data, box->data, len);
    box->sent++;
    box->sent_at = xchg->charon->now;
    return xchg->kind->send(xchg, data, len);
}

static void resend_lost(x4s_ike_timer *timer)
{
    x4s_ike_outbox *box = x4m_container(timer, x4s_ike_outbox, timer);
    x4s_ike_xchg *xchg = box->owner;
    const x4s_ike_timing *timing = &xchg->charon->config.timing;

    if (xchg->kind->resend_is_taken(xchg)) {
        wait_for_answer(box);
        if (!xchg->kind->resend(xchg, x4c_ike_resend_lost, box->sent) || !xchg->outbox)
            return;
    } else {
        if (box->tries++ == timing->resend_tries) { /* req 2408-5.1-7 2408-5.1-8 */
            x4_xchg_dispose(xchg, xchg->hint ? xchg->hint : x4c_ike_timed_out, bfalse);
            return;
        }
        /* req 2408-5.1-4 2408-5.1-6 */
        box->interval_ms = x4m_min(2 * box->interval_ms, timing->resend_max_ms);
        wait_for_answer(box);
    }
    xchg->charon->stats->resends++;
    if (!transmit(xchg))
        x4_xchg_dispose(xchg, x4c_ike_send_failed, bfalse);
}

static void forget(x4s_ike_timer *timer)
{
    x4_outbox_drop(x4m_container(timer, x4s_ike_outbox, timer)->owner);
}

bval x4_outbox_send(x4s_ike_xchg *xchg, const void *data, size_t len, uint64_t answers,
                    bval awaited)
{
    x4s_ike_outbox *box = x4_alloc(xchg->charon->allocator, sizeof(*box) + len);
    if (!box)
        return bfalse;
    x4_outbox_drop(xchg);
    box->owner = xchg;
    box->answers = answers;
    box->awaited = awaited;
    box->interval_ms = xchg->charon->config.timing.resend_first_ms;
    box->sent = 1;
    box->sent_at = xchg->charon->now;
    box->len = len;
    memcpy(box->data, data, len);
    xchg->outbox = box;
    box->timer.fire = resend_lost;
    if (awaited)
        wait_for_answer(box); /* req 2408-5.1-3 */
    return xchg->kind->send(xchg, data, len);
}

void x4_outbox_stop(x4s_ike_xchg *xchg)
{
    if (!xchg->outbox)
        return;
    xchg->outbox->awaited = bfalse;
    x4_engine_cancel(xchg->charon, &xchg->outbox->timer);
}

void x4_outbox_resume(x4s_ike_xchg *xchg)
{
    if (!xchg->outbox)
        return;
    xchg->outbox->awaited = btrue;
    wait_for_answer(xchg->outbox);
}

bval x4_outbox_repeat(x4s_ike_xchg *xchg, uint64_t digest)
{
    x4s_ike_outbox *box = xchg->outbox;
    if (!box || !box->answers || box->answers != digest)
        return bfalse;
    if (xchg->charon->now - box->sent_at < xchg->charon->config.timing.duplicate_ms)
        return btrue;
    if (xchg->kind->resend_is_taken(xchg) &&
        !xchg->kind->resend(xchg, x4c_ike_resend_duplicate, box->sent))
        return btrue;
    if (!xchg->outbox)
        return btrue;
    xchg->charon->stats->duplicates_answered++;
    if (!transmit(xchg))
        x4_xchg_dispose(xchg, x4c_ike_send_failed, bfalse);
    return btrue;
}

void x4_outbox_retire(x4s_ike_xchg *xchg)
{
    if (!xchg->outbox)
        return;
    xchg->outbox->timer.fire = forget;
    x4_engine_set(xchg->charon, &xchg->outbox->timer, xchg->charon->config.timing.reply_kept_ms);
}
