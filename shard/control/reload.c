/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload-settings: the configuration is loaded anew. What is found in it comes as control-log
 * events, and the response says whether it is used from now on.
 */
#include "shard/reload.h"
#include "shard/control/command.h"
#include "shard/control/state.h"

struct reload_command {
    struct control_command command;
    struct hub_reload_request request;
};

static struct reload_command *command_of(struct hub_reload_request *request)
{
    return x4m_container(request, struct reload_command, request);
}

static void on_told(struct hub_reload_request *request, const char *text)
{
    control_client_log(command_of(request)->command.client, "%s", text);
}

static void on_done(struct hub_reload_request *request, const char *error)
{
    struct reload_command *reload = command_of(request);
    struct control_client *client = reload->command.client;
    if (error)
        control_client_refuse(client, error);
    else
        control_client_confirm(client);
    control_command_end(&reload->command);
    control_client_serve(client);
}

static void on_abandoned(struct control_command *command)
{
    hub_reload_forget(&x4m_container(command, struct reload_command, command)->request);
}

void control_begin_reload(struct control_client *client, x4s_chunk message)
{
    struct reload_command *reload = control_command_new(client, sizeof(*reload));
    (void)message;
    if (!reload)
        return;
    reload->command.abandoned = on_abandoned;
    reload->request.told = on_told;
    reload->request.done = on_done;
    hub_reload(client->control->hub, &reload->request);
}
