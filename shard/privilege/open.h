/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_OPEN_H
#define SHARD_PRIVILEGE_OPEN_H

/*
 * Whatever the daemon opens, files and sockets, after its start. Until hub_open_through() the
 * process does it itself; from then on it asks the supervisor (shard/privilege/supervisor.h), which
 * has the rights for it and looks whether it may be. Any thread may call these; they wait for the
 * answer, which is there at once but for names of hosts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ioring/ring.h"
#include "ioring/socket.h"
#include "store/redis_address.h"

struct hub_daemon;

/* From now on the supervisor behind `wire` is asked. Before threads are started. */
void hub_open_through(int wire);

/* That wire, which ends with the supervisor; -1: nobody is asked. */
int hub_open_wire(void);

/* A file, to be read; never waits for a writer. -1: errno. */
int hub_open_file(const char *path);

struct hub_names {
    char **name;
    size_t count;
};

/* What matches a pattern as of glob(7), sorted; none: nothing does. False: errno. */
bool hub_open_pattern(const char *pattern, struct hub_names *names);

/* What is in a folder and does not begin with a dot, sorted. False: errno. */
bool hub_open_folder(const char *folder, struct hub_names *names);

void hub_names_free(struct hub_names *names);

/* The first address of a host, without a port; waits for servers. False: nobody knows. */
bool hub_open_host(const char *name, struct ring_addr *addr);

/* A UDP socket that does not wait: bound to an address, or connected to it. -1: errno. */
int hub_open_bound(const struct ring_addr *addr);
int hub_open_connected(const struct ring_addr *addr);

/* As redis_socket_connect(), to a server of the store. */
int hub_open_redis(const struct redis_address *address);

/* The address from which the routes send to `remote`; port 0. False: errno. */
bool hub_open_source(const struct ring_addr *remote, struct ring_addr *source);

/* As ring_udp_open(). */
bool hub_open_ring_socket(struct ring_udp *udp, const struct ring_socket *spec,
                          uint32_t receive_queue, const struct ring_steer *steer,
                          struct ring_error *error);

/*
 * The control socket (shard/control/listener.h), and the end of its file. -1: *error has a text.
 */
int hub_open_control(const struct hub_daemon *daemon, struct ring_error *error);
void hub_close_control(const char *path);

/* Processes that hold what the packet process shall not have. */
enum hub_helper {
    HUB_HELPER_KERNEL, /* shard/privilege/kernel_process.h */
    HUB_HELPER_KEYS,   /* shard/privilege/key_process.h */
    HUB_HELPERS,
};

/*
 * A wire of one's own to a helper, which is told `what` it is for. Its end comes when the helper
 * ends, maybe at once: then another may be asked for. -1: errno.
 */
int hub_open_helper(enum hub_helper helper, uint32_t what);

#endif
