/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/metrics/host.h"

#include <string.h>
#include <strings.h>

#include "shard/metrics/socket.h"

static bool is_localhost(const char *host)
{
    static const char name[] = "localhost";
    const size_t len = sizeof(name) - 1;
    return strncasecmp(host, name, len) == 0 && (host[len] == '\0' || host[len] == ':');
}

bool metrics_host_is_local(const char *host)
{
    struct ring_addr addr;
    return is_localhost(host) ||
           (ring_addr_parse(&addr, host, 0) && metrics_socket_is_loopback(&addr));
}
