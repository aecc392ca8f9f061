/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shard/control/sa.h"
#include "shard/control/state.h"
#include "shard/event.h"

static const enum control_event events_of[] = {
    [SHARD_EVENT_IKE_UPDOWN] = CONTROL_EVENT_ike_updown,
    [SHARD_EVENT_IKE_REKEY] = CONTROL_EVENT_ike_rekey,
    [SHARD_EVENT_IKE_UPDATE] = CONTROL_EVENT_ike_update,
    [SHARD_EVENT_CHILD_UPDOWN] = CONTROL_EVENT_child_updown,
    [SHARD_EVENT_CHILD_REKEY] = CONTROL_EVENT_child_rekey,
    [SHARD_EVENT_LOG] = CONTROL_EVENT_log,
};

_Static_assert(x4m_countof(events_of) == SHARD_EVENT_KINDS, "an event for each");

/* -------------------------------------------------------------------------- what they say */

static void put_updown(struct vici_writer *writer, const struct shard_event *event)
{
    if (event->up)
        vici_flag(writer, "up", true);
    control_sa_put(writer, event->sa);
}

static void put_ike_rekey(struct vici_writer *writer, const struct shard_event *event)
{
    vici_section(writer, event->sa->connection);
    control_sa_put_as(writer, "old", event->old);
    control_sa_put_as(writer, "new", event->sa);
    vici_section_end(writer);
}

static void put_child_rekey(struct vici_writer *writer, const struct shard_event *event)
{
    control_sa_put_replaced(writer, event->sa, &event->old->children[0]);
}

static void put_update(struct vici_writer *writer, const struct shard_event *event)
{
    control_sa_put_hosts(writer, event->sa);
    control_sa_put(writer, event->sa);
}

/* Where time and level end, which are the event's own; an object of JSON stays whole. */
static size_t head_of(const struct shard_event *event)
{
    static const char marks[] = "event=";
    if (event->line[0] == '{')
        return 0;
    const char *line = memmem(event->line, event->len, marks, strlen(marks));
    return line ? (size_t)(line - event->line) : 0;
}

/* The line without its newline. */
static void put_line(struct vici_writer *writer, const struct shard_event *event)
{
    const size_t before = head_of(event);
    vici_text(writer, "group", "IKE");
    vici_number(writer, "level", event->level > x4c_trace_notice ? event->level - 1 : 0);
    vici_number(writer, "thread", event->shard);
    vici_bytes(writer, "msg", event->line + before, event->len - before - 1);
}

static void (*const writers[])(struct vici_writer *writer, const struct shard_event *event) = {
    [SHARD_EVENT_IKE_UPDOWN] = put_updown,       [SHARD_EVENT_IKE_REKEY] = put_ike_rekey,
    [SHARD_EVENT_IKE_UPDATE] = put_update,       [SHARD_EVENT_CHILD_UPDOWN] = put_updown,
    [SHARD_EVENT_CHILD_REKEY] = put_child_rekey, [SHARD_EVENT_LOG] = put_line,
};

/* -------------------------------------------------------------------------- to clients */

static void tell_lost(struct control_client *client)
{
    struct hub_log *log = hub_log(client->control->hub);
    if (client->lost++ || !control_log_begin(client, x4c_trace_notice, "control-events-lost"))
        return;
    hub_log_text(log, "text", "it does not read what it has registered for");
    hub_log_end(log);
}

/* Of lines: those about its peer, or those that the log has. */
static bool is_for(const struct control_client *client, const struct shard_event *event)
{
    if (event->kind != SHARD_EVENT_LOG)
        return true;
    return client->trace ? event->traces & client->trace : !event->deep;
}

static void tell(struct control_client *client, const struct shard_event *event)
{
    const enum control_event name = events_of[event->kind];
    if (!control_client_wants(client, name) || client->broken || !is_for(client, event))
        return;
    if (!control_client_has_room(client)) {
        tell_lost(client);
        return;
    }
    struct vici_writer writer = control_client_event(client, name);
    writers[event->kind](&writer, event);
    control_client_put(client, &writer);
    control_client_serve_later(client);
}

static void tell_all(struct control *control, const struct shard_event *event)
{
    x4m_list_each(link, &control->clients)
        tell(x4m_container(link, struct control_client, of_control), event);
}

/* In the control thread. */
static void on_event(void *member, struct shard_letter *letter)
{
    struct shard_event *event = x4m_container(letter, struct shard_event, letter);
    (void)member;
    tell_all(event->watcher, event);
    shard_event_free(event);
}

