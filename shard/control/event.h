/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONTROL_EVENT_H
#define SHARD_CONTROL_EVENT_H

/*
 * Events that belong to no command: ike-updown, child-updown and the like, and log. The shards are
 * asked for those that some client has registered for, and for no others. A client that does not
 * read loses events, which the log says.
 */

#include "shard/control/client.h"

/* A client has registered or is going: the shards tell what is wanted now. */
void control_event_watch(struct control *control);

/*
 * The client gets lines about this peer alone, and all of those, whatever the log's level is. NULL,
 * or why not.
 */
const char *control_event_trace(struct control_client *client, const char *peer);

/* It is going. */
void control_event_forget(struct control_client *client);

/* It has registered for some. */
bool control_event_wants(const struct control_client *client);

/* The control socket goes: nobody wants lines of the control thread any more. */
void control_event_close(struct control *control);

#endif
