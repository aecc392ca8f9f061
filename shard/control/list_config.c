/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list-conns, list-authorities, list-certs, list-policies: what the newest snapshot has, as a
 * stream of events, of which more are made when the client has room. The snapshot is held
 * meanwhile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shard/config/settings.h"
#include "shard/control/certs.h"
#include "shard/control/command.h"
#include "shard/control/conn.h"
#include "shard/control/state.h"

struct stream_command {
    struct control_command command;
    const struct hub_config *config;
    enum control_event event;
    size_t next;
    size_t count;

    /* Puts one as an event, unless it is not wanted. */
    void (*put)(struct stream_command *stream, size_t index);

    char name[SETTINGS_NAME_MAX + 1]; /* of the one that is wanted; empty: all */
    struct control_certs certs;
};

static struct stream_command *stream_of(struct control_command *command)
{
    return x4m_container(command, struct stream_command, command);
}

static void finish(struct stream_command *stream)
{
    struct vici_writer writer = control_client_response(stream->command.client);
    control_client_put(stream->command.client, &writer);
    control_command_end(&stream->command);
}

static void on_resume(struct control_command *command)
{
    struct stream_command *stream = stream_of(command);
    const struct control_client *client = command->client;
    while (stream->next < stream->count && !client->broken && control_client_has_room(client))
        stream->put(stream, stream->next++);
    if (stream->next == stream->count)
        finish(stream);
}

static void on_released(struct control_command *command)
{
    struct stream_command *stream = stream_of(command);
    hub_config_let_go(command->control->hub, stream->config);
    control_certs_free(&stream->certs);
}

/* NULL: the client has been told. */
static struct stream_command *stream_new(struct control_client *client, enum control_event event,
                                         void (*put)(struct stream_command *, size_t))
{
    struct stream_command *stream = control_command_new(client, sizeof(*stream));
    if (!stream)
        return NULL;
    stream->command.resume = on_resume;
    stream->command.released = on_released;
    stream->config = hub_config_now(client->control->hub);
    stream->event = event;
    stream->put = put;
    hub_config_hold(client->control->hub, stream->config);
    return stream;
}

/* What nobody has registered for is not made. */
static void begin(struct stream_command *stream, size_t count)
{
    stream->count = control_client_wants(stream->command.client, stream->event) ? count : 0;
    on_resume(&stream->command);
}

static void refuse(struct stream_command *stream, const char *why)
{
    control_client_refuse(stream->command.client, why);
    control_command_end(&stream->command);
}

static bool is_wanted(const struct stream_command *stream, const char *name)
{
    return !*stream->name || strcmp(stream->name, name) == 0;
}

/* -------------------------------------------------------------------------- list-conns */

static void put_connection(struct stream_command *stream, size_t index)
{
    const struct hub_connection *connection = &stream->config->connections[index];
    if (!is_wanted(stream, connection->name))
        return;
    struct vici_writer writer = control_client_event(stream->command.client, stream->event);
    control_conn_put(&writer, connection);
    control_client_put(stream->command.client, &writer);
}

void control_begin_list_conns(struct control_client *client, x4s_chunk message)
{
    struct stream_command *stream = stream_new(client, CONTROL_EVENT_list_conn, put_connection);
    if (!stream)
        return;
    if (control_argument_text(message, "ike", stream->name, sizeof(stream->name)))
        begin(stream, stream->config->connection_count);
    else
        refuse(stream, "expected a name as ike");
}

/* -------------------------------------------------------------------------- list-authorities */

static void put_authority(struct stream_command *stream, size_t index)
{
    char subject[HUB_IDENTITY_TEXT];
    const struct hub_authority_name *authority = &stream->config->authorities[index];
    if (!is_wanted(stream, authority->name))
        return;
    struct vici_writer writer = control_client_event(stream->command.client, stream->event);
    vici_section(&writer, authority->name);
    vici_text(&writer, "cacert",
              control_certs_subject(stream->command.control, authority->der, subject));
    vici_list(&writer, "crl_uris");
    vici_list_end(&writer);
    vici_list(&writer, "ocsp_uris");
    vici_list_end(&writer);
    vici_section_end(&writer);
    control_client_put(stream->command.client, &writer);
}

void control_begin_list_authorities(struct control_client *client, x4s_chunk message)
{
    struct stream_command *stream = stream_new(client, CONTROL_EVENT_list_authority, put_authority);
    if (!stream)
        return;
    if (control_argument_text(message, "name", stream->name, sizeof(stream->name)))
        begin(stream, stream->config->authority_count);
    else
        refuse(stream, "expected a name");
}

/* -------------------------------------------------------------------------- list-certs */

static void put_cert(struct stream_command *stream, size_t index)
{
    const struct control_cert *cert = &stream->certs.list[index];
    char subject[HUB_IDENTITY_TEXT];
    if (*stream->name && strcmp(control_certs_subject(stream->command.control, cert->der, subject),
                                stream->name) != 0)
        return;
    struct vici_writer writer = control_client_event(stream->command.client, stream->event);
    vici_text(&writer, "type", cert->kind->type);
    if (cert->kind->flag)
        vici_text(&writer, "flag", cert->kind->flag);
    if (cert->own)
        vici_flag(&writer, "has_privkey", true);
    control_certs_describe(stream->command.control, cert->der, &writer);
    vici_bytes(&writer, "data", cert->der.data, cert->der.len);
    control_client_put(stream->command.client, &writer);
}

void control_begin_list_certs(struct control_client *client, x4s_chunk message)
{
    char type[32];
    char flag[32];
    struct stream_command *stream = stream_new(client, CONTROL_EVENT_list_cert, put_cert);
    if (!stream)
        return;
    if (!control_argument_text(message, "type", type, sizeof(type)) ||
        !control_argument_text(message, "flag", flag, sizeof(flag)) ||
        !control_argument_text(message, "subject", stream->name, sizeof(stream->name))) {
        refuse(stream, "expected names as type, flag and subject");
        return;
    }
    if (control_certs_gather(&stream->certs, client->control, stream->config, type, flag))
        begin(stream, stream->certs.count);
    else
        refuse(stream, "out of memory");
}

/* -------------------------------------------------------------------------- list-policies */

static void put_policy(struct stream_command *stream, size_t index)
{
    (void)stream;
    (void)index;
}

/* No trap, drop or bypass policies are installed: all traffic is by children that are up. */
void control_begin_list_policies(struct control_client *client, x4s_chunk message)
{
    struct stream_command *stream = stream_new(client, CONTROL_EVENT_list_policy, put_policy);
    (void)message;
    if (stream)
        begin(stream, 0);
}
