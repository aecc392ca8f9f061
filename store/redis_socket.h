/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORE_REDIS_SOCKET_H
#define STORE_REDIS_SOCKET_H

/*
 * A socket to a Redis server. A process that may not make one asks another for it
 * (redis_options.connect).
 */

#include "store/redis_address.h"

/*
 * Begins to connect a socket that does not block; it can be written to when it is connected, or
 * has an error. -1: errno.
 */
typedef int (*redis_connect_fn)(const struct redis_address *address);

int redis_socket_connect(const struct redis_address *address);

#endif
