/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A request of ours with all its arguments. */
#define REQUEST_MAX 4096

bool ctl_client_open(struct ctl_client *client, const char *path, int timeout_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *client = (struct ctl_client){.fd = -1, .timeout_ms = timeout_ms, .output.max = REQUEST_MAX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    client->packet = malloc(REQUEST_MAX);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return client->packet && client->fd >= 0 &&
           connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

void ctl_client_close(struct ctl_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    vici_input_free(&client->input);
    vici_output_free(&client->output);
    free(client->packet);
    client->fd = -1;
    client->packet = NULL;
}

/* Waits until the socket can be read, and written if something waits. */
static enum ctl_outcome wait_for(const struct ctl_client *client)
{
    const short events = vici_output_pending(&client->output) ? POLLIN | POLLOUT : POLLIN;
    struct pollfd ready = {.fd = client->fd, .events = events};
    int count;
    do
        count = poll(&ready, 1, client->timeout_ms);
    while (count < 0 && errno == EINTR);
    if (count == 0)
        return CTL_SILENT;
    return count < 0 ? CTL_BROKEN : CTL_ANSWERED;
}

static bool is_over(enum vici_progress progress)
{
    return progress == VICI_BROKEN || progress == VICI_ENDED;
}

/* The next packet; it is valid until the next call. */
static enum ctl_outcome receive(struct ctl_client *client, struct vici_packet *packet)
{
    x4s_chunk segment;
    while (!vici_input_next(&client->input, &segment)) {
        if (vici_input_refused(&client->input) ||
            is_over(vici_output_flush(&client->output, client->fd)))
            return CTL_BROKEN;
        const enum ctl_outcome outcome = wait_for(client);
        if (outcome != CTL_ANSWERED)
            return outcome;
        if (is_over(vici_input_fill(&client->input, client->fd)))
            return CTL_BROKEN;
    }
    return vici_packet_read(segment, packet) ? CTL_ANSWERED : CTL_BROKEN;
}

static enum ctl_outcome put(struct ctl_client *client, struct vici_writer *writer)
{
    x4s_chunk segment;
    return vici_packet_end(writer, &segment) && vici_output_put(&client->output, segment)
               ? CTL_ANSWERED
               : CTL_BROKEN;
}

enum ctl_outcome ctl_client_register(struct ctl_client *client, const char *event)
{
    struct vici_packet packet;
    struct vici_writer writer =
        vici_packet_begin(client->packet, REQUEST_MAX, VICI_EVENT_REGISTER, event);
    enum ctl_outcome outcome = put(client, &writer);
    if (outcome == CTL_ANSWERED)
        outcome = receive(client, &packet);
    if (outcome != CTL_ANSWERED)
        return outcome;
    if (packet.type == VICI_EVENT_UNKNOWN)
        return CTL_UNKNOWN;
    return packet.type == VICI_EVENT_CONFIRM ? CTL_ANSWERED : CTL_BROKEN;
}

struct vici_writer ctl_client_begin(struct ctl_client *client, const char *command)
{
    return vici_packet_begin(client->packet, REQUEST_MAX, VICI_CMD_REQUEST, command);
}

enum ctl_outcome ctl_client_ask(struct ctl_client *client, struct vici_writer *request,
                                ctl_message_fn on_event, ctl_message_fn on_response, void *user)
{
    struct vici_packet packet;
    enum ctl_outcome outcome = put(client, request);
    while (outcome == CTL_ANSWERED) {
        outcome = receive(client, &packet);
        if (outcome != CTL_ANSWERED || packet.type != VICI_EVENT)
            break;
        if (on_event)
            on_event(user, packet.message);
    }
    if (outcome != CTL_ANSWERED)
        return outcome;
    if (packet.type == VICI_CMD_UNKNOWN)
        return CTL_UNKNOWN;
    if (packet.type != VICI_CMD_RESPONSE)
        return CTL_BROKEN;
    on_response(user, packet.message);
    return CTL_ANSWERED;
}

enum ctl_outcome ctl_client_listen(struct ctl_client *client, const char **name,
                                   ctl_message_fn on_event, void *user)
{
    char text[VICI_NAME_MAX + 1];
    struct vici_packet packet;
    enum ctl_outcome outcome;
    client->timeout_ms = -1;
    *name = text;
    while ((outcome = receive(client, &packet)) == CTL_ANSWERED && packet.type == VICI_EVENT) {
        memcpy(text, packet.name.data, packet.name.len);
        text[packet.name.len] = '\0';
        on_event(user, packet.message);
    }
    return outcome == CTL_ANSWERED ? CTL_BROKEN : outcome;
}
