/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of strongSwan's interface that mean nothing here, each with the reason: who asks for one
 * by mistake learns what to do instead.
 */
#include "shard/control/command.h"

void control_begin_load_token(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_client_refuse(client, "keys on tokens are not supported: expected load-key");
}

void control_begin_redirect(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_client_refuse(client, "redirection is of IKEv2; of IKEv1 there is none");
}

void control_begin_install(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_client_refuse(client, "there are no trap, drop and bypass policies: expected initiate");
}

void control_begin_uninstall(struct control_client *client, x4s_chunk message)
{
    (void)message;
    control_client_refuse(client,
                          "there are no trap, drop and bypass policies: expected terminate");
}
