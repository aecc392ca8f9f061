/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "shard/config/numbers.h"
#include "shard/hub_state.h"
#include "shard/loader.h"
#include "shard/radius/desk.h"
#include "shard/snapshot.h"

struct reload_question {
    struct hub_question question;
    const struct hub_snapshot *snapshot;
    bool done;
};

static struct hub_reload_request *request_of(x4s_list *link)
{
    return x4m_container(link, struct hub_reload_request, of_reload);
}

/* -------------------------------------------------------------------------- what is told */

static void log_text(struct hub *hub, x4e_trace_level level, const char *event, const char *text)
{
    if (!hub_log_begin(&hub->log, level, event))
        return;
    hub_log_text(&hub->log, "text", text);
    hub_log_end(&hub->log);
}

static void tell(struct hub *hub, const char *text)
{
    x4m_list_each(link, &hub->reload.served)
    {
        struct hub_reload_request *request = request_of(link);
        request->told(request, text);
    }
}

static void tell_needs(struct hub *hub, const char *needs)
{
    char text[HUB_RUNNING_TEXT + 64];
    if (!*needs)
        return;
    snprintf(text, sizeof(text), "not changed before a restart: %s", needs);
    log_text(hub, x4c_trace_notice, "restart-needed", needs);
    tell(hub, text);
}

static void on_told(void *context, enum hub_severity severity, const char *text)
{
    struct hub *hub = context;
    const bool error = severity == HUB_ERROR;
    if (error && !*hub->reload.error)
        snprintf(hub->reload.error, sizeof(hub->reload.error), "%s", text);
    log_text(hub, error ? x4c_trace_error : x4c_trace_notice,
             error ? "configuration-error" : "configuration-warning", text);
    tell(hub, text);
}

/* -------------------------------------------------------------------------- the end */

/* `error` is NULL, or why it failed. */
static void end(struct hub *hub, const char *error)
{
    struct hub_reload *reload = &hub->reload;
    x4s_list *link;
    reload->candidate = NULL;
    if (error) {
        reload->failures++;
        log_text(hub, x4c_trace_error, "reload-failed", error);
    }
    reload->ending = true;
    while ((link = x4_list_pop(&reload->served)))
        request_of(link)->done(request_of(link), error);
    reload->ending = false;
    if (!reload->again)
        return;
    reload->again = false;
    hub_timer_set(hub, &reload->begin, 0);
}

static void discard(struct hub *hub, const char *error)
{
    hub_retire_discard(hub, hub->reload.candidate);
    end(hub, error);
}

/* -------------------------------------------------------------------------- rounds of letters */

static struct reload_question *question_of(struct hub_question *question)
{
    return x4m_container(question, struct reload_question, question);
}

/* False: not all were asked; those who were will answer. */
static bool ask_all(struct hub *hub, void (*ask)(struct shard *, struct hub_question *),
                    void (*answered)(struct hub *, struct hub_question *))
{
    struct hub_reload *reload = &hub->reload;
    struct reload_question *questions[HUB_SHARDS_MAX];
    uint32_t count = 0;
    while (count < hub->count && (questions[count] = calloc(1, sizeof(*questions[0]))))
        count++;
    if (count < hub->count) {
        while (count > 0)
            free(questions[--count]);
        return false;
    }
    reload->missing = count;
    for (uint32_t i = 0; i < count; i++) {
        questions[i]->question.ask = ask;
        questions[i]->question.answered = answered;
        questions[i]->snapshot = reload->candidate;
        hub_ask(hub, i, &questions[i]->question);
    }
    return true;
}

static uint64_t count_missing(const struct hub_config *in, const struct hub_config *of)
{
    uint64_t count = 0;
    for (size_t i = 0; i < of->connection_count; i++)
        count += !hub_connection_numbered(in, hub_connection_number(&of->connections[i]));
    return count;
}

static void tell_done(struct hub *hub, const struct hub_config *before)
{
    const struct hub_snapshot *now = hub->retire.now;
    if (!hub_log_begin(&hub->log, x4c_trace_notice, "reloaded"))
        return;
    hub_log_number(&hub->log, "number", now->number);
    hub_log_number(&hub->log, "connections", now->config->connection_count);
    hub_log_number(&hub->log, "added", count_missing(before, now->config));
    hub_log_number(&hub->log, "removed", count_missing(now->config, before));
    hub_log_end(&hub->log);
}

static void adopt(struct shard *shard, struct hub_question *question)
{
    const struct hub_snapshot *snapshot = question_of(question)->snapshot;
    shard_snapshot_adopt(shard, &(struct shard_change){snapshot->config, &snapshot->daemon});
}

static void adopted(struct hub *hub, struct hub_question *question)
{
    struct hub_reload *reload = &hub->reload;
    const struct hub_config *before = hub_config_now(hub);
    (void)question;
    if (--reload->missing)
        return;
    reload->candidate->number = ++reload->loads;
    reload->loaded_at = time(NULL);
    hub->log.level = reload->candidate->daemon.log_level;
    hub->log.format = reload->candidate->daemon.log_format;
    hub_retire_succeed(hub, reload->candidate);
    hub_radius_change(hub);
    hub_keeper_commit(hub);
    tell_done(hub, before);
    end(hub, NULL);
}

