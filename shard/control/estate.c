/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * adopt: the estate of another node is taken from it. handover: one that is served here is given up
 * to others. The response comes when it is so; a client that goes ends the waiting only.
 */
#include "shard/control/command.h"
#include "shard/control/state.h"
#include "shard/keep/ownership.h"
#include "store/name.h"

struct estate_command {
    struct control_command command;
    struct hub_estate_request request;
    bool asking; /* who called serves the client */
};

static struct estate_command *command_of(struct hub_estate_request *request)
{
    return x4m_container(request, struct estate_command, request);
}

static void on_done(struct hub_estate_request *request, const char *error)
{
    struct estate_command *estate = command_of(request);
    struct control_client *client = estate->command.client;
    const bool asking = estate->asking;
    if (error)
        control_client_refuse(client, error);
    else
        control_client_confirm(client);
    control_command_end(&estate->command);
    if (!asking)
        control_client_serve(client);
}

static void on_abandoned(struct control_command *command)
{
    possession_forget(&x4m_container(command, struct estate_command, command)->request);
}

/* NULL, and the client has been told: there is no such estate. */
static struct possession *find(struct control_client *client, x4s_chunk message)
{
    char name[STORE_ESTATE_MAX + 1];
    struct possession *possession = NULL;
    if (control_argument_text(message, "estate", name, sizeof(name)))
        possession = hub_ownership_named(client->control->hub, name);
    if (!possession)
        control_client_refuse(client, "ikehub.store.estates has no estate of that name");
    return possession;
}

static void begin(struct control_client *client, x4s_chunk message,
                  void (*ask)(struct possession *possession, struct hub_estate_request *request))
{
    struct hub *hub = client->control->hub;
    struct possession *possession = find(client, message);
    struct estate_command *estate =
        possession ? control_command_new(client, sizeof(*estate)) : NULL;
    if (!estate)
        return;
    estate->command.abandoned = on_abandoned;
    estate->request.done = on_done;
    estate->asking = true;
    ask(possession, &estate->request);
    if (client->command == &estate->command)
        estate->asking = false;
    hub_ownership_go_on(hub);
}

void control_begin_adopt(struct control_client *client, x4s_chunk message)
{
    begin(client, message, possession_adopt);
}

void control_begin_handover(struct control_client *client, x4s_chunk message)
{
    begin(client, message, possession_hand_over);
}
