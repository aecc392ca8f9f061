/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/event.h"

#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct shard *shard, enum shard_event_kind kind)
{
    return shard->watcher.kinds & x4m_bit(kind);
}

void shard_event_free(struct shard_event *event)
{
    free(event->sa);
    free(event->old);
    free(event);
}

static struct shard_event *event_new(const struct shard *shard, enum shard_event_kind kind,
                                     size_t len)
{
    struct shard_event *event = calloc(1, sizeof(*event) + len);
    if (!event)
        return NULL;
    event->letter.deliver = shard->watcher.deliver;
    event->watcher = shard->watcher.watcher;
    event->kind = kind;
    event->shard = shard->steer.index;
    event->len = len;
    return event;
}

static void hand_over(struct shard *shard, struct shard_event *event)
{
    if (!shard_post_offer(&shard->post, shard_post_control(&shard->post), &event->letter)) {
        shard->counters.events_lost++;
        shard_event_free(event);
    }
}

/* -------------------------------------------------------------------------- SAs */

/* `child` is the one that it is about, and `old` what it replaces, an SA or a child of this. */
struct happening {
    enum shard_event_kind kind;
    bool up;
    const struct shard_sa *sa;
    const struct shard_child *child;
    const struct shard_sa *old_sa;
    const struct shard_child *old_child;
};

static void tell(struct shard *shard, const struct happening *what)
{
    struct shard_event *event =
        is_wanted(shard, what->kind) ? event_new(shard, what->kind, 0) : NULL;
    if (!event)
        return;
    event->up = what->up;
    event->sa = shard_sa_record_about(what->sa, what->child);
    if (what->old_sa)
        event->old = shard_sa_record_about(what->old_sa, what->old_child);
    if (event->sa && !what->old_sa == !event->old)
        hand_over(shard, event);
    else
        shard_event_free(event);
}

void shard_event_up1(struct shard_sa *sa, const struct shard_sa *old)
{
    tell(sa->shard, &(struct happening){
                        .kind = old ? SHARD_EVENT_IKE_REKEY : SHARD_EVENT_IKE_UPDOWN,
                        .up = true,
                        .sa = sa,
                        .old_sa = old,
                    });
}

/* What was replaced was told then. */
void shard_event_down1(struct shard_sa *sa)
{
    if (sa->up && !sa->replaced)
        tell(sa->shard, &(struct happening){.kind = SHARD_EVENT_IKE_UPDOWN, .sa = sa});
}

void shard_event_moved1(struct shard_sa *sa)
{
    tell(sa->shard, &(struct happening){.kind = SHARD_EVENT_IKE_UPDATE, .up = true, .sa = sa});
}

void shard_event_up2(struct shard_child *child)
{
    struct shard *shard = child->sa->shard;
    const struct shard_child *old =
        child->replaces ? shard_child_find(shard, child->replaces) : NULL;
    tell(shard, &(struct happening){
                    .kind = old ? SHARD_EVENT_CHILD_REKEY : SHARD_EVENT_CHILD_UPDOWN,
                    .up = true,
                    .sa = child->sa,
                    .child = child,
                    .old_sa = old ? old->sa : NULL,
                    .old_child = old,
                });
}

void shard_event_down2(struct shard_child *child)
{
    if (child->up && !child->replaced)
        tell(child->sa->shard, &(struct happening){
                                   .kind = SHARD_EVENT_CHILD_UPDOWN,
                                   .sa = child->sa,
                                   .child = child,
                               });
}

/* -------------------------------------------------------------------------- lines */

static void on_line(void *context, x4e_trace_level level, const char *line, size_t len)
{
    struct shard *shard = context;
    struct shard_event *event = event_new(shard, SHARD_EVENT_LOG, len);
    if (!event)
        return;
    event->level = level;
    memcpy(event->line, line, len);
    hand_over(shard, event);
}

void shard_event_watch(struct shard *shard, const struct shard_watcher *watcher)
{
    shard->watcher = *watcher;
    hub_log_tap(&shard->log, is_wanted(shard, SHARD_EVENT_LOG) ? on_line : NULL, shard);
}
