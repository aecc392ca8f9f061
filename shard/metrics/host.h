/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_HOST_H
#define SHARD_METRICS_HOST_H

#include <stdbool.h>

/*
 * Whether the Host field of a request (RFC 9110 7.2) means this machine: localhost or a loopback
 * address, with a port or without.
 */
bool metrics_host_is_local(const char *host);

#endif
