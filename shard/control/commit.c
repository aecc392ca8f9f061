/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/commit.h"

#include "shard/control/keys.h"
#include "shard/control/state.h"
#include "shard/keeper.h"
#include "shard/state.h"

#define DELAY_MS     20
#define DELAY_MAX_MS 2000
#define DELAY_PART   4 /* times what the last one took */

static struct control *control_of(struct control_commit *commit)
{
    return x4m_container(commit, struct control, commit);
}

static x4_msec delay_of(const struct control_commit *commit)
{
    const x4_msec wanted = DELAY_PART * commit->took;
    return x4m_min(x4m_max(wanted, (x4_msec)DELAY_MS), (x4_msec)DELAY_MAX_MS);
}

static bool is_pending(const struct control_commit *commit)
{
    return x4_wheel_pending(&commit->timer.timer);
}

/* -------------------------------------------------------------------------- those who wait */

static void tell_settled(struct control_commit *commit)
{
    x4m_list_each(link, &commit->waiting)
    {
        struct control_settle *settle = x4m_container(link, struct control_settle, of_commit);
        if (settle->changes > commit->done)
            return;
        x4_list_remove(link);
        settle->settled(settle);
    }
}

bool control_commit_settle(struct control *control, struct control_settle *settle)
{
    struct control_commit *commit = &control->commit;
    if (commit->done == commit->changes)
        return false;
    settle->changes = commit->changes;
    x4_list_append(&commit->waiting, &settle->of_commit);
    if (!commit->busy)
        hub_timer_set(control->hub, &commit->timer, 0);
    return true;
}

void control_commit_forget(struct control_settle *settle)
{
    x4_list_remove(&settle->of_commit);
}

/* -------------------------------------------------------------------------- snapshots */

static void schedule(struct control_commit *commit)
{
    const x4_msec delay = x4_list_empty(&commit->waiting) ? delay_of(commit) : 0;
    hub_timer_set(control_of(commit)->hub, &commit->timer, delay);
}

/* The log has what was found. */
static void on_told(struct hub_reload_request *request, const char *text)
{
    (void)request;
    (void)text;
}

/* What failed is not tried again by itself: it is in the next snapshot, whoever asks for that. */
static void on_done(struct hub_reload_request *request, const char *error)
{
    struct control_commit *commit = x4m_container(request, struct control_commit, request);
    (void)error;
    commit->busy = false;
    commit->done = commit->included;
    commit->took = shard_clock() - commit->begun;
    tell_settled(commit);
    if (commit->changes != commit->done)
        schedule(commit);
}

static void begin(struct hub *hub, struct hub_timer *timer)
{
    struct control_commit *commit = x4m_container(timer, struct control_commit, timer);
    commit->busy = true;
    commit->included = commit->changes;
    commit->begun = shard_clock();
    hub_reload_overlay(hub, &commit->request);
}

void control_commit_changed(struct control *control)
{
    struct control_commit *commit = &control->commit;
    commit->changes++;
    if (!commit->busy && !is_pending(commit))
        schedule(commit);
}

/* -------------------------------------------------------------------------- open and close */

static struct hub_overlay *give_overlay(void *context)
{
    struct control *control = context;
    return control_loaded_overlay(&control->loaded);
}

void control_commit_init(struct control *control)
{
    struct control_commit *commit = &control->commit;
    commit->timer.fire = begin;
    commit->request.told = on_told;
    commit->request.done = on_done;
    x4_list_init(&commit->waiting);
    hub_reload_lay_over(control->hub, give_overlay, control);
    hub_keeper_tell(control->hub, control_keys_lost, control);
}

void control_commit_fini(struct control *control)
{
    struct control_commit *commit = &control->commit;
    hub_keeper_tell(control->hub, NULL, NULL);
    hub_reload_lay_over(control->hub, NULL, NULL);
    hub_timer_cancel(control->hub, &commit->timer);
    if (commit->busy)
        hub_reload_forget(&commit->request);
}
