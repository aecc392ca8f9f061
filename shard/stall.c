/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/stall.h"

#include <stdlib.h>

#include "shard/hub_state.h"

#define ASK_MS 1000

static void tell(struct hub *hub, x4e_trace_level level, const char *event, uint32_t shard)
{
    if (!hub_log_begin(&hub->log, level, event))
        return;
    hub_log_number(&hub->log, "shard", shard);
    hub_log_number(&hub->log, "ms", hub->now - hub->members[shard].asked_at);
    hub_log_end(&hub->log);
}

/* To answer is all that is asked for. */
static void ask(struct shard *shard, struct hub_question *question)
{
    (void)shard;
    (void)question;
}

static void answered(struct hub *hub, struct hub_question *question)
{
    struct hub_member *member = &hub->members[question->shard];
    if (member->stalled)
        tell(hub, x4c_trace_notice, "shard-goes-on", question->shard);
    member->asked = false;
    member->stalled = false;
}

static void look_at(struct hub *hub, uint32_t shard)
{
    struct hub_member *member = &hub->members[shard];
    if (member->asked && !member->stalled) {
        member->stalled = true;
        hub->stalls++;
        tell(hub, x4c_trace_error, "shard-stalled", shard);
    }
    if (member->asked || member->gone)
        return;
    struct hub_question *question = calloc(1, sizeof(*question));
    if (!question)
        return;
    question->ask = ask;
    question->answered = answered;
    member->asked = true;
    member->asked_at = hub->now;
    hub_ask(hub, shard, question);
}

static void look(struct hub *hub, struct hub_timer *timer)
{
    for (uint32_t i = 0; i < hub->count; i++)
        look_at(hub, i);
    hub_timer_set(hub, timer, ASK_MS);
}

void hub_stall_watch(struct hub *hub)
{
    hub->stall.fire = look;
    hub_timer_set(hub, &hub->stall, ASK_MS);
}

bool hub_stall_is_any(const struct hub *hub)
{
    for (uint32_t i = 0; i < hub->count; i++) {
        if (hub->members[i].stalled)
            return true;
    }
    return false;
}
