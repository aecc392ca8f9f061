/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/keys.h"

#include <poll.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shard/config/config.h"
#include "shard/privilege/key_desk.h"
#include "shard/privilege/key_process.h"
#include "shard/privilege/open.h"
#include "shard/privilege/process.h"
#include "shard/privilege/rights.h"
#include "shard/privilege/wire.h"

/* The supervisor notices the end of a process a moment after its sockets do. */
#define TRIES    5
#define PAUSE_MS 20

struct desk {
    int fd;
    int wire;  /* of a process for one reading; -1: it is the helper */
    pid_t pid; /* likewise */
};

/* Of the process, as its rights are. */
static enum hub_keys keys;

void hub_keys_are(enum hub_keys where)
{
    keys = where;
}

bool hub_keys_supervised(void)
{
    return keys == HUB_KEYS_SUPERVISED;
}

bool hub_keys_elsewhere(const struct hub_daemon *daemon)
{
    if (keys == HUB_KEYS_AS_CONFIGURED)
        return daemon->privileges == HUB_PRIVILEGES_SEPARATE;
    return keys != HUB_KEYS_HERE;
}

static int ask_for_desk(int wire)
{
    const uint32_t role = KEY_ROLE_DESK;
    int ends[2];
    if (!hub_wire_pair(ends))
        return -1;
    if (!hub_wire_send(wire, &role, sizeof(role), ends[1])) {
        close(ends[0]);
        ends[0] = -1;
    }
    close(ends[1]);
    return ends[0];
}

static void close_desk(struct desk *desk)
{
    if (desk->fd >= 0)
        close(desk->fd);
    if (desk->wire >= 0) {
        close(desk->wire);
        (void)waitpid(desk->pid, NULL, 0);
    }
    *desk = (struct desk){-1, -1, -1};
}

static bool open_desk(struct desk *desk, const struct hub_daemon *daemon)
{
    const struct hub_rights rights = {.changes = false};
    struct hub_charter charter = {daemon, &rights};
    *desk = (struct desk){-1, -1, -1};
    if (keys == HUB_KEYS_SUPERVISED) {
        desk->fd = hub_open_helper(HUB_HELPER_KEYS, KEY_ROLE_DESK);
        return desk->fd >= 0;
    }
    desk->pid =
        hub_process_start("ikehubd-keys", key_process_run, &charter, STDERR_FILENO, &desk->wire);
    if (desk->pid < 0)
        return false;
    desk->fd = ask_for_desk(desk->wire);
    if (desk->fd < 0)
        close_desk(desk);
    return desk->fd >= 0;
}

const char *hub_keys_ask(const struct hub_daemon *daemon, hub_keys_question ask, void *context)
{
    const char *why = key_desk_gone;
    const int tries = keys == HUB_KEYS_SUPERVISED ? TRIES : 1;
    for (int i = 0; i < tries && why == key_desk_gone; i++) {
        struct desk desk;
        if (i > 0)
            (void)poll(NULL, 0, PAUSE_MS);
        if (!open_desk(&desk, daemon))
            continue;
        why = ask(desk.fd, context);
        close_desk(&desk);
    }
    return why;
}
