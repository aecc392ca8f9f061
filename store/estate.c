/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/estate.h"

#include <stdio.h>

void estate_init(struct estate *estate, const struct estate_host *host, const char *name,
                 uint32_t lease_ms)
{
    *estate = (struct estate){.host = host, .lease_ms = lease_ms};
    snprintf(estate->held.name, sizeof(estate->held.name), "%s", name);
}

/* ---------------------------------------------------------------------------------- asking */

static void ask(struct estate *estate, x4_msec now)
{
    const struct estate_host *host = estate->host;

    estate->asked = true;
    estate->asked_ms = now;
    switch (estate->state) {
    case ESTATE_CLAIMED:
        host->claim(host->context, estate->held.name, estate->held.token, estate->forced);
        break;
    case ESTATE_OURS:
        host->renew(host->context, &estate->held);
        break;
    case ESTATE_GIVEN_UP:
        host->release(host->context, &estate->held);
        break;
    case ESTATE_NOT_OURS:
        estate->asked = false;
        break;
    }
}

/* While an answer is to come to what was wanted before, this waits for the tick after it. */
static void want(struct estate *estate, enum estate_state state, x4_msec now)
{
    estate->state = state;
    estate->next_ms = now;
    estate->superseded = estate->asked;
    if (!estate->asked)
        ask(estate, now);
}

void estate_claim(struct estate *estate, bool force, x4_msec now)
{
    estate->forced = force;
    want(estate, ESTATE_CLAIMED, now);
}

void estate_release(struct estate *estate, x4_msec now)
{
    if (estate->state == ESTATE_OURS)
        want(estate, ESTATE_GIVEN_UP, now);
}

/* --------------------------------------------------------------------------------- answers */

static void set_isolated(struct estate *estate, bool isolated)
{
    if (estate->isolated == isolated)
        return;
    estate->isolated = isolated;
    estate->host->isolated(estate->host->context, estate, isolated);
}

static void lose(struct estate *estate, const char *holder)
{
    estate->state = ESTATE_NOT_OURS;
    estate->isolated = false;
    estate->host->lost(estate->host->context, estate, holder);
}

static void hold(struct estate *estate, x4_msec now)
{
    const uint32_t lease = estate->lease_ms;

    estate->over_ms = estate->asked_ms + lease - lease / ESTATE_MARGIN;
    estate->next_ms = x4m_max(now, estate->asked_ms + lease / ESTATE_RENEWALS);
}

static void done(struct estate *estate, uint64_t token, x4_msec now)
{
    const bool new = estate->state == ESTATE_CLAIMED;

    if (estate->state == ESTATE_GIVEN_UP) {
        estate->state = ESTATE_NOT_OURS;
        estate->isolated = false;
        estate->host->released(estate->host->context, estate);
        return;
    }
    estate->state = ESTATE_OURS;
    estate->held.token = token;
    hold(estate, now);
    set_isolated(estate, false);
    if (new)
        estate->host->taken(estate->host->context, estate);
}

void estate_answered(struct estate *estate, uint64_t token, const char *holder,
                     enum store_result result, x4_msec now)
{
    const bool late = estate->superseded;

    estate->asked = estate->superseded = false;
    if (late || estate->state == ESTATE_NOT_OURS)
        return;
    if (result == STORE_DONE)
        done(estate, token, now);
    else if (result == STORE_AWAY)
        estate->next_ms = now + ESTATE_RETRY_MS;
    else
        lose(estate, holder);
}

void estate_fenced(struct estate *estate, x4_msec now)
{
    if (estate->state == ESTATE_OURS && !estate->asked)
        ask(estate, now);
}

x4_msec estate_tick(struct estate *estate, x4_msec now)
{
    x4_msec next = x4c_never;

    if (estate->state == ESTATE_NOT_OURS)
        return x4c_never;
    if (estate->state == ESTATE_OURS && now >= estate->over_ms)
        set_isolated(estate, true);
    if (!estate->asked && now >= estate->next_ms)
        ask(estate, now);
    if (!estate->asked)
        next = estate->next_ms - now;
    if (estate->state == ESTATE_OURS && now < estate->over_ms)
        next = x4m_min(next, estate->over_ms - now);
    return next;
}
