/* SPDX-License-Identifier: BSD-2-Clause */
#include "x4/ike/xauth.h"

#include <string.h>

#include "x4/ike/method.h"
#include "x4/ike/transaction.h"

typedef enum x4e_xauth_outcome {
    OPEN,
    PASSED,
    FAILED,
} x4e_xauth_outcome;

/* Present from the end of phase 1 until the SA is opened. */
struct x4s_ike_xauth {
    x4s_ike_xauth_job job;
    x4s_ike_xchg1 *xchg;
    x4s_ike_timer timer; /* the end of all patience, or a verdict that was given */
    x4_msec deadline;
    uint8_t refusals;
    uint8_t outcome;                               /* x4e_xauth_outcome */
    bval waiting;                                  /* for the verdict */
    x4s_ike_cfg_item items[x4c_limit_xauth_items]; /* the answer, with its values below */
    uint8_t values[x4c_limit_xauth_values];
};

static const uint8_t zero[] = {0, 0};
static const uint8_t one[] = {0, 1};

static const x4s_ike_cfg_item name_and_password[] = {
    {.type = x4c_ike_xauth_type, .basic = btrue, .value = {zero, sizeof(zero)}},
    {.type = x4c_ike_xauth_user_name},
    {.type = x4c_ike_xauth_user_password},
};

static const x4s_ike_cfg_item status_fail[] = {
    {.type = x4c_ike_xauth_status, .basic = btrue, .value = {zero, sizeof(zero)}},
};

static const x4s_ike_cfg_item status_ok[] = {
    {.type = x4c_ike_xauth_status, .basic = btrue, .value = {one, sizeof(one)}},
};

static const x4s_ike_cfg_item status_taken[] = {{.type = x4c_ike_xauth_status}};

static const x4s_ike_cfg first_question = {name_and_password, x4m_countof(name_and_password)};

/* Whether an attribute of the list says that the user is let in; *said: whether one says it. */
static bval status_of(const x4s_ike_cfg *cfg, bval *said)
{
    const x4s_ike_cfg_item *status = x4_ike_cfg_find(cfg, x4c_ike_xauth_status, 0);
    *said = status != NULL;
    for (size_t i = 0; status && i < status->value.len; i++)
        if (status->value.data[i])
            return btrue;
    return bfalse;
}

/* -------------------------------------------------------------------------- who asks */

static void ask(x4s_ike_xauth *xauth, const x4s_ike_cfg *question);

static void settled(x4s_ike_xchg1 *xchg, const x4s_ike_cfg *answer)
{
    if (xchg->neg->xauth->outcome == FAILED)
        x4_xchg_dispose(&xchg->base, x4c_ike_xauth_refused, btrue);
    else if (!answer)
        x4_xchg_dispose(&xchg->base, x4c_ike_timed_out, btrue);
    else
        x4_phase1_open(xchg);
}

static void conclude(x4s_ike_xauth *xauth, bval passed)
{
    x4s_ike_xchg1 *xchg = xauth->xchg;
    const x4s_ike_cfg status = {passed ? status_ok : status_fail, 1};
    xauth->outcome = passed ? PASSED : FAILED;
    if (!x4_transaction_begin(xchg, x4c_ike_cfg_set, &status, settled, 0))
        x4_xchg_dispose(&xchg->base, x4c_ike_no_memory, btrue);
}

static void refuse(x4s_ike_xauth *xauth)
{
    if (++xauth->refusals < xauth->xchg->neg->config->xauth_tries)
        ask(xauth, &first_question);
    else
        conclude(xauth, bfalse);
}

static void act_upon_verdict(x4s_ike_xauth *xauth)
{
    x4e_ike_verdict verdict = xauth->job.verdict;
    xauth->waiting = bfalse;
    xauth->job.round++;
    x4_wipe(xauth->values, sizeof(xauth->values));
    if (verdict == x4c_ike_verdict_accept)
        conclude(xauth, btrue);
    else if (verdict == x4c_ike_verdict_ask)
        ask(xauth, &xauth->job.question);
    else
        refuse(xauth);
}

/* A copy that stays for as long as the verdict takes; bfalse: more than is sensible. */
static bval keep_answer(x4s_ike_xauth *xauth, const x4s_ike_cfg *answer)
{
    x4s_writer w = x4_writer(xauth->values, sizeof(xauth->values));
    if (answer->count > x4m_countof(xauth->items))
        return bfalse;
    for (size_t i = 0; i < answer->count; i++) {
        xauth->items[i] = answer->items[i];
        xauth->items[i].value.data = xauth->values + x4_writer_len(&w);
        x4_writer_bytes(&w, answer->items[i].value.data, answer->items[i].value.len);
    }
    xauth->job.answer = (x4s_ike_cfg){xauth->items, answer->count};
    return !w.failed;
}

/* The name is that of the ISAKMP SA once it is open. */
static bval keep_name(x4s_ike_xchg1 *xchg, const x4s_ike_cfg *answer)
{
    const x4s_ike_cfg_item *name = x4_ike_cfg_find(answer, x4c_ike_xauth_user_name, 0);
    size_t len = name ? name->value.len : 0;
    while (len && name->value.data[len - 1] == 0)
        len--;
    return len == 0 || x4_phase1_take_user(xchg, (x4s_chunk){name->value.data, len});
}

static void completed(x4s_ike_xauth_job *job)
{
    x4s_ike_xauth *xauth = x4m_container(job, x4s_ike_xauth, job);
    x4_engine_set(xauth->xchg->base.charon, &xauth->timer, 0);
}

