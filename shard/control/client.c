/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shard/control/command.h"
#include "shard/control/event.h"
#include "shard/control/state.h"

#define LOG_TEXT 512

static const char *const event_names[] = {
    [CONTROL_EVENT_list_sa] = "list-sa",
    [CONTROL_EVENT_list_conn] = "list-conn",
    [CONTROL_EVENT_list_cert] = "list-cert",
    [CONTROL_EVENT_list_authority] = "list-authority",
    [CONTROL_EVENT_list_policy] = "list-policy",
    [CONTROL_EVENT_control_log] = "control-log",
    [CONTROL_EVENT_log] = "log",
    [CONTROL_EVENT_ike_updown] = "ike-updown",
    [CONTROL_EVENT_ike_rekey] = "ike-rekey",
    [CONTROL_EVENT_ike_update] = "ike-update",
    [CONTROL_EVENT_child_updown] = "child-updown",
    [CONTROL_EVENT_child_rekey] = "child-rekey",
};

_Static_assert(x4m_countof(event_names) == CONTROL_EVENT_COUNT, "a name for each");

static struct hub_log *log_of(const struct control_client *client)
{
    return hub_log(client->control->hub);
}

bool control_log_begin(const struct control_client *client, x4e_trace_level level,
                       const char *event)
{
    struct hub_log *log = log_of(client);
    if (!hub_log_begin(log, level, event))
        return false;
    hub_log_number(log, "pid", (uint64_t)client->pid);
    hub_log_number(log, "uid", client->uid);
    return true;
}

/* -------------------------------------------------------------------------- what goes out */

bool control_client_has_room(const struct control_client *client)
{
    return vici_output_pending(&client->output) < CONTROL_OUTPUT_ROOM;
}

static struct vici_writer begin(struct control_client *client, enum vici_packet_type type,
                                const char *name)
{
    return vici_packet_begin(client->control->packet, sizeof(client->control->packet), type, name);
}

struct vici_writer control_client_event(struct control_client *client, enum control_event event)
{
    return begin(client, VICI_EVENT, event_names[event]);
}

struct vici_writer control_client_response(struct control_client *client)
{
    return begin(client, VICI_CMD_RESPONSE, NULL);
}

void control_client_put(struct control_client *client, struct vici_writer *writer)
{
    x4s_chunk segment;
    if (!vici_packet_end(writer, &segment) || !vici_output_put(&client->output, segment))
        client->broken = true;
}

void control_client_log(struct control_client *client, const char *format, ...)
{
    char text[LOG_TEXT];
    va_list arguments;
    if (!control_client_wants(client, CONTROL_EVENT_control_log))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct vici_writer writer = control_client_event(client, CONTROL_EVENT_control_log);
    vici_text(&writer, "group", "IKE");
    vici_text(&writer, "level", "1");
    vici_text(&writer, "msg", text);
    control_client_put(client, &writer);
}

void control_client_refuse(struct control_client *client, const char *why)
{
    struct vici_writer writer = control_client_response(client);
    vici_flag(&writer, "success", false);
    vici_text(&writer, "errmsg", why);
    control_client_put(client, &writer);
}

void control_client_confirm(struct control_client *client)
{
    struct vici_writer writer = control_client_response(client);
    vici_flag(&writer, "success", true);
    control_client_put(client, &writer);
}

static void put_plain(struct control_client *client, enum vici_packet_type type)
{
    struct vici_writer writer = begin(client, type, NULL);
    control_client_put(client, &writer);
}

/* -------------------------------------------------------------------------- what comes in */

static void register_event(struct control_client *client, x4s_chunk name, bool wanted)
{
    for (size_t i = 0; i < CONTROL_EVENT_COUNT; i++) {
        if (!vici_is(name, event_names[i]))
            continue;
        const uint32_t others = client->events & ~x4m_bit(i);
        client->events = wanted ? others | x4m_bit(i) : others;
        control_event_watch(client->control);
        put_plain(client, VICI_EVENT_CONFIRM);
        return;
    }
    put_plain(client, VICI_EVENT_UNKNOWN);
}

static void handle(struct control_client *client, const struct vici_packet *packet)
{
    switch (packet->type) {
    case VICI_CMD_REQUEST:
        if (!control_command_begin(client, packet->name, packet->message))
            put_plain(client, VICI_CMD_UNKNOWN);
        return;
    case VICI_EVENT_REGISTER:
    case VICI_EVENT_UNREGISTER:
        register_event(client, packet->name, packet->type == VICI_EVENT_REGISTER);
        return;
    case VICI_CMD_RESPONSE:
    case VICI_CMD_UNKNOWN:
    case VICI_EVENT_CONFIRM:
    case VICI_EVENT_UNKNOWN:
    case VICI_EVENT:
        client->broken = true;
    }
}

