/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_MAX 512

/* A path, or with @ a name that is not in the file system. */
static socklen_t read_address(const char *name, struct sockaddr_un *addr)
{
    const size_t len = strlen(name);
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(addr->sun_path))
        return 0;
    memcpy(addr->sun_path, name, len);
    if (name[0] == '@')
        addr->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int connect_to(const char *name)
{
    struct sockaddr_un addr;
    const socklen_t len = read_address(name, &addr);
    const int fd = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Half of what is allowed, so that one that comes late is early enough. 0: none is wanted of us. */
static x4_msec watchdog(const char *usec, const char *pid)
{
    if (!usec || (pid && strtoimax(pid, NULL, 10) != getpid()))
        return 0;
    const uintmax_t allowed = strtoumax(usec, NULL, 10);
    return allowed == UINTMAX_MAX ? 0 : allowed / 2000;
}

void hub_notify_init(struct hub_notify *notify)
{
    const char *socket = getenv("NOTIFY_SOCKET");
    *notify = (struct hub_notify){.fd = socket ? connect_to(socket) : -1};
    if (notify->fd >= 0)
        notify->watchdog_ms = watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void hub_notify_fini(struct hub_notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}

/* A manager that does not read is left alone: a stop or a reload then runs into its timeout. */
static void tell(const struct hub_notify *notify, const char *message)
{
    if (notify->fd >= 0)
        (void)send(notify->fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void hub_notify_ready(const struct hub_notify *notify, const char *status)
{
    char message[MESSAGE_MAX];
    snprintf(message, sizeof(message), "READY=1\nSTATUS=%.*s\n", (int)strcspn(status, "\n"),
             status);
    tell(notify, message);
}

/* With the time, so that the manager knows which READY is after it. */
void hub_notify_reloading(const struct hub_notify *notify)
{
    char message[MESSAGE_MAX];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const uint64_t usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    snprintf(message, sizeof(message),
             "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Loading the configuration\n", usec);
    tell(notify, message);
}

void hub_notify_stopping(const struct hub_notify *notify)
{
    tell(notify, "STOPPING=1\nSTATUS=Ending SAs\n");
}

x4_msec hub_notify_alive(struct hub_notify *notify, x4_msec now)
{
    if (!notify->watchdog_ms)
        return x4c_never;
    if (now < notify->alive_at)
        return notify->alive_at - now;
    tell(notify, "WATCHDOG=1\n");
    notify->alive_at = now + notify->watchdog_ms;
    return notify->watchdog_ms;
}
