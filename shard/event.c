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

/* What follows a key of a line, up to a space; quotes are kept. */
static size_t value_of(const char *line, size_t len, const char *key, const char **value)
{
    const char *found = memmem(line, len, key, strlen(key));
    if (!found)
        return 0;
    *value = found + strlen(key);
    const char *end = **value == '"' ? memchr(*value + 1, '"', len - (size_t)(*value + 1 - line))
                                     : memchr(*value, ' ', len - (size_t)(*value - line));
    return (size_t)((end ? end : line + len - 1) - *value);
}

/* The address of "192.0.2.1:500", "[2001:db8::1]:500", or of one without a port. */
static bool host_of(const char *text, size_t len, x4s_net_addr *host)
{
    char copy[x4c_net_addr_text];
    const size_t bracket = len && text[0] == '[' ? 1 : 0;
    const char *end = memrchr(text, bracket ? ']' : ':', len);
    const size_t size = end ? (size_t)(end - text) - bracket : len;
    if (size >= sizeof(copy))
        return false;
    memcpy(copy, text + bracket, size);
    copy[size] = '\0';
    return x4_net_addr_parse(copy, host);
}

static bool is_host(const struct shard_trace *trace, const x4s_net_addr *addr)
{
    x4s_net_addr host = *addr;
    host.port = 0;
    return trace->host.family && x4_net_addr_equal(&trace->host, &host);
}

static bool has_id(const char *line, size_t len, const char *id)
{
    static const char *const keys[] = {" remote_id=", " user=", " owner="};
    const char *value = "";
    for (size_t i = 0; *id && i < x4m_countof(keys); i++) {
        size_t found = value_of(line, len, keys[i], &value);
        const size_t quote = found && *value == '"' ? 1 : 0;
        if (found == strlen(id) + quote && memcmp(value + quote, id, strlen(id)) == 0)
            return true;
    }
    return false;
}

/* Whoever is known by identity is looked for by address from then on. */
static uint32_t traces_of(struct shard *shard, const char *line, size_t len)
{
    const char *peer = NULL;
    x4s_net_addr host = {0};
    const size_t peer_len = value_of(line, len, " peer=", &peer);
    const bool from = peer_len && host_of(peer, peer_len, &host);
    uint32_t traces = shard->traced;
    shard->traced = 0;
    for (uint32_t i = 0; i < SHARD_TRACES_MAX; i++) {
        struct shard_trace *trace = &shard->watcher.traces[i];
        const bool known = has_id(line, len, trace->id);
        if (known && from)
            trace->host = host;
        if (known || (from && is_host(trace, &host)))
            traces |= x4m_bit(i);
    }
    return traces;
}

static void on_line(void *context, x4e_trace_level level, const char *line, size_t len)
{
    struct shard *shard = context;
    const bool deep = level > shard->log.level;
    const uint32_t traces = traces_of(shard, line, len);
    struct shard_event *event = deep && !traces ? NULL : event_new(shard, SHARD_EVENT_LOG, len);
    if (!event)
        return;
    event->level = level;
    event->deep = deep;
    event->traces = traces;
    memcpy(event->line, line, len);
    hand_over(shard, event);
}

static bool has_cookie(const struct shard_trace *trace, x4s_chunk cookie)
{
    for (uint32_t i = 0; i < x4m_min(trace->cookie_count, SHARD_TRACE_COOKIES); i++) {
        if (cookie.len == sizeof(trace->cookies[i]) &&
            memcmp(trace->cookies[i], cookie.data, cookie.len) == 0)
            return true;
    }
    return false;
}

static bool is_about(const struct shard_trace *trace, const x4s_trace_field *field)
{
    x4s_net_addr host;
    if (field->kind == x4c_trace_bytes && strcmp(field->key, "icookie") == 0)
        return has_cookie(trace, field->bytes);
    return field->kind == x4c_trace_text && strcmp(field->key, "peer") == 0 &&
           host_of(field->text, strlen(field->text), &host) && is_host(trace, &host);
}

/* Before it is formatted: with a trace on there are very many of other peers. */
static bool wants(void *context, const x4s_trace_event *event)
{
    struct shard *shard = context;
    shard->traced = 0;
    for (uint32_t k = 0; k < SHARD_TRACES_MAX; k++)
        for (size_t i = 0; i < event->count; i++)
            if (is_about(&shard->watcher.traces[k], &event->fields[i]))
                shard->traced |= x4m_bit(k);
    return shard->traced != 0;
}

void shard_event_datagram(struct shard *shard, const x4s_net_link *link, const void *data,
                          size_t len)
{
    if (shard->log.tap_level == x4c_trace_off || len < sizeof(shard->watcher.traces[0].cookies[0]))
        return;
    for (uint32_t i = 0; i < SHARD_TRACES_MAX; i++) {
        struct shard_trace *trace = &shard->watcher.traces[i];
        const x4s_chunk cookie = {data, sizeof(trace->cookies[0])};
        if (!is_host(trace, &link->remote) || has_cookie(trace, cookie))
            continue;
        memcpy(trace->cookies[trace->cookie_count++ % SHARD_TRACE_COOKIES], data, cookie.len);
    }
}

static bool has_traces(const struct shard_watcher *watcher)
{
    bool any = false;
    for (uint32_t i = 0; i < SHARD_TRACES_MAX; i++)
        any = any || *watcher->traces[i].id || watcher->traces[i].host.family;
    return any;
}

void shard_event_watch(struct shard *shard, const struct shard_watcher *watcher)
{
    const bool traced = is_wanted(shard, SHARD_EVENT_LOG) && has_traces(&shard->watcher);
    shard->watcher = *watcher;
    const bool traces = is_wanted(shard, SHARD_EVENT_LOG) && has_traces(watcher);
    hub_log_tap(&shard->log, is_wanted(shard, SHARD_EVENT_LOG) ? on_line : NULL, shard);
    if (traces)
        hub_log_tap_deep(&shard->log, x4c_trace_debug, wants);
    shard->adjust = shard->adjust || traces != traced;
}
