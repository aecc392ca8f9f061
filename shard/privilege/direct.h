/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_DIRECT_H
#define SHARD_PRIVILEGE_DIRECT_H

/*
 * The functions of shard/privilege/open.h as a process does them by itself.
 */

#include "shard/privilege/open.h"

int hub_direct_file(const char *path);
bool hub_direct_pattern(const char *pattern, struct hub_names *names);
bool hub_direct_folder(const char *folder, struct hub_names *names);
bool hub_direct_host(const char *name, struct ring_addr *addr);
int hub_direct_bound(const struct ring_addr *addr);
int hub_direct_connected(const struct ring_addr *addr);
bool hub_direct_source(const struct ring_addr *remote, struct ring_addr *source);

/* Puts a copy of the name behind the others. False: no memory. */
bool hub_names_add(struct hub_names *names, const char *name);

#endif