/* It waits for what it asked for before. */
static bool may_ask(const struct control_client *client)
{
    return !client->command && !client->broken && control_client_has_room(client);
}

static void handle_requests(struct control_client *client)
{
    x4s_chunk segment;
    struct vici_packet packet;
    while (may_ask(client) && vici_input_next(&client->input, &segment)) {
        if (vici_packet_read(segment, &packet))
            handle(client, &packet);
        else
            client->broken = true;
    }
    if (vici_input_refused(&client->input))
        client->broken = true;
}

static void fill(struct control_client *client)
{
    const enum vici_progress progress = vici_input_fill(&client->input, client->watch.fd);
    client->ended = client->ended || progress == VICI_ENDED;
    client->broken = client->broken || progress == VICI_BROKEN;
}

/* -------------------------------------------------------------------------- going on */

static bool is_waited_for(const struct control_client *client)
{
    return vici_output_pending(&client->output) ||
           (vici_input_pending(&client->input) && !client->command);
}

/* The time runs from when there is something to wait for; what is read starts it anew. */
static void watch_time(struct control_client *client, bool moved)
{
    struct hub *hub = client->control->hub;
    if (!is_waited_for(client))
        hub_timer_cancel(hub, &client->stuck);
    else if (moved || !x4_wheel_pending(&client->stuck.timer))
        hub_timer_set(hub, &client->stuck, CONTROL_STUCK_MS);
}

static uint32_t interest(const struct control_client *client)
{
    const bool reads = may_ask(client) && !client->ended;
    return (reads ? EPOLLIN : 0) | (vici_output_pending(&client->output) ? EPOLLOUT : 0);
}

/* It has all that it will get. */
static bool is_done(const struct control_client *client)
{
    return client->broken ||
           (client->ended && !client->command && !vici_output_pending(&client->output));
}

void control_client_serve(struct control_client *client)
{
    bool moved = false;
    enum vici_progress progress;
    do {
        handle_requests(client);
        progress = vici_output_flush(&client->output, client->watch.fd);
        moved = moved || progress == VICI_MOVED;
        if (client->command && control_client_has_room(client))
            control_command_resume(client->command);
    } while (progress == VICI_MOVED && !client->broken);
    if (progress == VICI_BROKEN)
        client->broken = true;
    if (is_done(client)) {
        control_client_close(client);
        return;
    }
    watch_time(client, moved);
    hub_watch_change(client->control->hub, &client->watch, interest(client));
}

void control_client_serve_later(struct control_client *client)
{
    hub_timer_set(client->control->hub, &client->later, 0);
}

static void on_later(struct hub *hub, struct hub_timer *timer)
{
    (void)hub;
    control_client_serve(x4m_container(timer, struct control_client, later));
}

static void on_ready(struct hub *hub, struct hub_watch *watch, uint32_t events)
{
    struct control_client *client = x4m_container(watch, struct control_client, watch);
    (void)hub;
    if (events & (EPOLLHUP | EPOLLERR))
        client->broken = true;
    if (events & EPOLLIN && may_ask(client))
        fill(client);
    control_client_serve(client);
}

static void on_stuck(struct hub *hub, struct hub_timer *timer)
{
    struct control_client *client = x4m_container(timer, struct control_client, stuck);
    (void)hub;
    if (control_log_begin(client, x4c_trace_notice, "control-stuck")) {
        hub_log_number(log_of(client), "waiting", vici_output_pending(&client->output));
        hub_log_end(log_of(client));
    }
    control_client_close(client);
}

/* -------------------------------------------------------------------------- open and close */

static void identify(struct control_client *client, int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    client->pid = peer.pid;
    client->uid = peer.uid;
}

struct control_client *control_client_open(struct control *control, int fd)
{
    struct control_client *client = calloc(1, sizeof(*client));
    if (!client) {
        close(fd);
        return NULL;
    }
    client->control = control;
    identify(client, fd);
    client->watch = (struct hub_watch){fd, on_ready};
    client->stuck.fire = on_stuck;
    client->later.fire = on_later;
    client->output.max = CONTROL_OUTPUT_MAX;
    if (!hub_watch_add(control->hub, &client->watch, EPOLLIN)) {
        close(fd);
        free(client);
        return NULL;
    }
    x4_list_append(&control->clients, &client->of_control);
    control->client_count++;
    return client;
}

void control_client_close(struct control_client *client)
{
    struct control *control = client->control;
    if (client->command)
        control_command_abandon(client->command);
    hub_timer_cancel(control->hub, &client->stuck);
    hub_timer_cancel(control->hub, &client->later);
    hub_watch_remove(control->hub, &client->watch);
    close(client->watch.fd);
    vici_input_free(&client->input);
    vici_output_free(&client->output);
    x4_list_remove(&client->of_control);
    control->client_count--;
    control_event_forget(client);
    control_event_watch(control);
    free(client);
}
