/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CTL_CLIENT_H
#define SHARD_CTL_CLIENT_H

/*
 * A client of the control socket: asks, and waits for the answer.
 */

#include "shard/control/vici_stream.h"

enum ctl_outcome {
    CTL_ANSWERED,
    CTL_UNKNOWN, /* the daemon has no such command */
    CTL_BROKEN,  /* it is not there, hung up, or does not speak VICI */
    CTL_SILENT,  /* nothing came for the timeout */
};

struct ctl_client {
    int fd; /* -1: not connected */
    int timeout_ms;
    struct vici_input input;
    struct vici_output output;
    uint8_t *packet; /* that is being written */
};

/* False: errno. */
bool ctl_client_open(struct ctl_client *client, const char *path, int timeout_ms);
void ctl_client_close(struct ctl_client *client);

/* A message that is valid during the call. */
typedef void (*ctl_message_fn)(void *user, x4s_chunk message);

/*
 * Registers for an event, which a command will stream; `event` is VICI's name.
 */
enum ctl_outcome ctl_client_register(struct ctl_client *client, const char *event);

/*
 * Asks and waits: `on_event` for every event that comes meanwhile, NULL if there are none, then
 * `on_response` once. The arguments are what ctl_client_begin's writer was given.
 */
struct vici_writer ctl_client_begin(struct ctl_client *client, const char *command);
enum ctl_outcome ctl_client_ask(struct ctl_client *client, struct vici_writer *request,
                                ctl_message_fn on_event, ctl_message_fn on_response, void *user);

/*
 * Gives each event that comes to `on_event`, with its name at *name, until the daemon hangs up: it
 * may be silent for as long as it likes.
 */
enum ctl_outcome ctl_client_listen(struct ctl_client *client, const char **name,
                                   ctl_message_fn on_event, void *user);

#endif
