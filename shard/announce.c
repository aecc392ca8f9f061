/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/announce.h"

#include <stdio.h>

#include "shard/hub_state.h"
#include "shard/stall.h"

#define STATUS_MAX 256
#define STALLED_MS 1000 /* until it is looked again whether all shards go round */

/* `trouble` is NULL, or what people should know. */
static void tell_ready(const struct hub_announcer *announcer, const char *trouble)
{
    char status[STATUS_MAX];
    snprintf(status, sizeof(status), "Serving %zu connections with %u shards%s%s",
             hub_config_now(announcer->hub)->connection_count, hub_shard_count(announcer->hub),
             trouble ? "; not reloaded: " : "", trouble ? trouble : "");
    hub_notify_ready(announcer->notify, status);
}

static void on_alive(struct hub *hub, struct hub_timer *timer)
{
    struct hub_announcer *announcer = x4m_container(timer, struct hub_announcer, alive);
    const x4_msec wait =
        hub_stall_is_any(hub) ? STALLED_MS : hub_notify_alive(announcer->notify, hub->now);
    if (wait != x4c_never)
        hub_timer_set(hub, timer, wait);
}

/* The log has it. */
static void on_told(struct hub_reload_request *request, const char *text)
{
    (void)request;
    (void)text;
}

static void on_reloaded(struct hub_reload_request *request, const char *error)
{
    struct hub_announcer *announcer = x4m_container(request, struct hub_announcer, request);
    announcer->reloading = false;
    tell_ready(announcer, error);
}

void hub_announce_begin(struct hub_announcer *announcer, struct hub *hub, struct hub_notify *notify)
{
    *announcer = (struct hub_announcer){
        .notify = notify,
        .hub = hub,
        .alive.fire = on_alive,
        .request = {.told = on_told, .done = on_reloaded},
    };
    tell_ready(announcer, NULL);
    on_alive(hub, &announcer->alive);
}

/* One that comes during another is served after it. */
void hub_announce_reload(struct hub_announcer *announcer)
{
    if (announcer->reloading) {
        hub_reload(announcer->hub, NULL);
        return;
    }
    announcer->reloading = true;
    hub_notify_reloading(announcer->notify);
    hub_reload(announcer->hub, &announcer->request);
}

void hub_announce_stop(const struct hub_announcer *announcer)
{
    hub_notify_stopping(announcer->notify);
}