static void prepare(struct shard *shard, struct hub_question *question)
{
    struct reload_question *mine = question_of(question);
    mine->done = shard_snapshot_prepare(shard, mine->snapshot->config);
}

static void prepared(struct hub *hub, struct hub_question *question)
{
    struct hub_reload *reload = &hub->reload;
    reload->failed = reload->failed || !question_of(question)->done;
    if (--reload->missing)
        return;
    if (reload->failed || !ask_all(hub, adopt, adopted))
        discard(hub, "out of memory");
}

/* -------------------------------------------------------------------------- the snapshot */

/* False: the command line and the configuration do not go together. */
static bool adapt(struct hub *hub, struct hub_daemon *daemon, char needs[HUB_RUNNING_TEXT])
{
    struct hub_reload *reload = &hub->reload;
    if (hub->adapt.apply && !hub->adapt.apply(hub->adapt.context, daemon, reload->error))
        return false;
    hub_running_adapt(&hub->running, daemon, needs);
    return true;
}

static void take(struct hub *hub, struct hub_config *config)
{
    struct hub_reload *reload = &hub->reload;
    char needs[HUB_RUNNING_TEXT];
    reload->candidate = hub_retire_enter(hub, config);
    if (!reload->candidate) {
        hub_config_free(config);
        end(hub, "out of memory");
        return;
    }
    if (!adapt(hub, &reload->candidate->daemon, needs)) {
        discard(hub, reload->error);
        return;
    }
    tell_needs(hub, needs);
    reload->failed = false;
    if (!ask_all(hub, prepare, prepared))
        discard(hub, "out of memory");
}

static void on_loaded(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct hub_reload *reload = &hub->reload;
    struct hub_loader *loader = reload->loader;
    (void)events;
    hub_watch_remove(hub, watch);
    reload->loader = NULL;
    struct hub_config *config = hub_loader_end(loader, on_told, hub);
    if (config)
        take(hub, config);
    else
        end(hub, *reload->error ? reload->error : "out of memory");
}

static bool load(struct hub *hub)
{
    struct hub_reload *reload = &hub->reload;
    const struct hub_config *now = hub_config_now(hub);
    const struct hub_loader_job job = {
        .path = now->path,
        .before = reload->read ? NULL : now,
        .overlay = reload->overlay ? reload->overlay(reload->overlay_context) : NULL,
    };
    reload->read = false;
    reload->loader = hub_loader_begin(&job);
    if (!reload->loader)
        return false;
    reload->loaded = (struct hub_watch){hub_loader_fd(reload->loader), on_loaded};
    if (hub_watch_add(hub, &reload->loaded, EPOLLIN))
        return true;
    hub_config_free(hub_loader_end(reload->loader, NULL, NULL));
    reload->loader = NULL;
    return false;
}

/* From the loop: nobody who asks has the answer before asking is over. */
static void begin(struct hub *hub, struct hub_timer *timer)
{
    struct hub_reload *reload = &hub->reload;
    x4s_list *link;
    char text[128];
    (void)timer;
    *reload->error = '\0';
    while ((link = x4_list_pop(&reload->asked)))
        x4_list_append(&reload->served, link);
    snprintf(text, sizeof(text), "SAs use %d configurations of before: end some, or wait",
             HUB_SNAPSHOTS_MAX - 1);
    if (!hub_retire_has_room(hub))
        end(hub, text);
    else if (!load(hub))
        end(hub, "out of memory");
}

/* -------------------------------------------------------------------------- for others */

void hub_reload_init(struct hub *hub)
{
    x4_list_init(&hub->reload.asked);
    x4_list_init(&hub->reload.served);
    hub->reload.begin.fire = begin;
    hub->reload.loads = 1;
    hub->reload.loaded_at = time(NULL);
}

void hub_reload_fini(struct hub *hub)
{
    if (hub->reload.loader)
        hub_config_free(hub_loader_end(hub->reload.loader, NULL, NULL));
}

void hub_reload(struct hub *hub, struct hub_reload_request *request)
{
    hub->reload.read = true;
    hub_reload_overlay(hub, request);
}

void hub_reload_overlay(struct hub *hub, struct hub_reload_request *request)
{
    struct hub_reload *reload = &hub->reload;
    if (request)
        x4_list_append(&reload->asked, &request->of_reload);
    if (reload->loader || reload->candidate || reload->ending)
        reload->again = true;
    else
        hub_timer_set(hub, &reload->begin, 0);
}

void hub_reload_lay_over(struct hub *hub, struct hub_overlay *(*overlay)(void *context),
                         void *context)
{
    hub->reload.overlay = overlay;
    hub->reload.overlay_context = context;
}

void hub_reload_forget(struct hub_reload_request *request)
{
    x4_list_remove(&request->of_reload);
}

struct hub_reload_report hub_reload_report(const struct hub *hub)
{
    return (struct hub_reload_report){
        .loaded_at = hub->reload.loaded_at,
        .loads = hub->reload.loads,
        .failures = hub->reload.failures,
        .configurations = hub_retire_count(hub),
        .old_sas = hub_retire_old_sas(hub),
    };
}
