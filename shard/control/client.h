/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_CLIENT_H
#define SHARD_CONTROL_CLIENT_H

/*
 * One client of the control socket: its requests, one after the other, and what waits for it.
 *
 * A client cannot hold up anything but itself. What it sends while a command is under way, or while
 * much waits for it, is not read; what it does not read waits up to CONTROL_OUTPUT_MAX bytes, and
 * listings stop producing long before. One that moves nothing for CONTROL_STUCK_MS while something
 * waits, or leaves a request unfinished for so long, is dropped.
 */

#include <sys/types.h>

#include "shard/control/vici_stream.h"
#include "shard/hub.h"
#include "x4/misc/list.h"

/* Listings go on while less than this waits for the client. */
#define CONTROL_OUTPUT_ROOM ((size_t)256 * 1024)
#define CONTROL_OUTPUT_MAX  (4 * CONTROL_OUTPUT_ROOM)

#define CONTROL_STUCK_MS 30000

struct control;
struct control_command;

/* Events that a client can register for; the names are VICI's. */
enum control_event {
    CONTROL_EVENT_list_sa,
    CONTROL_EVENT_list_conn,
    CONTROL_EVENT_list_cert,
    CONTROL_EVENT_list_authority,
    CONTROL_EVENT_list_policy,
    CONTROL_EVENT_control_log,
    CONTROL_EVENT_log,
    CONTROL_EVENT_ike_updown,
    CONTROL_EVENT_ike_rekey,
    CONTROL_EVENT_ike_update,
    CONTROL_EVENT_child_updown,
    CONTROL_EVENT_child_rekey,
    CONTROL_EVENT_COUNT,
};

struct control_client {
    struct control *control;
    pid_t pid; /* of the process that connected */
    uid_t uid;
    x4s_list of_control;
    struct hub_watch watch;
    struct hub_timer stuck;
    struct hub_timer later;
    struct vici_input input;
    struct vici_output output;
    uint32_t events;                 /* registered: a bit of each control_event */
    uint64_t lost;                   /* events that it was not ready for */
    uint32_t trace;                  /* whose lines it gets: a bit of control.traces; 0: all */
    struct control_command *command; /* under way; NULL: none */
    bool ended;                      /* it sends no more */
    bool broken;                     /* to be closed when nobody uses it */
};

/* Of a connected socket, which is the client's then. NULL: no memory; the socket is closed. */
struct control_client *control_client_open(struct control *control, int fd);

/* The command that is under way learns of it. */
void control_client_close(struct control_client *client);

/*
 * Goes on with what was read and what waits. To be called after a command of this client has put or
 * ended something on its own. It may close the client.
 */
void control_client_serve(struct control_client *client);

/* The same in the next round, for who puts something while others are at work. */
void control_client_serve_later(struct control_client *client);

/* Little enough waits. */
bool control_client_has_room(const struct control_client *client);

static inline bool control_client_wants(const struct control_client *client,
                                        enum control_event event)
{
    return client->events & x4m_bit(event);
}

/* Begins an event or a response in the control socket's one buffer: one at a time. */
struct vici_writer control_client_event(struct control_client *client, enum control_event event);
struct vici_writer control_client_response(struct control_client *client);

/* Queues it. What does not fit is the end of the client. */
void control_client_put(struct control_client *client, struct vici_writer *writer);

/* A control-log event for those who registered. */
void control_client_log(struct control_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The response that says success = no and why. */
void control_client_refuse(struct control_client *client, const char *why);

/* The response that says success = yes. */
void control_client_confirm(struct control_client *client);

/* Begins a line about the client, as hub_log_begin(), in the control thread's log. */
bool control_log_begin(const struct control_client *client, x4e_trace_level level,
                       const char *event);

#endif