/* -------------------------------------------------------------------------- lines of ours */

/* What telling them makes us log is not told. */
static void on_line(void *context, x4e_trace_level level, const char *line, size_t len)
{
    struct control *control = context;
    struct shard_event *event = control->telling ? NULL : calloc(1, sizeof(*event) + len);
    if (!event)
        return;
    event->kind = SHARD_EVENT_LOG;
    event->shard = hub_shard_count(control->hub);
    event->level = level;
    event->len = len;
    memcpy(event->line, line, len);
    control->telling = true;
    tell_all(control, event);
    control->telling = false;
    free(event);
}

/* -------------------------------------------------------------------------- who wants what */

struct watch_question {
    struct hub_question question;
    struct shard_watcher watcher;
};

static void ask(struct shard *shard, struct hub_question *question)
{
    shard_event_watch(shard, &x4m_container(question, struct watch_question, question)->watcher);
}

static void answered(struct hub *hub, struct hub_question *question)
{
    (void)hub;
    (void)question;
}

static uint32_t wanted_by(const struct control_client *client)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < SHARD_EVENT_KINDS; i++)
        kinds |= control_client_wants(client, events_of[i]) ? x4m_bit(i) : 0;
    return kinds;
}

bool control_event_wants(const struct control_client *client)
{
    return wanted_by(client) != 0;
}

static void ask_all(struct control *control, uint32_t kinds)
{
    const uint32_t count = hub_shard_count(control->hub);
    for (uint32_t i = 0; i < count; i++) {
        struct watch_question *question = calloc(1, sizeof(*question));
        if (!question)
            return;
        question->question.ask = ask;
        question->question.answered = answered;
        question->watcher =
            (struct shard_watcher){.kinds = kinds, .deliver = on_event, .watcher = control};
        memcpy(question->watcher.traces, control->traces, sizeof(control->traces));
        hub_ask(control->hub, i, &question->question);
    }
}

void control_event_watch(struct control *control)
{
    uint32_t kinds = 0;
    x4m_list_each(link, &control->clients) kinds |=
        wanted_by(x4m_container(link, struct control_client, of_control));
    if (control->closing || kinds == control->watched)
        return;
    control->watched = kinds;
    hub_log_tap(hub_log(control->hub), kinds & x4m_bit(SHARD_EVENT_LOG) ? on_line : NULL, control);
    ask_all(control, kinds);
}

/* -------------------------------------------------------------------------- traces */

/* As the log writes it. False: it is neither address nor identity. */
static bool read_peer(const char *peer, struct shard_trace *trace)
{
    uint8_t data[HUB_IDENTITY_MAX];
    struct hub_identity identity;
    const char *expected;
    x4s_net_addr addr;
    *trace = (struct shard_trace){0};
    if (x4_net_addr_parse(peer, &addr)) {
        trace->host = addr;
        return true;
    }
    if (!hub_identity_parse(peer, &identity, data, &expected) ||
        identity.kind != HUB_IDENTITY_EXACT)
        return false;
    hub_identity_format(&identity.id, trace->id);
    return true;
}

static uint32_t free_trace(const struct control *control)
{
    uint32_t i = 0;
    while (i < SHARD_TRACES_MAX && (*control->traces[i].id || control->traces[i].host.family))
        i++;
    return i;
}

static void tell_traces(struct control *control)
{
    if (!control->closing)
        ask_all(control, control->watched);
}

void control_event_forget(struct control_client *client)
{
    struct control *control = client->control;
    for (uint32_t i = 0; i < SHARD_TRACES_MAX; i++) {
        if (client->trace & x4m_bit(i))
            control->traces[i] = (struct shard_trace){0};
    }
    if (client->trace)
        tell_traces(control);
    client->trace = 0;
}

const char *control_event_trace(struct control_client *client, const char *peer)
{
    struct control *control = client->control;
    struct shard_trace trace;
    if (!read_peer(peer, &trace))
        return "expected the address of a peer, or an identity without an asterisk, as peer";
    control_event_forget(client);
    const uint32_t slot = free_trace(control);
    if (slot == SHARD_TRACES_MAX)
        return "other clients trace as many peers as is possible: four";
    control->traces[slot] = trace;
    client->trace = x4m_bit(slot);
    tell_traces(control);
    return NULL;
}

void control_event_close(struct control *control)
{
    control->closing = true;
    hub_log_tap(hub_log(control->hub), NULL, NULL);
}