static void consult(x4s_ike_xauth *xauth)
{
    x4s_ike_xchg *base = &xauth->xchg->base;
    xauth->job.verdict = x4c_ike_verdict_pending;
    xauth->job.completed = completed;
    xauth->waiting = btrue;
    base->charon->config.calls1->xauth(base->user, &xauth->job);
    if (base->state != x4c_state_dead && xauth->job.verdict != x4c_ike_verdict_pending)
        act_upon_verdict(xauth);
}

/* The peer's user may say that it gives up. */
static bval is_an_answer(const x4s_ike_cfg *answer)
{
    bval said;
    return status_of(answer, &said) || !said;
}

static void answered(x4s_ike_xchg1 *xchg, const x4s_ike_cfg *answer)
{
    x4s_ike_xauth *xauth = xchg->neg->xauth;
    if (!answer)
        x4_xchg_dispose(&xchg->base, x4c_ike_timed_out, btrue);
    else if (is_an_answer(answer) && keep_answer(xauth, answer) && keep_name(xchg, answer))
        consult(xauth);
    else
        conclude(xauth, bfalse);
}

static void ask(x4s_ike_xauth *xauth, const x4s_ike_cfg *question)
{
    x4s_ike_xchg1 *xchg = xauth->xchg;
    uint32_t patience = xchg->base.charon->config.timing.xauth_ms;
    if (xauth->job.round == x4c_limit_xauth_rounds) {
        conclude(xauth, bfalse);
        return;
    }
    if (!x4_transaction_begin(xchg, x4c_ike_cfg_request, question, answered, patience))
        x4_xchg_dispose(&xchg->base, x4c_ike_too_long, btrue);
}

/* -------------------------------------------------------------------------- who is asked */

static bval is_question(const x4s_ike_cfg *asked)
{
    for (size_t i = 0; i < asked->count; i++)
        if (asked->items[i].type >= x4c_ike_xauth_type &&
            asked->items[i].type <= x4c_ike_xauth_answer)
            return btrue;
    return bfalse;
}

bval x4_xauth_expects(const x4s_ike_xchg1 *xchg, x4e_ike_cfg type, const x4s_ike_cfg *asked)
{
    if (!x4_method_asks(xchg->suite.auth, xchg->base.role))
        return bfalse;
    return type == x4c_ike_cfg_request ? is_question(asked)
                                       : x4_ike_cfg_find(asked, x4c_ike_xauth_status, 0) != NULL;
}

void x4_xauth_respond(x4s_ike_xchg1 *xchg, x4e_ike_cfg type, const x4s_ike_cfg *asked,
                      x4s_ike_cfg *reply)
{
    bval said;
    if (type == x4c_ike_cfg_set) {
        xchg->neg->xauth->outcome = status_of(asked, &said) ? PASSED : FAILED;
        *reply = (x4s_ike_cfg){status_taken, 1};
    } else if (!xchg->base.charon->config.calls1->get_xauth(xchg->base.user, asked, reply)) {
        *reply = (x4s_ike_cfg){status_fail, 1};
    }
}

void x4_xauth_settle(x4s_ike_xchg1 *xchg)
{
    if (xchg->open || xchg->base.state == x4c_state_dead)
        return;
    if (xchg->neg->xauth->outcome == PASSED)
        x4_phase1_open(xchg);
    else if (xchg->neg->xauth->outcome == FAILED)
        x4_xchg_dispose(&xchg->base, x4c_ike_xauth_refused, bfalse);
}

/* -------------------------------------------------------------------------- life */

static void fire(x4s_ike_timer *timer)
{
    x4s_ike_xauth *xauth = x4m_container(timer, x4s_ike_xauth, timer);
    x4s_charon *charon = xauth->xchg->base.charon;
    if (charon->now >= xauth->deadline) {
        x4_xchg_dispose(&xauth->xchg->base, x4c_ike_timed_out, btrue);
        return;
    }
    x4_engine_set(charon, timer, xauth->deadline - charon->now);
    if (xauth->waiting && xauth->job.verdict != x4c_ike_verdict_pending)
        act_upon_verdict(xauth);
}

bval x4_xauth_begin(x4s_ike_xchg1 *xchg)
{
    x4s_charon *charon = xchg->base.charon;
    uint32_t patience = charon->config.timing.xauth_ms;
    if (!x4_method_extended(xchg->suite.auth))
        return bfalse;
    x4s_ike_xauth *xauth = x4_alloc(charon->allocator, sizeof(*xauth));
    if (!xauth) {
        x4_xchg_dispose(&xchg->base, x4c_ike_no_memory, btrue);
        return btrue;
    }
    xchg->neg->xauth = xauth;
    xauth->xchg = xchg;
    xauth->timer.fire = fire;
    xauth->deadline = charon->now + patience;
    x4_engine_set(charon, &xauth->timer, patience);
    if (!x4_method_asks(xchg->suite.auth, xchg->base.role))
        ask(xauth, &first_question);
    return btrue;
}

void x4_xauth_stop(x4s_ike_xchg1 *xchg)
{
    if (xchg->neg && xchg->neg->xauth)
        x4_engine_cancel(xchg->base.charon, &xchg->neg->xauth->timer);
}

void x4_xauth_free(x4s_ike_xchg1 *xchg)
{
    x4_xauth_stop(xchg);
    x4_free(xchg->base.charon->allocator, xchg->neg->xauth, sizeof(x4s_ike_xauth));
    xchg->neg->xauth = NULL;
}
