/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_ADDRESS_H
#define STORE_REDIS_ADDRESS_H

/*
 * Where a Redis server, a Sentinel or a node of a cluster is: an IP address with a port, or the
 * path of a UNIX socket. Never a host's name: resolving one blocks, and a server is looked for just
 * when the network is in trouble.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REDIS_HOST_MAX = 107, /* what the path of a UNIX socket has room for */
    REDIS_ADDRESS_TEXT = REDIS_HOST_MAX + 16,
    REDIS_PORT = 6379,
    REDIS_SENTINEL_PORT = 26379,
};

struct redis_address {
    char host[REDIS_HOST_MAX +
              1];  /* "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "/run/redis.sock" */
    uint16_t port; /* 0: host is a path */
};

/*
 * "192.0.2.1", "192.0.2.1:6379", "2001:db8::1", "[2001:db8::1]:6379", "/run/redis.sock" or
 * "unix:/run/redis.sock". False: it is none of these.
 */
bool redis_address_parse(const char *text, uint16_t default_port, struct redis_address *address);

/* Of parts that came from a server. False: host is no address, or port none. */
bool redis_address_make(const char *host, size_t len, long long port,
                        struct redis_address *address);

bool redis_address_is(const struct redis_address *a, const struct redis_address *b);

#endif
