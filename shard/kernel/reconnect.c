/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process between the shard and the kernel may end, and a wire of it where something was lost.
 * What was asked has failed then; SAs and policies stay as they are in the kernel. Another wire is
 * asked for at once, and where that ends as well, a second later.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "shard/kernel/xfrm_state.h"
#include "shard/state.h"

static bool has_ended(int fd)
{
    char byte;
    return fd < 0 || recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* The old one is closed last: whoever watches it by its number sees that it is another. */
static void connect_events(struct kernel_xfrm *xfrm, int fd)
{
    if (xfrm->events >= 0)
        close(xfrm->events);
    xfrm->events = fd;
    if (fd >= 0)
        xfrm_listen_again(xfrm);
}

void xfrm_reconnect(struct kernel_xfrm *xfrm)
{
    const struct xfrm_sockets *sockets = &xfrm->backend->sockets;
    const x4_msec now = shard_clock();
    const bool waits = xfrm->connected && now - xfrm->connected < HUB_KERNEL_AGAIN_MS;
    if (!sockets->waits)
        return;
    const bool events = has_ended(xfrm->events);
    const bool requests = has_ended(xfrm_channel_fd(xfrm->channel));
    if (requests)
        xfrm_channel_connect(xfrm->channel, waits ? -1 : sockets->requests(sockets->user));
    if (events)
        connect_events(xfrm, waits ? -1 : sockets->events(sockets->user));
    if ((events || requests) && !waits)
        xfrm->connected = now;
}
