/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace: from now on the client's log events are of one peer, and of all levels. Not of strongSwan.
 */
#include "shard/control/command.h"
#include "shard/control/event.h"

void control_begin_trace(struct control_client *client, x4s_chunk message)
{
    char peer[HUB_IDENTITY_TEXT];
    const char *why = "expected an address or an identity as peer";
    if (control_argument_text(message, "peer", peer, sizeof(peer)) && *peer)
        why = control_event_trace(client, peer);
    if (why)
        control_client_refuse(client, why);
    else
        control_client_confirm(client);
}
